"""What counts as right, wrong, a choice and no answer; what a file of questions must hold."""
import re

import pytest

from bot import answers, evaluate
from bot.safety import screen
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


@pytest.mark.parametrize("hits, of, low, high", [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129)])
def test_the_exact_interval_of_a_share(hits, of, low, high):
    assert evaluate.bound(hits, of) == pytest.approx((low, high), abs=1e-4)          # Clopper and Pearson's tables


def test_alarms_count_what_is_seen_and_how_urgent_it_is():
    situation = {s.level: s for s in screen().situations}
    cases = [{"text": "a", "level": "now", "voice": "plain"}, {"text": "b", "level": "now", "voice": "plain"}, {"text": "c", "level": "today", "voice": "carer"},
             {"text": "d", "level": "crisis", "voice": "carer"}, {"text": "e", "level": "none", "voice": "carer"}]
    said = {"a": [situation["now"]], "b": [situation["today"]], "c": [situation["now"]], "d": [situation["crisis"]], "e": [situation["limit"]]}
    found = evaluate.alarms(cases, said.get)
    assert [(alarm, urgent) for _, alarm, urgent in found] == [(True, True), (True, False), (True, True), (True, True), (False, False)]
    table = "\n".join(evaluate.alarm_table(found))
    assert re.search(r"all dangers +4 +100.0% .* 75.0%", table) and re.search(r"near misses \(false alarms\) +1 +0.0%", table)


def test_corrections_and_denials_are_counted():
    cases = [{"text": "a", "must": ["not so"], "seen": True}, {"text": "b", "must": ["not so"]}, {"text": "c", "deny": ["never"]}]
    said = {"a": "It is not so.\nSources: x", "b": "Yes.\nSources: not so", "c": "It never does."}
    found = evaluate.corrections(cases, lambda text, sender: [{"text": said[text]}])
    assert [good for _, good in found] == [True, False, False]
    table = [line.split()[-4] for line in evaluate.correction_table(found)[1:]]
    assert table == ["50.0%", "100.0%", "0.0%", "100.0%"]
