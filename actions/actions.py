"""From a turn to its answer: what was understood, decided by bot.match, worded by bot.answers, remembered by bot.context."""
from dataclasses import replace

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from bot import answers, context
from bot.context import Memory
from bot.deployment import fill
from bot.match import Ranked, decide
from bot.premises import premises
from bot.safety import screen
from bot.store import THINGS, store
from bot.talk import talk
from bot.terms import reader
from bot.text import is_question, plain

PENDING = "pending_figures"         # the fact whose figures a "yes" would show
INTRODUCED = "introduced"           # the person has been told what this is
INTRODUCING = {"utter_greet", "utter_help", "utter_bot_challenge"}      # ... as these do too
FORGOTTEN = 3                       # answers after which a "yes" no longer means the figures offered before them
OFFER_BELOW = 0.85                  # a chance of small talk below which a near question of fact is offered beside it
MISSES = 2                          # replies in a row that did not answer, then the person is handed over


def _memory(tracker) -> Memory:
    """Return what is remembered; facts and terms that left the store since are forgotten."""
    memory, known = Memory.read(tracker.get_slot(context.SLOT)), store()
    shown = tuple(id_ for id_ in memory.facts if known.sayable(id_))
    terms = {name: tuple(term for term in getattr(memory, name) if term in known.terms) for name in ("about", "earlier")}
    man = context.of_man(_text(tracker))
    return replace(memory, facts=shown, man=memory.man if man is None else man, **terms)


def _intent(tracker) -> str:
    return (tracker.latest_message.get("intent") or {}).get("name") or ""


def _text(tracker) -> str:
    return tracker.latest_message.get("text") or ""


def _say(dispatcher, reply, memory):
    """Say a Reply and return the events: what a "yes", a number or a follow-up would mean from now on."""
    dispatcher.utter_message(text=reply.text, buttons=list(reply.buttons) or None)
    offered = tuple((button["title"], button["payload"]) for button in reply.buttons)
    age = 0 if reply.pending else memory.figures_age + 1
    kept = replace(memory, offered=offered, figures=reply.pending or (memory.figures if age < FORGOTTEN else ""), figures_age=age)
    return [SlotSet(PENDING, reply.pending or None), SlotSet(context.SLOT, kept.kept())]


def _send(dispatcher, tracker, reply, memory):
    """Say a Reply and, once in a conversation, who is speaking; return the events.

    The slot is set every turn, because a long conversation is read back from its last turns only.
    """
    events = _say(dispatcher, reply, memory)
    said = {event.get("name") for event in tracker.events if event.get("event") == "action"}
    if not tracker.get_slot(INTRODUCED) and not said & INTRODUCING:
        dispatcher.utter_message(response="utter_introduction")
        if memory.who == context.PATIENT:
            dispatcher.utter_message(response="utter_professional")
    return [*events, SlotSet(INTRODUCED, True)]


def _situations(tracker):
    """Return the safety situations of the latest message, the most urgent first."""
    known = screen().known
    return [known[id_] for id_ in tracker.latest_message.get("safety") or () if id_ in known]


def _named(tracker):
    """Return the (kind, id) terms that the latest message names, in its order, negated ones left out."""
    terms = store().terms
    return [t for e in tracker.latest_message.get("entities") or () if not e.get("negated") and (t := (e.get("entity"), e.get("value"))) in terms]


def _ranked(rows):
    return [Ranked(**row) for row in rows or ()]


def _chosen(tracker):
    """Return the shown fact that a button names, or None."""
    ids = [e.get("value") for e in tracker.latest_message.get("entities") or () if e.get("entity") == "fact"]
    return store().sayable(ids[0]) if ids and isinstance(ids[0], str) else None


