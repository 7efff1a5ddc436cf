"""One warm sentence for a feeling that is voiced, three questions to take along for every fact."""
import pytest

from bot.plain import grade
from bot.store import DataError, store
from bot.talk import HEARD, Talk, talk


@pytest.mark.parametrize("chances, said", [
    ({"fear": 0.6, "none": 0.4}, talk().feelings["fear"].say),
    ({"fear": 0.35, "sadness": 0.35, "none": 0.3}, HEARD), ({"fear": 0.3, "sadness": 0.3, "none": 0.4}, ""),
    ({"relief": 0.9, "sadness": 0.1}, ""),
    ({"fear": 0.4, "none": 0.6}, ""),
    ({}, ""), (None, ""), ({"a feeling that left": 0.9}, "")])
def test_one_sentence_for_the_feeling_that_is_heard(chances, said):
    assert talk().warm(chances) == said


@pytest.mark.parametrize("fact", store().shown(), ids=lambda f: f.id)
def test_every_fact_has_three_questions_to_take_along(fact):
    assert len(talk().take_along(fact)) == 3


def test_the_narrower_questions_come_first(tmp_path):
    fact = next(f for f in store().shown() if f.about.get("drug") == ("palbociclib",))
    assert talk().take_along(fact) != talk()._along[fact.intent]


def test_faults_are_said(tmp_path):
    warmth, along = tmp_path / "warmth.yml", tmp_path / "along.yml"
    warmth.write_text("- {id: fear}", encoding="utf-8")
    with pytest.raises(DataError, match="needs id and examples"):
        Talk(warmth)
    warmth.write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="no examples of none"):
        Talk(warmth)
    warmth.write_text("- {id: none, examples: [a]}", encoding="utf-8")
    along.write_text("site:moon: [a, b]", encoding="utf-8")
    with pytest.raises(DataError, match="no such term.*(.|\\n)*three questions"):
        Talk(warmth, along)


def test_what_is_said_is_plain():
    said = [feeling.say for feeling in talk().feelings.values() if feeling.say] + [HEARD] + [" ".join(asked) for asked in talk()._along.values()]
    assert max(grade("talk", text).masked for text in said) <= 8
