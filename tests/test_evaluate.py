"""What counts as right, wrong, a choice and no answer; what a file of questions must hold."""
import re

import pytest

from bot import answers, evaluate
from bot.store import DataError

QUESTION = evaluate.Question("does it hurt", (re.compile("ache", re.I), re.compile("nurse", re.I)), "symptoms")
SOURCED = "\nSources:\n- A: B (2025). https://example.org"


@pytest.mark.parametrize("messages, expected", [
    ([{"text": "It can ache. Tell your nurse." + SOURCED}], "right"),
    ([{"text": "It can ache."}, {"text": "Tell your nurse." + SOURCED}], "right"),
    ([{"text": "It can ache." + SOURCED}], "wrong"),
    ([{"text": "Something else.\nSources:\n- Nurse: Ache (2025)."}], "wrong"),
    ([{"text": answers.WHICH, "buttons": [answers.NONE_OF_THESE]}], "choice"),
    ([{"text": "I don't have a sourced answer to that."}], "no answer"),
    ([], "no answer"),
])
def test_outcomes(messages, expected):
    assert evaluate.outcome(QUESTION, messages) == expected


def test_shares_and_limits():
    asked = [evaluate.Asked(QUESTION, "", outcome) for outcome in ["right"] * 17 + ["wrong", "choice", "choice"]]
    assert evaluate.shares(asked) == {"right": 0.85, "wrong": 0.05, "no answer": 0.0, "choice": 0.1}
    assert [line.split()[0] for line in evaluate.kept(asked)] == ["kept", "kept", "kept"]
    assert [line.split()[0] for line in evaluate.kept(asked[1:])] == ["NOT", "NOT", "kept"]


def test_each_question_has_a_conversation_of_its_own():
    senders = []
    evaluate.ask([QUESTION, QUESTION], lambda text, sender: senders.append(sender) or [])
    assert len(set(senders)) == 2


@pytest.mark.parametrize("entry", ["- text: a\n  topic: b\n  must: ['(']", "- text: a\n  must: [a]", "- topic: b\n  must: [a]"])
def test_a_broken_question_is_told(tmp_path, entry):
    (tmp_path / "a.yml").write_text(entry)
    with pytest.raises(DataError, match="entry 1"):
        evaluate.load(tmp_path / "a.yml")


def test_there_are_enough_questions_on_every_topic():
    questions = [q for path in evaluate.QUESTIONS.glob("*.yml") for q in evaluate.load(path)]
    topics = {topic: sum(q.topic == topic for q in questions) for topic in {q.topic for q in questions}}
    assert len(questions) >= 300 and len(topics) == 20 and min(topics.values()) >= 20
