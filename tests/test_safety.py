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


@pytest.mark.parametrize("text, heard, expected", [
    ("my legs are numb", [], ["cord_compression"]),                                             # nothing learnt: the patterns alone
    ("my legs are numb", [{"none": 0.9, "cord_compression": 0.1}], ["cord_compression"]),       # what was learnt is against it, but not sure
    ("my legs are numb", [{"none": 0.98, "cord_compression": 0.02}], []),                       # ... it is all but sure
    ("my legs are numb", [{"none": 0.98, "dvt": 0.02}, {"none": 0.9, "dvt": 0.1}], ["cord_compression"]),       # ... not of every passage
    ("i want to die", [{"none": 0.98, "dvt": 0.02}], ["crisis_imminent"]),                      # a crisis is never outvoted
    ("my legs are numb", [{"none": 0.98, "dvt": 0.02}, {"none": 0.4, "dvt": 0.6}], ["cord_compression", "dvt"]),
    ("my legs are numb", [{"none": 0.2, "gone": 0.8}], ["cord_compression"]),                   # a situation that left data/safety.yml
    ("my legs are numb", [{"none": 0.3, "sepsis": 0.25, "fever": 0.15, "dvt": 0.3}], ["cord_compression", "sepsis"]),     # the likeliest level, then the likeliest of it
    ("hello", [{"none": 0.75, "dvt": 0.25}], []),
    ("hello", [{"none": 0.75, "crisis_passive": 0.25}], ["crisis_passive"]),                    # a crisis needs less
    ("hello", [{"none": 0.72, "dvt": 0.07, "crisis_passive": 0.21}], ["crisis_passive"]),
])
def test_patterns_and_what_was_learnt_judge_together(text, heard, expected):
    assert [s.id for s in safety.screen().judge(text, heard)] == expected


@pytest.mark.parametrize("text, passages", [
    ("", []), ("my legs are numb", []), ("Hello. My legs are numb!", ["Hello.", "My legs are numb!"]),
    (" ".join(map(str, range(30))), [" ".join(map(str, range(18))), " ".join(map(str, range(9, 27))), " ".join(map(str, range(18, 30)))]),
])
def test_a_message_is_read_in_passages(text, passages):
    assert safety.passages(text) == passages


def test_every_word_of_a_long_message_is_in_a_passage():
    text = ". ".join(" ".join(f"w{n}x{i}" for i in range(n)) for n in (3, 17, 27, 28, 36, 50))
    assert set(text.replace(".", "").split()) == set(" ".join(safety.passages(text)).replace(".", "").split())
    assert len(safety.passages("a b c. " * 500)) <= 60


@pytest.mark.parametrize("content, fault", [("danger: []\n", "should hold danger"), ("- a\n", "should hold danger"), ("danger: my leg\n", "a list of messages"), ("danger: [5]\n", "a list of messages"), ("danger: [my leg]\nnone: [My leg]\n", "keep it in one of them")])
def test_a_broken_file_of_dangers_is_refused(tmp_path, content, fault):
    (tmp_path / "dvt.yml").write_text(content)
    with pytest.raises(DataError, match=fault):
        safety.dangers(tmp_path)


def test_every_danger_that_is_learnt_has_a_situation_and_messages_enough():
    learnt = set(safety.dangers()) - {safety.NO_DANGER}
    assert learnt - {s.id for s in safety.screen().situations} == set()
    assert all(len(texts) >= 20 for texts in safety.dangers().values())


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