def _answered(memory, facts, question, named=()) -> Memory:
    """Return what is remembered once facts were said: the things named that they speak of, or else what the first is about."""
    first, spoken_of = store().facts[facts[0]], {term for id_ in facts for term in store().facts[id_].terms}
    own = [(kind, id_) for kind, ids in first.about.items() for id_ in ids]
    things = [t for t in named if t[0] in THINGS]
    about = [t for t in things if t in spoken_of or store().broader(t) & spoken_of] or things[:2] or [t for t in own if t[0] in THINGS] or own[:1]
    about = tuple(dict.fromkeys(about))
    earlier = tuple(t for t in memory.about if t not in about) or memory.earlier
    return replace(memory, question=question, fact=first.id, facts=tuple(facts), about=about, earlier=earlier, asked_which=False, misses=0, more=0, open="")


def _seen(memory, fact) -> Memory:
    """Return what is remembered once figures were shown: they stay at hand."""
    return replace(memory, figures=fact.id, figures_age=0)


def _handed_over() -> dict:
    """Return the end of a search that found nothing, as arguments of utter_message."""
    return {"text": answers.hand_over((), store()).text}


class AnswerFact(Action):
    """Answers every question of fact."""

    def name(self):
        return "action_answer_fact"

    def run(self, dispatcher, tracker, domain):
        for situation in _situations(tracker):
            if situation.level == "limit":
                dispatcher.utter_message(text=fill(situation.say))
                break
        ranked, memory = _ranked(tracker.latest_message.get("facts")), _memory(tracker)
        memory = replace(memory, who=context.who(_text(tracker)) or memory.who)
        if memory.who and context.only_says_who(_text(tracker)):
            return _send(dispatcher, tracker, answers.noted(memory.who), memory)
        if context.lacks_name(_text(tracker), memory, reader()):
            dispatcher.utter_message(response="utter_which_thing")
            return [SlotSet(PENDING, None), SlotSet(context.SLOT, replace(memory, open=plain(_text(tracker)), offered=(), asked_which=False).kept())]
        if not ranked:                      # a message without words or sense
            memory = replace(memory, misses=memory.misses + 1)
            unclear = {"response": "utter_no_figures" if tracker.get_slot(PENDING) else "utter_ask_what"}        # no clear yes: no figures
            dispatcher.utter_message(**_handed_over() if memory.misses >= MISSES else unclear)
            return [SlotSet(PENDING, None), SlotSet(context.SLOT, memory.kept())]
        if warm := talk().warm(tracker.latest_message.get("feelings")):
            dispatcher.utter_message(text=warm)
        if premise := premises().get(tracker.latest_message.get("believed")):
            return self._corrected(dispatcher, tracker, premise, ranked, memory)
        several = self._several(tracker, memory.man)
        if several:
            return self._each(dispatcher, tracker, several, memory)
        follows = tracker.latest_message.get("question") not in (None, _text(tracker))
        return self._one(dispatcher, tracker, decide(ranked, store(), memory.facts if follows else (), memory.man), memory)

    @staticmethod
    def _corrected(dispatcher, tracker, premise, ranked, memory):
        """Say what is wrong in what the question takes for granted, what is true, and then the answer to the question."""
        decision, named = decide(ranked, store(), man=memory.man), _named(tracker)
        asked = [id_ for id_ in decision.facts if id_ != premise.fact] if decision.says else []
        facts = (premise.fact, *asked[:1])
        reply = answers.answer(facts, store(), named, memory.who, correction=premise.correction)
        return _send(dispatcher, tracker, reply, _answered(memory, facts, tracker.latest_message.get("question") or _text(tracker), named))

    @staticmethod
    def _several(tracker, man):
        """Return the decisions for a message that asks more than once, [] if they come to the same."""
        each = [decide(_ranked(rows), store(), man=man) for rows in tracker.latest_message.get("questions") or ()]
        each = [decision for decision in each if decision.says]
        each = [decision for at, decision in enumerate(each) if decision.facts[0] not in {id_ for earlier in each[:at] for id_ in earlier.facts}]
        return each if len(each) > 1 else []

    @staticmethod
    def _each(dispatcher, tracker, decisions, memory):
        said, named, reply = [], _named(tracker), None
        for decision in decisions:
            if reply:
                dispatcher.utter_message(text=reply.text)
            facts = [id_ for id_ in decision.facts if id_ not in said][:2]
            reply = answers.answer(facts, store(), named, who=memory.who)
            said += facts
        latest_first = [*facts, *(id_ for id_ in said if id_ not in facts)]
        return _send(dispatcher, tracker, reply, _answered(memory, latest_first, store().facts[facts[0]].title, named))

    @staticmethod
    def _one(dispatcher, tracker, decision, memory):
        if decision.says:
            named, question = _named(tracker), tracker.latest_message.get("question") or _text(tracker)
            reply = answers.decided(decision, store(), named, memory.who)
            return _send(dispatcher, tracker, reply, replace(_answered(memory, decision.facts, question, named), asked_which=answers.NONE_OF_THESE in reply.buttons))
        memory = replace(memory, misses=memory.misses + 1, asked_which=decision.kind == "choice")
        if memory.misses >= MISSES:
            return _send(dispatcher, tracker, answers.hand_over(decision.facts, store()), memory)
        if decision.kind == "choice":
            return _send(dispatcher, tracker, answers.choice(decision.facts, store()), memory)
        return _send(dispatcher, tracker, answers.nothing(decision.facts, store()), memory)


