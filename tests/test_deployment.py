"""The words and numbers of a place: a country's, one's own, or neutral ones; never a wrong number."""
import re

import pytest

from bot import deployment, safety
from bot.store import DataError, read_yaml

COUNTRIES = read_yaml(deployment.COUNTRIES)


def loaded(tmp_path, text=""):
    """Return what is loaded of a deployment file with this content."""
    path = tmp_path / "deployment.yml"
    path.write_text(text)
    return deployment.load(path)


def test_without_a_country_no_number_is_given(tmp_path):
    words = loaded(tmp_path)
    assert not re.search(r"\d{3}", " ".join(words[name] for name in deployment.DEFAULTS)) and words["emergency"] == "your local emergency number"


@pytest.mark.parametrize("country, emergency, crisis", [
    ("GB", "999", "116 123"), ("IE", "112 or 999", "116 123"), ("US", "911", "988"), ("CA", "911", "988"), ("AU", "000", "13 11 14"), ("EU", "112", "in your country"),
])
def test_a_country_brings_its_numbers(tmp_path, country, emergency, crisis):
    words = loaded(tmp_path, f"country: {country}\n")
    assert words["emergency"] == emergency and crisis in words["crisis"] and words["team_line"]


def test_ones_own_words_win_and_the_country_fills_the_rest(tmp_path):
    words = loaded(tmp_path, 'country: GB\nteam_line: ward 5 on 01 234\nfever: {celsius: 38, fahrenheit: 100.4}\n')
    assert (words["team_line"], words["emergency"], words["fever"]) == ("ward 5 on 01 234", "999", {"celsius": 38, "fahrenheit": 100.4})


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_line_of_a_country_names_its_page(code):
    preset = COUNTRIES[code]
    sourced = {name for source in preset["sources"] for name in source["for"]}
    assert set(preset) - {"name", "sources"} - sourced <= {"team_line", "helpline"}      # words of our own where there is no line for a whole country
    assert set(preset) - {"name", "sources", "fever"} <= set(deployment.DEFAULTS)
    assert all(source["org"] and source["url"].startswith("http") for source in preset["sources"])


@pytest.mark.parametrize("content, fault", [
    ("country: XX\n", "country: XX is not in data/countries.yml"),
    ("- a\n", "should be a mapping"),
    ("emergencie: 112\n", "emergencie: unknown entry"),
    ("fever: 38\n", "fever: should be"),
    ("fever: {celsius: 38, fahrenheit: 99}\n", "the same limit in both"),
    ("fever: {celsius: 41, fahrenheit: 105.8}\n", "between 37 and 39"),
    ("limits: {person: 0}\n", "messages a minute"),
    ("limits: {persons: 5}\n", "messages a minute"),
    ("limits: 5\n", "messages a minute"),
    ("trusted_proxies: [proxy.example]\n", "a list of addresses or networks"),
    ("trusted_proxies: 10.0.0.0/8\n", "a list of addresses or networks"),
])
def test_faults_are_sentences(tmp_path, content, fault):
    with pytest.raises(DataError, match=re.escape(fault)):
        loaded(tmp_path, content)


@pytest.mark.parametrize("limit, text, expected", [
    ({"celsius": 37.5, "fahrenheit": 99.5}, "temp 37.7 on chemo", True), ({"celsius": 38.0, "fahrenheit": 100.4}, "temp 37.7 on chemo", False),
    ({"celsius": 38.0, "fahrenheit": 100.4}, "temp 38.0 on chemo", True), ({"celsius": 38.0, "fahrenheit": 100.4}, "temp 100.6 F on chemo", True),
])
def test_the_limit_of_fever_is_that_of_the_place(monkeypatch, limit, text, expected):
    monkeypatch.setattr(safety, "deployment", lambda: {"fever": limit})
    assert bool(safety.screen().find(text)) == expected


def test_every_placeholder_of_a_text_is_known():
    from bot import answers
    from bot.channels import rest
    from bot.store import ROOT

    texts = [s.say for s in safety.screen().situations] + [v["text"] for vs in read_yaml(ROOT / "domain.yml")["responses"].values() for v in vs]
    texts += [text for module in (answers, rest) for name, text in vars(module).items() if name.isupper() and isinstance(text, str)]
    assert {name for text in texts for name in re.findall(r"\{(\w+)\}", text)} - set(deployment.DEFAULTS) <= {"who"}
