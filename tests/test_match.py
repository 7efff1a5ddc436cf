"""Ranking and the decision between an answer, a choice and an honest no."""
import numpy as np
import pytest

from bot.match import ANSWER_AT, ENOUGH, KNOWN, LIKELY, SURE, WORTH, Matcher, Ranked, decide
from bot.store import Fact, Source, Store, Term
from bot.terms import Mention, Reading

SOURCES = {"page": Source("page", "A", "B", "https://example.org", "2025")}
TERMS = {("drug", "palbociclib"): Term("drug", "palbociclib", "palbociclib", ("palbociclib",), (("treatment", "cdk46"),)),
         ("drug", "letrozole"): Term("drug", "letrozole", "letrozole"),
         ("treatment", "cdk46"): Term("treatment", "cdk46", "CDK4/6 inhibitors")}


def fact(id_, intent="ask_definition", **about):
    return Fact(id_, intent, {k: (v,) for k, v in about.items()}, (f"{id_}?",), f"Answer {id_}.", ("page",), "a.yml")


FACTS = {f.id: f for f in (fact("a.class", treatment="cdk46"), fact("b.letrozole", drug="letrozole"), fact("c.general"), fact("d.side", "ask_side_effects", treatment="cdk46"))}
STORE = Store(FACTS, TERMS, SOURCES)
SAME = np.tile(np.eye(1, 384, dtype=np.float32), (4, 1))        # every fact alike: only terms decide


PLAIN = Reading("", "", ())


def ranked(terms=()):
    reading = type("Reading", (), {"terms": frozenset(terms)})()
    return Matcher(STORE, SAME).rank(SAME[0], reading)


@pytest.mark.parametrize("terms, expected", [
    ([("drug", "letrozole")], "b.letrozole"),
    ([("drug", "palbociclib")], "a.class"),
    ([], "c.general"),
])
def test_terms_decide_between_like_facts(terms, expected):
    assert ranked(terms)[0].fact == expected


def test_chances_are_a_distribution():
    found = ranked([("treatment", "cdk46")])
    assert abs(sum(r.chance for r in found) - 1) < 1e-3


def test_what_was_learnt_outweighs_the_rest():
    learnt = np.zeros((4, 384), np.float32)
    learnt[3, 0] = 10                                           # all questions point to the last fact
    reading = type("Reading", (), {"terms": frozenset([("drug", "letrozole")])})()
    assert Matcher(STORE, learnt).rank(SAME[0], reading)[0].fact == "d.side"


def test_directions_of_another_store_are_refused():
    with pytest.raises(ValueError, match="train again"):
        Matcher(STORE, SAME[:2])


@pytest.mark.parametrize("chance, next_chance, kind", [(SURE, 0.0, "answer"), (SURE - 0.01, 0.0, "likely"), (LIKELY, 0.0, "likely"), (LIKELY - 0.01, 0.0, "unsure"), (ANSWER_AT, 0.0, "unsure"), (ANSWER_AT - 0.01, 0.1, "choice"), (KNOWN / 2, KNOWN / 2 - 0.01, "none")])
def test_decisions(chance, next_chance, kind):
    assert decide([Ranked("a.class", chance), Ranked("c.general", next_chance)], STORE).kind == kind


@pytest.mark.parametrize("chances, said", [
    ((ENOUGH, WORTH, 0.0), ("a.class",)),
    ((ENOUGH - 0.1, WORTH, 0.0), ("a.class", "d.side")),
    ((ENOUGH - 0.1, WORTH - 0.01, 0.0), ("a.class",)),
    ((0.4, 0.2, 0.2), ("a.class", "d.side")),                   # the third is about another thing and of another kind
])
def test_facts_are_said_together_until_one_of_them_surely_fits(chances, said):
    facts = ("a.class", "d.side", "e.other")
    other = fact("e.other", "ask_living", topic="work")
    store = Store({**FACTS, other.id: other}, TERMS, SOURCES)
    assert decide([Ranked(id_, chance) for id_, chance in zip(facts, chances)], store).facts == said


@pytest.mark.parametrize("man, first", [(False, "a.class"), (True, "e.men")])
def test_facts_on_men_come_first_for_a_man(man, first):
    men = fact("e.men", "ask_side_effects", subtype="male")
    store = Store({**FACTS, men.id: men}, {**TERMS, ("subtype", "male"): Term("subtype", "male", "men", ("men",))}, SOURCES)
    assert decide([Ranked("a.class", 0.5), Ranked("e.men", 0.25)], store, man=man).facts[0] == first


@pytest.mark.parametrize("points_to, expected", [(4, "bye"), (5, "greet"), (0, None)])
def test_small_talk_is_told_from_questions_of_fact(points_to, expected):
    learnt = np.zeros((6, 384), np.float32)
    learnt[points_to, 0] = 10
    found = Matcher(STORE, learnt, ["bye", "greet"]).small_talk(SAME[0], PLAIN)
    assert (found and found[0]) == expected


def test_a_message_that_names_a_thing_is_hardly_small_talk():
    learnt = np.zeros((6, 384), np.float32)
    learnt[4, 0] = 2
    named = Reading("scan", "scan", (Mention("drug", "letrozole", 0, 4),))
    found = Matcher(STORE, learnt, ["bye", "greet"])
    assert found.small_talk(SAME[0], PLAIN)[0] == "bye" and found.small_talk(SAME[0], named) is None


def test_neither_question_nor_known_small_talk_is_unclear():
    learnt = np.zeros((7, 384), np.float32)
    learnt[4:, 0] = 10
    assert Matcher(STORE, learnt, ["bye", "greet", "thank"]).small_talk(SAME[0], PLAIN)[0] == ""


def test_facts_that_are_gone_are_skipped():
    assert decide([Ranked("gone.away", 0.9), Ranked("c.general", 0.8)], STORE).facts == ("c.general",)


def test_nothing_ranked_is_an_honest_no():
    assert decide([], STORE).kind == "none"
