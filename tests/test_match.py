"""Ranking and the decision between an answer, a choice and an honest no."""
import numpy as np
import pytest

from bot.match import ANSWER_AT, CLOSE, OFFER_AT, Matcher, Ranked, decide
from bot.store import Fact, Source, Store, Term
from bot.terms import Reading

SOURCES = {"page": Source("page", "A", "B", "https://example.org", "2025")}
TERMS = {("drug", "palbociclib"): Term("drug", "palbociclib", "palbociclib", ("palbociclib",), (("treatment", "cdk46"),)),
         ("drug", "letrozole"): Term("drug", "letrozole", "letrozole"),
         ("treatment", "cdk46"): Term("treatment", "cdk46", "CDK4/6 inhibitors")}


def fact(id_, intent="ask_definition", **about):
    return Fact(id_, intent, {k: (v,) for k, v in about.items()}, (f"{id_}?",), f"Answer {id_}.", ("page",), "a.yml")


FACTS = {f.id: f for f in (fact("a.class", treatment="cdk46"), fact("b.letrozole", drug="letrozole"), fact("c.general"), fact("d.side", "ask_side_effects", treatment="cdk46"))}
STORE = Store(FACTS, TERMS, SOURCES)
SAME = np.tile(np.eye(1, 384, dtype=np.float32), (4, 1))        # every question and answer alike: only terms and intent decide


def first(terms=(), intents=None):
    reading = Reading("", "", tuple())
    reading = type("R", (), {"terms": frozenset(terms)})() if terms else reading
    return Matcher(STORE, SAME, SAME).rank(SAME[:1], reading, intents or {})[0].fact


@pytest.mark.parametrize("terms, expected", [
    ([("drug", "letrozole")], "b.letrozole"),
    ([("drug", "palbociclib")], "a.class"),
    ([], "c.general"),
])
def test_terms_decide_between_like_facts(terms, expected):
    assert first(terms) == expected


def test_the_kind_of_question_decides_between_like_facts():
    assert first([("treatment", "cdk46")], {"ask_side_effects": 0.9}) == "d.side"


def test_vectors_of_another_store_are_refused():
    with pytest.raises(ValueError, match="train again"):
        Matcher(STORE, SAME[:2], SAME)


@pytest.mark.parametrize("score, kind", [(ANSWER_AT, "answer"), (ANSWER_AT - 0.01, "choice"), (OFFER_AT, "choice"), (OFFER_AT - 0.01, "none")])
def test_decisions(score, kind):
    assert decide([Ranked("a.class", score, 0.5)], STORE).kind == kind


def test_near_facts_about_the_same_are_said_together():
    near = [Ranked("a.class", 0.9, 0.9), Ranked("d.side", 0.9 - CLOSE / 2, 0.8), Ranked("b.letrozole", 0.9 - CLOSE * 2, 0.5)]
    assert decide(near, STORE).facts == ("a.class", "d.side")


def test_facts_that_are_gone_are_skipped():
    assert decide([Ranked("gone.away", 0.9, 0.9), Ranked("c.general", 0.8, 0.8)], STORE).facts == ("c.general",)


def test_nothing_ranked_is_an_honest_no():
    assert decide([], STORE).kind == "none"
