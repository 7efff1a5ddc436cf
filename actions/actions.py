"""From a turn to its answer: what was understood, decided by bot.match, worded by bot.answers."""
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from bot import answers
from bot.deployment import fill
from bot.match import SURELY_TALK, Ranked, decide
from bot.safety import screen
from bot.store import store
from bot.text import is_question

PENDING = "pending_figures"         # the fact whose figures a "yes" would show
INTRODUCED = "introduced"           # the person has been told what this is
INTRODUCING = {"utter_greet", "utter_help", "utter_bot_challenge"}      # ... as these do too


def _say(dispatcher, reply):
    """Say a Reply and return the events: what a "yes" would mean from now on."""
    dispatcher.utter_message(text=reply.text, buttons=list(reply.buttons) or None)
    return [SlotSet(PENDING, reply.pending or None)]


def _send(dispatcher, tracker, reply):
    """Say a Reply and, once in a conversation, who is speaking; return the events.

    The slot is set every turn, because a long conversation is read back from its last turns only.
    """
    events = _say(dispatcher, reply)
    said = {event.get("name") for event in tracker.events if event.get("event") == "action"}
    if not tracker.get_slot(INTRODUCED) and not said & INTRODUCING:
        dispatcher.utter_message(response="utter_introduction")
    return [*events, SlotSet(INTRODUCED, True)]


def _situations(tracker):
    """Return the safety situations of the latest message, the most urgent first."""
    known = {s.id: s for s in screen().situations}
    return [known[id_] for id_ in tracker.latest_message.get("safety") or () if id_ in known]


def _named(tracker):
    """Return the (kind, id) terms that the latest message names, in its order, negated ones left out."""
    terms = store().terms
    return [t for e in tracker.latest_message.get("entities") or () if not e.get("negated") and (t := (e.get("entity"), e.get("value"))) in terms]


def _ranked(tracker):
    """Return the facts that the pipeline ranked for the latest message."""
    return [Ranked(**row) for row in tracker.latest_message.get("facts") or ()]


def _chosen(tracker):
    """Return the shown fact that a button names, or None."""
    ids = [e.get("value") for e in tracker.latest_message.get("entities") or () if e.get("entity") == "fact"]
    fact = store().facts.get(ids[0]) if ids and isinstance(ids[0], str) else None
    return fact if fact and fact.shown else None


class AnswerFact(Action):
    """Answers every question of fact."""

    def name(self):
        return "action_answer_fact"

    def run(self, dispatcher, tracker, domain):
        for situation in _situations(tracker):
            if situation.level == "limit":
                dispatcher.utter_message(text=fill(situation.say))
                break
        ranked = _ranked(tracker)
        if not ranked:                      # a message without words
            dispatcher.utter_message(response="utter_ask_what")
            return [SlotSet(PENDING, None)]
        decision = decide(ranked, store())
        if decision.kind in ("answer", "unsure"):
            instead = decision.others if decision.kind == "unsure" else None
            return _send(dispatcher, tracker, answers.answer(decision.facts, store(), _named(tracker), instead))
        if decision.kind == "choice":
            return _send(dispatcher, tracker, answers.choice(decision.facts, store()))
        return _send(dispatcher, tracker, answers.nothing(decision.facts, store()))


class OutOfScope(Action):
    """Says what this assistant is for; a near question of its own is offered, never assumed."""

    def name(self):
        return "action_out_of_scope"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_out_of_scope")
        near = _ranked(tracker)
        if near and (tracker.latest_message.get("intent") or {}).get("confidence", 1.0) < SURELY_TALK:
            return _send(dispatcher, tracker, answers.offer([r.fact for r in near], store()))
        return [SlotSet(PENDING, None)]


class SafetyInfo(Action):
    """Says what to do in the situation that was recognised, after the fixed line that Rasa has said already.

    A question in the same message is answered below it, except in a crisis.
    """

    def name(self):
        return "action_safety_info"

    def run(self, dispatcher, tracker, domain):
        situations = [s for s in _situations(tracker) if s.level != "limit"]
        if not situations:
            return [SlotSet(PENDING, None)]
        situation = situations[0]
        events = _say(dispatcher, answers.urgent(situation, store()))
        decision = decide(_ranked(tracker), store())
        asked = situation.level != "crisis" and is_question(tracker.latest_message.get("text") or "")
        said = decision.facts[:1] == (situation.fact,)
        if asked and decision.kind in ("answer", "unsure") and not said:
            facts = [id_ for id_ in decision.facts if id_ != situation.fact]
            return _say(dispatcher, answers.answer(facts, store(), _named(tracker)))
        return events


class ShowFact(Action):
    """Answers a button: a fact, more of it, or its figures."""

    def name(self):
        return "action_show_fact"

    def run(self, dispatcher, tracker, domain):
        fact = _chosen(tracker)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if fact is None:
            return _send(dispatcher, tracker, answers.nothing((), store()))
        if intent == "more":
            return _send(dispatcher, tracker, answers.detail(fact, store()))
        if intent == "numbers":
            return _send(dispatcher, tracker, answers.figures(fact, store()))
        return _send(dispatcher, tracker, answers.answer([fact.id], store()))


class Yes(Action):
    """A yes shows the figures that were offered; without an offer it asks what the person wants to know."""

    def name(self):
        return "action_yes"

    def run(self, dispatcher, tracker, domain):
        fact = store().facts.get(tracker.get_slot(PENDING) or "")
        if fact is None or not fact.shown:
            dispatcher.utter_message(response="utter_ask_what")
            return [SlotSet(PENDING, None)]
        return _send(dispatcher, tracker, answers.figures(fact, store()))


class No(Action):
    """A no is accepted, and the offer is gone."""

    def name(self):
        return "action_no"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_no_figures" if tracker.get_slot(PENDING) else "utter_ask_what")
        return [SlotSet(PENDING, None)]
