"""Every claim of the founding texts is answered: what they say rightly is said by a fact, what they say wrongly by its correction."""
import re
from pathlib import Path

import pytest
import yaml

from bot.store import store

CLAIMS = yaml.safe_load(Path(__file__).with_name("seed_claims.yml").read_text(encoding="utf-8"))
IDS = [f"a{n:02}" for n in range(1, 57)] + [f"b{n:02}" for n in range(30)]
VERDICTS = {"supported", "supported_with_nuance", "outdated", "disputed", "wrong", "unclear_translation"}
ANSWERED = [claim for claim in CLAIMS if "facts" in claim]


def said(claim) -> str:
    """Return what the facts of a claim say, on one line; their figures too where the claim is about a number."""
    facts = [store().facts[id_] for id_ in claim["facts"]]
    parts = [part for fact in facts for part in (fact.answer, fact.detail, fact.figures if claim.get("number") else "")]
    return " ".join(" ".join(parts).split())


def test_every_claim_is_there_once_and_in_order():
    assert len(IDS) == 86
    assert [claim["id"] for claim in CLAIMS] == IDS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["id"])
def test_a_claim_is_either_answered_or_left_out_for_a_reason(claim):
    assert claim["claim"] and claim["correction"] and claim["verdict"] in VERDICTS
    assert set(claim) <= {"id", "claim", "verdict", "correction", "facts", "says", "number", "reason"}
    assert ("facts" in claim) != ("reason" in claim)
    assert ("says" in claim) == ("facts" in claim)
    if "facts" in claim:
        assert 1 <= len(claim["facts"]) <= 3 and 1 <= len(claim["says"]) <= 3
    else:
        assert claim["verdict"] == "unclear_translation" and claim["reason"]


@pytest.mark.parametrize("claim", ANSWERED, ids=lambda claim: claim["id"])
def test_the_facts_of_a_claim_are_shown(claim):
    facts = store().facts
    assert [id_ for id_ in claim["facts"] if id_ not in facts or not facts[id_].shown] == []


@pytest.mark.parametrize("claim", ANSWERED, ids=lambda claim: claim["id"])
def test_the_facts_say_what_is_right(claim):
    text = said(claim)
    missing = [pattern for pattern in claim["says"] if not re.search(pattern, text, re.IGNORECASE)]
    assert missing == [], text


@pytest.mark.parametrize("claim", [claim for claim in ANSWERED if claim.get("number")], ids=lambda claim: claim["id"])
def test_a_number_stands_in_the_figures(claim):
    assert any(store().facts[id_].figures for id_ in claim["facts"])
