"""One warm sentence for a feeling that is voiced, three questions to take along for every fact."""
import pytest

from bot.plain import grade
from bot.store import DataError, store
from bot.talk import HEARD, Talk, talk


@pytest.mark.parametrize("text", ["I am so scared of the scan tomorrow", "im terrified", "my mum died last week"])
def test_a_feeling_that_is_voiced_is_heard(text):
    assert talk().warm(text)


@pytest.mark.parametrize("text", ["is fear normal?", "what helps with anger", "side effects of letrozole", "what is a bone scan?"])
def test_a_question_of_knowledge_is_no_feeling(text):
    assert talk().warm(text) == ""


def test_a_statement_that_support_answers_is_heard():
    support = next(f for f in store().shown() if f.intent == "ask_support")
    assert talk().warm("everything is grey these days", support) == HEARD
    assert talk().warm("who can help me?", support) == ""


@pytest.mark.parametrize("fact", store().shown(), ids=lambda f: f.id)
def test_every_fact_has_three_questions_to_take_along(fact):
    assert len(talk().take_along(fact)) == 3


def test_the_narrower_questions_come_first(tmp_path):
    fact = next(f for f in store().shown() if f.about.get("drug") == ("palbociclib",))
    assert talk().take_along(fact) != talk()._along[fact.intent]


def test_faults_are_said(tmp_path):
    warmth, along = tmp_path / "warmth.yml", tmp_path / "along.yml"
    warmth.write_text("- {id: fear}", encoding="utf-8")
    with pytest.raises(DataError, match="needs id, say and words"):
        Talk(warmth)
    warmth.write_text("[]", encoding="utf-8")
    along.write_text("site:moon: [a, b]", encoding="utf-8")
    with pytest.raises(DataError, match="no such term.*(.|\\n)*three questions"):
        Talk(warmth, along)


def test_what_is_said_is_plain():
    said = [feeling.say for feeling in talk()._feelings] + [" ".join(asked) for asked in talk()._along.values()]
    assert max(grade("talk", text).masked for text in said) <= 8
