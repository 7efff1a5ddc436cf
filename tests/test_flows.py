"""A danger interrupts every flow, in every wording of tests/safety.yml, and what is none interrupts nothing."""
from pathlib import Path
from uuid import uuid4

import pytest

from bot.deployment import fill
from bot.safety import LEVELS
from bot.store import ROOT, read_yaml

pytestmark = pytest.mark.model
CASES = read_yaml(Path(__file__).with_name("safety.yml"))
SAYS = {level: fill(read_yaml(ROOT / "domain.yml")["responses"][f"utter_safety_{level}"][0]["text"]) for level in LEVELS if level != "limit"}
FLOWS = {
    "nothing said": (),
    "figures offered": ("how long have I got",),
    "figures declined": ("how long have I got", "no thank you"),
    "a choice open": ("tummy",),
    "a name asked for": ("is it given as a drip?",),
    "a carer": ("I am asking for my mum", "what are the signs in the liver?"),
    "a complaint": ("this is useless, you did not answer my question",),
    "more was said": ("what is letrozole?", "tell me more"),
}


def urgency(replies) -> str:
    """Return the level that the first words of a reply speak of, "" for none."""
    return next((level for level, words in SAYS.items() if replies[0]["text"] == words), "")


def said_after(talk, flow, text):
    """Return the replies to a message in the middle of a flow."""
    sender = uuid4().hex
    for turn in FLOWS[flow]:
        talk.say(turn, sender)
    return talk.say(text, sender)


@pytest.mark.parametrize("flow", FLOWS)
def test_one_wording_of_every_danger_interrupts(talk, flow):
    first = {case.get("situation", case["text"]): case for case in reversed(CASES) if case["level"] in SAYS and "situation" in case}
    missed = [case["text"] for case in first.values() if urgency(said_after(talk, flow, case["text"])) == ""]
    assert len(first) >= 40 and missed == []


@pytest.mark.parametrize("number, flow", enumerate(FLOWS))
def test_every_wording_and_near_miss_in_one_flow_or_another(talk, number, flow):
    mine = [case for place, case in enumerate(CASES) if place % len(FLOWS) == number]
    missed = [case["text"] for case in mine if case["level"] in SAYS and urgency(said_after(talk, flow, case["text"])) == ""]
    false = [case["text"] for case in mine if case["level"] == "none" and urgency(said_after(talk, flow, case["text"])) != ""]
    assert missed == [] and len(false) <= 0.06 * len(mine), false


def test_what_was_open_is_still_open_after_a_danger(talk):
    sender = uuid4().hex
    talk.say("how long have I got", sender)
    assert urgency(talk.say("my legs went numb and I can't pee", sender)) == "now"
    assert "not a prediction for you" in talk.say("yes please", sender)[0]["text"]
