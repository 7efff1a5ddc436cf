"""A question built on a wrong belief gets the correction first, with its source; one with a true premise is not corrected."""
import pytest

from bot import evaluate, premises
from bot.answers import answer
from bot.store import DataError, read_yaml, store

FACT = "complementary.sugar"
ROW = "- {id: sugar, many: have heard x, verdict: wrong, fact: complementary.sugar}\n"
SAID = "sugar:\n  said: [since sugar feeds it]\n  sound: [sugar on alpelisib]\n"


def written(folder, rows=ROW, said=SAID):
    """Load premises from files with these contents."""
    (folder / "believed").mkdir()
    (folder / "premises.yml").write_text(rows)
    (folder / "believed" / "food.yml").write_text(said)
    return premises.load(folder / "premises.yml", folder / "believed")


def test_there_are_enough_premises_and_messages():
    assert len(premises.premises()) >= 60
    assert all(len(premise.said) >= 10 and len(premise.sound) >= 4 for premise in premises.premises().values())


def test_what_the_founding_texts_say_wrongly_is_corrected():
    wrong = [claim for claim in read_yaml(evaluate.ROOT / "tests" / "seed_claims.yml") if claim["verdict"] in ("wrong", "outdated", "disputed")]
    corrected = {premise.fact for premise in premises.premises().values()}
    assert [claim["id"] for claim in wrong if not corrected & set(claim["facts"])] == ["a40"]       # poor_results: its fact speaks of treatment, not of length of life


def test_no_test_sentence_is_learnt():
    learnt = {" ".join(text.lower().split()) for premise in premises.premises().values() for text in (*premise.said, *premise.sound)}
    assert learnt & {" ".join(case["text"].lower().split()) for case in read_yaml(evaluate.PREMISES)} == set()


def test_a_premise_is_read(tmp_path):
    premise = written(tmp_path)["sugar"]
    assert (premise.said, premise.sound, premise.correction) == (("since sugar feeds it",), ("sugar on alpelisib",), "Many people have heard x. It is not so.")


@pytest.mark.parametrize("rows, said, fault", [
    (ROW.replace("wrong", "silly"), SAID, "sugar: needs fact, id, many, verdict; verdict is one of"),
    (ROW.replace("complementary.sugar", "gone.fact"), SAID, "fact gone.fact is not in the store"),
    (ROW + ROW, SAID, "stands here twice"),
    ("a: 1\n", SAID, "needs fact, id, many, verdict"),
    (ROW, "salt:\n  said: [x]\n", "there is no such premise"),
    (ROW, "salt:\n  said: [x]\n", "sugar: has no messages"),
    (ROW, "sugar:\n  said: x\n", "a list of messages"),
    (ROW, "sugar:\n  said: [5]\n", "a list of messages"),
    (ROW, "- sugar\n", "a list of messages"),
])
def test_faults_are_sentences(tmp_path, rows, said, fault):
    with pytest.raises(DataError, match=fault):
        written(tmp_path, rows, said)


@pytest.mark.parametrize("chances, expected", [({}, ""), ({"none": 0.9, "sugar": 0.1}, ""), ({"none": 0.2, "sugar": 0.5, "alkaline": 0.3}, "sugar"), ({"none": 0.2, "gone": 0.8}, "")])
def test_a_belief_is_heard_from_a_chance_on(chances, expected):
    assert premises.believed(chances) == expected


def test_the_correction_comes_first_and_the_source_last():
    premise = premises.premises()["sugar"]
    text = answer([premise.fact], store(), [("topic", "sugar")], correction=premise.correction).text
    assert text.startswith(f"{premise.correction}\n{store().facts[FACT].title} ") and "\nSources:\n- " in text


@pytest.mark.model
def test_a_question_on_a_wrong_belief_gets_the_correction_first(talk):
    text = talk.say("Since sugar feeds the tumour, which fruit may I still eat?", "sugar")[0]["text"]
    assert text.startswith(premises.premises()["sugar"].correction)


@pytest.mark.model
@pytest.mark.parametrize("text", ["what are the signs in the liver?", "hello", "thank you", "does letrozole cause joint pain?"])
def test_other_messages_are_not_corrected(talk, text):
    assert not any(reply["text"].startswith("Many people") for reply in talk.say(text, "calm"))


@pytest.mark.model
def test_wrong_beliefs_in_the_words_of_strangers(talk):
    found = evaluate.corrections(read_yaml(evaluate.PREMISES), talk.say)
    corrected, kept = [good for case, good in found if "must" in case], [good for case, good in found if "deny" in case]
    assert len(corrected) >= 60 and sum(corrected) / len(corrected) >= 0.8
    assert len(kept) >= 150 and sum(kept) / len(kept) >= 0.97
