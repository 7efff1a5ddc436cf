"""Danger is recognised in every wording of tests/safety.yml, and only there."""
import time
from pathlib import Path

import pytest

from bot import safety
from bot.store import DataError, read_yaml, store

CASES = read_yaml(Path(__file__).parent / "safety.yml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_sentences(case):
    found = safety.screen().find(case["text"])
    assert (found[0].level if found else "none") == case["level"]
    assert "situation" not in case or case["situation"] in [s.id for s in found]


@pytest.mark.parametrize("level", safety.LEVELS)
def test_every_level_has_situations_and_sentences(level):
    assert [s for s in safety.screen().situations if s.level == level]
    assert len([case for case in CASES if case["level"] == level]) >= 12


def test_every_situation_has_a_sentence():
    tested = {s.id for case in CASES for s in safety.screen().find(case["text"])}
    assert {s.id for s in safety.screen().situations} == tested


def test_every_situation_names_a_shown_fact():
    unexplained = [s.id for s in safety.screen().situations if s.level != "limit" and not (s.fact in store().facts and store().facts[s.fact].shown)]
    assert unexplained == []


@pytest.mark.parametrize("text, expected", [
    ("temp is 38.4 since chemo", True), ("temp 38,4 on chemo", True), ("101.2F after chemo", True), ("my temperature is 101 and I'm on chemo", True),
    ("temperature is 36.6 on chemo", False), ("I am 38 and on chemo", False), ("CA 15-3 of 38.5 on chemo", False), ("38 kg on chemo", False),
])
def test_temperatures_are_read_as_numbers(text, expected):
    assert bool([s for s in safety.screen().find(text) if s.level in ("now", "today")]) == expected


def test_the_most_urgent_comes_first():
    found = safety.screen().find("should I stop letrozole, also my legs went numb and I cannot pee")
    assert [s.level for s in found] == ["now", "limit"]


def test_danger_is_found_deep_in_a_very_long_message():
    assert safety.screen().find("We had a nice day. " * 1500 + "But my legs are numb and I can't pee. " + "The weather is fine. " * 500)[0].level == "now"


@pytest.mark.parametrize("text", ["", " ", "\u0000", "\U0001f642" * 50, "a" * 20000, "<script>", "{}[]()", "((((((((((" * 200])
def test_anything_can_be_read(text):
    assert safety.screen().find(text) == []


@pytest.mark.parametrize("text, level", [("legs numb " * 6000, "now"), ("no fever or cough " * 3500, None)])
def test_a_message_made_to_be_slow_is_read_in_seconds(text, level):
    began = time.perf_counter()
    found = [s.level for s in safety.screen().find(text)]
    assert found[:1] == ([level] if level else [])
    assert time.perf_counter() - began < 10, "under 1 s on an idle machine; it was minutes when the work grew with the square"


@pytest.mark.parametrize("content, says", [
    ("situations:\n- {id: a, level: soon, say: x, when: [y]}\n", "needs id, level"),
    ("situations:\n- {id: a, level: now, say: x, when: [<gone>]}\n", "<gone> is not in words"),
    ("situations:\n- {id: a, level: now, say: x, when: [y]}\n- {id: a, level: now, say: x, when: [z]}\n", "stands here twice"),
    ("other: 1\n", "should hold words"),
    ("situations: [\n", "not valid YAML"),
])
def test_faults_in_the_file_are_sentences(tmp_path, content, says):
    path = tmp_path / "safety.yml"
    path.write_text(content)
    with pytest.raises(DataError, match="safety.yml") as error:
        safety.Screen(path)
    assert says in str(error.value)
