"""Rules about data/ and the tests' own sentences that need no model."""
import re
from pathlib import Path

import pytest

from bot.check import faults, intents
from bot.safety import dangers
from bot.store import DATA, ROOT, read_yaml, store
from bot.text import plain

TESTS = Path(__file__).parent


def lines(folder):
    for path in sorted(Path(folder).glob("*.yml")):
        for block in read_yaml(path)["nlu"]:
            yield from ((path.name, block["intent"], line.strip()[2:].strip()) for line in block["examples"].splitlines() if line.strip())


def key(text):
    return re.sub(r"[^a-z0-9]+", " ", plain(text)).strip()


def test_the_data_is_in_order():
    assert faults() == []


def test_no_test_sentence_is_trained_on():
    trained = {key(line) for _, _, line in lines(DATA / "nlu")} | {key(q) for fact in store().facts.values() for q in fact.questions}
    tested = [line for _, _, line in lines(TESTS / "nlu")] + [case["text"] for path in (TESTS / "questions").glob("*.yml") for case in read_yaml(path)]
    tested += [case["text"] for case in read_yaml(TESTS / "dangers.yml")]
    trained |= {key(text) for texts in dangers().values() for text in texts}
    told = [turn["say"] for path in (TESTS / "stories").glob("*.yml") for talk in read_yaml(path) for turn in talk["turns"]]
    assert [line for line in told if key(line) in trained and len(key(line).split()) > 5] == []
    assert [line for line in tested if key(line) in trained and len(key(line).split()) > 2] == []


@pytest.mark.parametrize("intent", [i for i in read_yaml(ROOT / "domain.yml")["intents"] if i.startswith("ask_")])
def test_every_kind_of_question_has_examples_rule_facts_and_held_out_sentences(intent):
    assert len([1 for _, name, _ in lines(DATA / "nlu") if name == intent]) >= 30
    assert len([1 for _, name, _ in lines(TESTS / "nlu") if name == intent]) >= 15
    assert intent in led()
    assert [fact for fact in store().shown() if fact.intent == intent]


@pytest.mark.parametrize("intent", sorted({name for _, name, _ in lines(DATA / "nlu") if not name.startswith("ask_")}))
def test_small_talk_has_examples_and_held_out_sentences(intent):
    assert len([1 for _, name, _ in lines(DATA / "nlu") if name == intent]) >= 10
    assert len([1 for _, name, _ in lines(TESTS / "nlu") if name == intent]) >= 10


def led():
    """Return the intents that a rule or the beginning of a story leads to an answer."""
    rules, stories = read_yaml(DATA / "stories/rules.yml")["rules"], read_yaml(DATA / "stories/stories.yml")["stories"]
    return {talk["steps"][0].get("intent") for talk in rules + stories}


def test_every_intent_has_a_rule_or_begins_a_story():
    assert set(read_yaml(ROOT / "domain.yml")["intents"]) - led() == set()


@pytest.mark.parametrize("folder", [DATA / "nlu", TESTS / "nlu"])
def test_a_file_holds_its_own_intent_alone(folder):
    assert {(name, intent) for name, intent, _ in lines(folder)} == {(f"{intent}.yml", intent) for _, intent, _ in lines(folder)}


def test_every_response_is_used():
    domain = read_yaml(ROOT / "domain.yml")
    used = "".join(path.read_text() for path in (DATA / "stories").glob("*.yml")) + (ROOT / "actions/actions.py").read_text() + "utter_default"
    assert [name for name in domain["responses"] if name not in used] == []


def test_fixed_safety_lines_carry_the_numbers_of_the_deployment():
    responses = read_yaml(ROOT / "domain.yml")["responses"]
    for name, number in (("utter_safety_now", "{emergency}"), ("utter_safety_today", "{team_line}"), ("utter_safety_crisis", "{crisis}")):
        assert number in responses[name][0]["text"]


FIGURE = re.compile(r"\d+(?:\.\d+)? ?(?:%|per ?cent|in (?:every )?100)\b|\b\d+ out of (?:every )?\d+|\bhalf (?:of (?:them|people) )?(?:lived|were alive)|\bmedian\b.{0,40}\d", re.I)


def test_figures_on_outlook_stand_in_figures_alone():
    outlook = [fact for fact in store().shown() if fact.intent == "ask_outlook"]
    assert outlook and [fact.id for fact in outlook if FIGURE.search(fact.answer) or FIGURE.search(fact.detail)] == []


DOSE = re.compile(r"\b\d+(?:\.\d+)? ?(?:mg|mcg|micrograms?|milligrams?|ml|tablets?)\b", re.I)
WRONG = re.compile(r"(?:^|[.!?] )You have (?:metastatic |breast )?cancer\b|\b(?:battle|fight(?:ing)?|lost (?:her|his|their) )\b.{0,20}\bcancer\b|\b[Dd]on'?t worry\b|\bprobably nothing\b")


def test_no_fact_gives_a_dose_or_forbidden_words():
    said = {fact.id: " ".join((fact.answer, fact.detail, fact.figures)) for fact in store().shown()}
    assert [id_ for id_, text in said.items() if DOSE.search(text) or WRONG.search(text)] == []


def test_not_curable_never_stands_without_treatable():
    hits = [fact.id for fact in store().shown() if re.search(r"(?:cannot|can't|can not|not) (?:usually )?be cured|not (?:usually )?curable|incurable", fact.answer)
            and not re.search(r"treat", fact.answer)]
    assert hits == []


def test_intents_of_facts_are_kinds_of_question():
    assert {fact.intent for fact in store().facts.values()} <= set(intents())


def test_the_store_speaks_of_the_project_alone():
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*DATA.rglob("*.yml"), ROOT / "domain.yml"])
    assert re.findall(r"(?<![\w-])/work/|shared/|(?i:\bseed (?:claim|\d|[ab]\b))|the bot must", text) == []
