"""The right answer to sentences that no training author wrote. Limits stand a little below what was measured."""
from pathlib import Path
from uuid import uuid4

import pytest

from bot import evaluate, learn
from bot.match import decide
from bot.safety import screen
from bot.store import read_yaml, store
from bot.talk import HEARD, talk as of_talk

pytestmark = pytest.mark.model
HERE = Path(__file__).parent


def examples(folder):
    """Yield (sentence, intent) of every NLU file in a folder."""
    for path in sorted(Path(folder).glob("*.yml")):
        for block in read_yaml(path)["nlu"]:
            yield from ((line.strip()[2:].strip(), block["intent"]) for line in block["examples"].splitlines() if line.strip())


HELD_OUT = list(examples(HERE / "nlu"))


def test_kinds_of_question_held_out(talk):
    parsed = [(talk.parse(text), intent) for text, intent in HELD_OUT if intent.startswith("ask_")]
    best = [next(row["name"] for row in found["intent_ranking"] if row["name"] != "nlu_fallback") == intent for found, intent in parsed]
    assert sum(best) / len(best) >= 0.77
    assert sum(found["intent"]["name"].startswith(("ask_", "nlu_", "safety_")) for found, _ in parsed) / len(parsed) >= 0.97


def test_small_talk_held_out(talk):
    hits = [talk.parse(text)["intent"]["name"] == intent for text, intent in HELD_OUT if not intent.startswith(("ask_", "out_"))]
    assert sum(hits) / len(hits) >= 0.84           # 22 kinds of small talk, ten of them near neighbours (no figures, no, only roughly ...)


def test_feelings_held_out(talk):
    told = [(id_, text) for id_, texts in read_yaml(HERE / "feelings.yml").items() for text in texts]
    said = [(of_talk().feelings[id_].say, of_talk().warm(talk.parse(text)["feelings"])) for id_, text in told]
    heard = [found for due, found in said if due]
    assert sum(map(bool, heard)) / len(heard) >= 0.82
    assert sum(bool(found) for due, found in said if not due) / sum(not due for due, _ in said) <= 0.1
    named = [found == due for due, found in said if due and found not in ("", HEARD)]
    assert sum(named) / len(named) >= 0.82


def test_out_of_scope_held_out_is_hardly_ever_answered(talk):
    answered = [text for text, intent in HELD_OUT if intent == "out_of_scope" and any("Sources:" in reply["text"] for reply in talk.say(text, "scope"))]
    assert len(answered) <= 3, answered


@pytest.mark.parametrize("file, right, wrong", [("plain", 0.93, 0.06), ("blind", 0.77, 0.15), ("needs", 0.86, 0.11)])
def test_answers_hold_the_substance(talk, file, right, wrong):
    asked = evaluate.ask(evaluate.load(evaluate.QUESTIONS / f"{file}.yml"), talk.say)
    found = evaluate.shares(asked)
    missed = [row.question.text for row in asked if row.question.seen and row.outcome == "wrong"]
    assert found["right"] >= right and found["wrong"] <= wrong and found["choice"] <= 0.15, f"{found}: {missed[:20]}"


def test_conversations_are_followed(talk):
    conversations = [c for path in sorted(evaluate.STORIES.glob("*.yml")) for c in evaluate.load_conversations(path)]
    told = evaluate.converse(conversations, talk.say)
    turns = [right for turns in told for _, _, right in turns]
    talks = [all(right for _, _, right in turns) for turns in told]
    assert len(conversations) >= 120 and sum(turns) / len(turns) >= 0.85 and sum(talks) / len(talks) >= 0.66


def test_every_title_finds_its_fact(talk):
    from bot.encoder import encoder
    from bot.match import Matcher
    from bot.terms import reader

    matcher = Matcher(store(), learn.all_directions()[0])
    lost = []
    for fact in store().shown():
        reading = reader().read(fact.title)
        ranked = matcher.rank(encoder().encode(reading.plain), reading)
        if fact.id not in decide(ranked, store()).facts:
            lost.append(fact.id)
    assert lost == []


@pytest.mark.parametrize("text, term", [("what are the signs in the liver", "the liver"), ("side effects of Verzenios", "abemaciclib"), ("what is HER2-low", "HER2-low cancer")])
def test_the_first_words_name_what_was_understood(talk, text, term):
    assert talk.say(text, "names")[0]["text"].startswith(f"About {term}")


def dangers(talk, cases):
    """Return evaluate.alarms for cases, through the whole pipeline."""
    return evaluate.alarms(cases, lambda text: [screen().known[id_] for id_ in talk.parse(text)["safety"]])


def test_dangers_in_the_words_of_strangers(talk):
    found = dangers(talk, read_yaml(evaluate.DANGERS))
    seen = {level: [alarm for case, alarm, _ in found if case["level"] == level] for level in ("now", "crisis", "today", "none")}
    shares = {level: sum(alarms) / len(alarms) for level, alarms in seen.items()}
    assert shares["now"] >= 0.99 and shares["crisis"] >= 0.95 and shares["today"] >= 0.975 and shares["none"] <= 0.16, shares
    plain = [alarm for case, alarm, _ in found if case["voice"] == "plain" and case["level"] != "none"]
    assert sum(plain) / len(plain) >= 0.99


def test_the_sentences_of_the_patterns_are_not_outvoted(talk):
    cases = [{**case, "voice": ""} for case in read_yaml(HERE / "safety.yml") if case["level"] in ("now", "crisis", "today")]
    missed = [case["text"] for case, alarm, _ in dangers(talk, cases) if not alarm]
    assert missed == []


@pytest.mark.parametrize("between", [(), ("what is letrozole?",)])
def test_who_complains_again_is_handed_over_however_often(talk, between):
    sender = uuid4().hex
    said = []
    for _ in range(5):
        said.append([reply["text"] for reply in talk.say("this is useless, you did not answer my question", sender)])
        for text in between:
            talk.say(text, sender)
    assert [len(replies) for replies in said] == [1] * 5
    assert "sorry, that was not what you needed" in said[0][0] and all("keep missing" in replies[0] for replies in said[1:])