class OutOfScope(Action):
    """Says what this assistant is for; a near question of its own is offered, never assumed. A feeling is in scope unless it surely is about something else."""

    def name(self):
        return "action_out_of_scope"

    def run(self, dispatcher, tracker, domain):
        unsure = (tracker.latest_message.get("intent") or {}).get("confidence", 1.0) < OFFER_BELOW
        if unsure and talk().warm(tracker.latest_message.get("feelings")):
            return AnswerFact().run(dispatcher, tracker, domain)
        dispatcher.utter_message(response="utter_out_of_scope")
        near, memory = _ranked(tracker.latest_message.get("facts")), _memory(tracker)
        if near and unsure:
            return _send(dispatcher, tracker, answers.offer([r.fact for r in near], store()), replace(memory, asked_which=True))
        return [SlotSet(PENDING, None)]


class SafetyInfo(Action):
    """Says what to do in the situation that was recognised, after the fixed line that Rasa has said already.

    A question in the same message is answered below it, except in a crisis. What was talked about before stays remembered.
    """

    def name(self):
        return "action_safety_info"

    def run(self, dispatcher, tracker, domain):
        situations, memory = [s for s in _situations(tracker) if s.level != "limit"], _memory(tracker)
        if not situations:
            return [SlotSet(PENDING, None)]
        situation = situations[0]
        reply = answers.urgent(situation, store(), [other for other in situations[1:] if other.level == situation.level != "crisis"])
        dispatcher.utter_message(text=reply.text, buttons=list(reply.buttons) or None)
        decision = decide(_ranked(tracker.latest_message.get("facts")), store(), man=memory.man)
        asked = situation.level != "crisis" and is_question(_text(tracker))
        said = decision.facts[:1] == (situation.fact,)
        if asked and decision.says and not said:
            facts = [id_ for id_ in decision.facts if id_ != situation.fact]
            return _say(dispatcher, answers.answer(facts, store(), _named(tracker)), _answered(memory, facts, _text(tracker), _named(tracker)))
        if not memory.question and situation.fact in store().facts:        # "how is that treated?" means the danger, where nothing else was talked about
            memory = _answered(memory, [situation.fact], store().facts[situation.fact].title)
        return [SlotSet(PENDING, tracker.get_slot(PENDING)), SlotSet(context.SLOT, memory.kept())]


class ShowFact(Action):
    """Answers a button: a fact, more of it, or its figures."""

    def name(self):
        return "action_show_fact"

    def run(self, dispatcher, tracker, domain):
        fact, memory = _chosen(tracker), _memory(tracker)
        if fact is None:
            return _send(dispatcher, tracker, answers.nothing((), store()), memory)
        if _intent(tracker) == "more":
            return _send(dispatcher, tracker, answers.detail(fact, store()), replace(memory, more=1))
        if _intent(tracker) == "numbers":
            return _send(dispatcher, tracker, answers.figures(fact, store()), _seen(memory, fact))
        return _send(dispatcher, tracker, answers.answer([fact.id], store()), _answered(memory, [fact.id], fact.title))


class Yes(Action):
    """A yes shows the figures that were offered; without an offer it asks what the person wants to know."""

    def name(self):
        return "action_yes"

    def run(self, dispatcher, tracker, domain):
        memory = _memory(tracker)
        fact = store().sayable(tracker.get_slot(PENDING) or memory.figures)
        if fact is None:
            dispatcher.utter_message(response="utter_ask_what")
            return [SlotSet(PENDING, None)]
        return _send(dispatcher, tracker, answers.figures(fact, store()), _seen(memory, fact))


class No(Action):
    """A no is accepted; the figures stay at hand for those who change their mind."""

    def name(self):
        return "action_no"

    def run(self, dispatcher, tracker, domain):
        figures = tracker.get_slot(PENDING) or _intent(tracker) == "no_figures"
        dispatcher.utter_message(response="utter_no_figures" if figures else "utter_fine")
        return [SlotSet(PENDING, None), SlotSet(context.SLOT, _memory(tracker).kept())]


class NoneOfThese(Action):
    """None of the questions offered was meant: ask again once, then hand over."""

    def name(self):
        return "action_none_of_these"

    def run(self, dispatcher, tracker, domain):
        memory = _memory(tracker)
        memory = replace(memory, misses=memory.misses + 1, asked_which=False, offered=())
        dispatcher.utter_message(**_handed_over() if memory.misses > MISSES else {"response": "utter_none_of_these"})
        return [SlotSet(PENDING, None), SlotSet(context.SLOT, memory.kept())]


class StartOver(Action):
    """Forgets what was talked about; what was written stays stored."""

    def name(self):
        return "action_start_over"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_start_over")
        return [SlotSet(PENDING, None), SlotSet(context.SLOT, None)]


class CarryOn(Action):
    """Answers what is said about the last answer: more, simpler, again, says who, the figures after all, what to ask the team."""

    def name(self):
        return "action_carry_on"

    def run(self, dispatcher, tracker, domain):
        memory, intent = _memory(tracker), _intent(tracker)
        fact = store().sayable(memory.fact)
        if fact is None:
            dispatcher.utter_message(response="utter_ask_what")
            return [SlotSet(PENDING, None)]
        with_figures = next((store().facts[id_] for id_ in (memory.figures, *memory.facts) if id_ in store().facts and store().facts[id_].figures), fact)
        reply = {
            "say_more": lambda: self._more(memory, fact),
            "simpler": lambda: answers.short(fact, store()),
            "say_again": lambda: answers.answer(memory.facts, store(), memory.about),
            "source": lambda: answers.origin([store().facts[id_] for id_ in memory.facts], store()),
            "take_along": lambda: answers.take_along(talk().take_along(fact, memory.about), memory.who),
            "want_figures": lambda: answers.figures(with_figures, store()),
            "roughly": lambda: answers.figures(with_figures, store(), roughly=True),
        }[intent]()
        pending = reply.pending or tracker.get_slot(PENDING)
        if intent in ("want_figures", "roughly"):
            memory, pending = _seen(memory, with_figures), None
        events = _send(dispatcher, tracker, reply, replace(memory, more=memory.more + (intent == "say_more")))
        return [*events, SlotSet(PENDING, pending)]

    @staticmethod
    def _more(memory, fact):
        rest = [other for id_ in fact.related if id_ not in memory.facts and (other := store().sayable(id_))]
        if fact.detail and not memory.more and not answers.said_whole(memory.facts, store()):
            return answers.detail(fact, store())
        return answers.answer([rest[min(memory.more, len(rest) - 1)].id], store()) if rest else answers.detail(replace(fact, detail=""), store())
