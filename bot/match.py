"""Which facts answer a message: ranked by how people ask for each and by the terms named; then answer, choice or an honest no."""
from dataclasses import dataclass

import numpy as np

from bot.classifiers import softmax
from bot.store import THINGS, Store
from bot.terms import Reading

# Chances are calibrated on 600 ways of asking that took no part in training: of those said with 80 to 90 %, 86 % were right.
SHARP = 1.45                # how much a learnt direction counts
NAMED_TERM = 0.2            # the fact is about a thing that the message names, or about its class
OTHER_TERM = -0.6           # the fact is about another thing of the same kind than the message names
UNASKED_TERM = -0.2         # the fact is about a thing that the message does not name
SMALL_TALK_AT = 0.45        # a chance from which a message is small talk, and no question of fact
SURELY_TALK = 0.90          # ... if it names a thing of the store ("scan"), but for what is about something else ("my cat has a lump")
CLEAR, CLEAR_WORD = 0.40, 0.60      # a chance from which it is known which small talk it is; of a word or two, which may be anything
ELSEWHERE = "out_of_scope"  # the intent of what is about something else
KNOWN = 0.20                # a chance of the three best together below which nothing is known of a message
ANSWER_AT = 0.25            # a chance from which a fact is said
SURE, LIKELY = 0.76, 0.60   # chances, of all that is said together, below which other questions are offered, and the answer is said with doubt
ENOUGH = 0.95               # facts are said together until one of them fits with this chance ...
WORTH = 0.03                # ... as long as the next is worth saying
SAID_BEFORE = 0.1           # what is left of the chance of a fact that was said just before, where the message follows it up
IN_MEN = 3.0                # how many times as likely a fact on breast cancer in men is, where the ill person is a man
HARD_AT = 0.3               # a chance below which a fact on outlook or dying is not added to an answer that is about neither
TOGETHER = 3                # facts said in one answer
_CHARACTERS = 1400          # of answer text in one reply
_MALE = ("subtype", "male")
_NARROW = (*THINGS, "symptom")


@dataclass(frozen=True)
class Ranked:
    """A fact and the chance 0..1 that it is the one asked for."""
    fact: str
    chance: float


@dataclass(frozen=True)
class Decision:
    """What to do with a message: kind is "answer" (say these facts), "likely" (say them and offer others), "unsure" (say so first),
    "choice" (offer them, say none) or "none" (nearest ones, unsaid).

    `others` are the next nearest facts, to be offered.
    """
    kind: str
    facts: tuple
    others: tuple = ()

    @property
    def says(self) -> bool:
        """Say whether its facts are said."""
        return self.kind in ("answer", "likely", "unsure")


def questions(facts: Store) -> list:
    """Return (question, fact id) for everything a shown fact answers to, in a fixed order."""
    return [(q, fact.id) for fact in facts.shown() for q in fact.questions]


class Matcher:
    """Ranks the shown facts of a store, and tells small talk from questions of fact.

    `directions` (facts + small talk, 384) says how messages for each entry of `Store.shown` point (bot.learn), then those for each of
    the intents `talk`.
    """

    def __init__(self, facts: Store, directions: np.ndarray, talk=()):
        self._store = facts
        self._facts = facts.shown()
        if len(directions) != len(self._facts) + len(talk):
            raise ValueError(f"{len(directions)} directions for {len(self._facts)} facts and {len(talk)} intents; train again")
        self._talk, self._directions = list(talk), SHARP * directions
        self._none = np.zeros(len(self._facts), bool)
        self._about = {term: np.array([term in fact.terms for fact in self._facts]) for term in facts.terms}
        self._speaks_of = {kind: np.array([kind in fact.about for fact in self._facts]) for kind in _NARROW}

    def rank(self, vector: np.ndarray, reading: Reading, most=10) -> list:
        """Return up to `most` Ranked facts, best first; `vector` (384,) is that of the message."""
        score = self._directions[:len(self._facts)] @ vector + self._agreement(reading.terms)
        chance = softmax(score)
        return [Ranked(self._facts[i].id, round(float(chance[i]), 4)) for i in np.argsort(-score, kind="stable")[:most]]

    def small_talk(self, vector: np.ndarray, reading: Reading):
        """Return (intent, chance 0..1) of the small talk that a message is, or None for a question of fact.

        The intent is "" where it is neither a question nor any small talk known ("asdf").
        """
        if reading.only_names:
            return None
        chances = self._of_talk(vector)
        best = int(chances.argmax())
        if chances.sum() < (SURELY_TALK if reading.terms and self._talk[best] != ELSEWHERE else SMALL_TALK_AT):
            return None
        clear = CLEAR if len(reading.text.split()) > 2 else CLEAR_WORD
        return self._talk[best] if chances[best] >= clear else "", round(float(chances.sum()), 4)

    def surely_talk(self, vector: np.ndarray) -> str:
        """Return the intent of small talk that a message surely is by itself, whatever was talked about before, or ""."""
        chances = self._of_talk(vector)
        best = int(chances.argmax()) if len(chances) else 0
        return self._talk[best] if len(chances) and chances[best] >= SURELY_TALK else ""

    def _of_talk(self, vector) -> np.ndarray:
        """Return the chance of each intent of small talk, (talk,); the rest up to 1 are questions of fact."""
        return softmax(self._directions @ vector)[len(self._facts):]

    def _agreement(self, named) -> np.ndarray:
        """Return what the terms named in the message say for and against each fact, (facts,)."""
        kinds = {kind for kind, _ in named}
        every = set(named).union(*(self._store.broader(term) for term in named))
        worth = NAMED_TERM * self._about_any(every)
        for kind, speaks_of in self._speaks_of.items():
            strange = speaks_of & ~self._about_any(term for term in every if term[0] == kind)
            worth += strange * (OTHER_TERM if kind in kinds else UNASKED_TERM)
        return worth

    def _about_any(self, terms) -> np.ndarray:
        found = self._none.copy()
        for term in terms:
            found |= self._about.get(term, self._none)
        return found


def decide(ranked, facts: Store, said=(), man=False) -> Decision:
    """Return the Decision for facts ranked by `Matcher.rank`; facts that are gone or hidden meanwhile are skipped.

    `said` are facts that the message follows up: who asks on wants something else than the same again. `man`: the ill person is one.
    """
    ranked = [r for r in ranked if facts.sayable(r.fact)]
    weights = {r.fact: (SAID_BEFORE if r.fact in said else 1) * (IN_MEN if man and _MALE in facts.facts[r.fact].terms else 1) for r in ranked}
    ranked = _weighed(ranked, weights)
    nearest = tuple(r.fact for r in ranked[:3])
    if sum(r.chance for r in ranked[:3]) < KNOWN:
        return Decision("none", nearest)
    if ranked[0].chance < ANSWER_AT:
        return Decision("choice", nearest)
    together = _together(ranked, facts)
    chance = sum(r.chance for r in ranked if r.fact in together)
    return Decision("answer" if chance >= SURE else "likely" if chance >= LIKELY else "unsure", together, tuple(r.fact for r in ranked if r.fact not in together)[:3])


def _weighed(ranked, weights) -> list:
    """Return ranked facts with each chance times its weight, and all in proportion to the chance of what is not ranked."""
    weighed = [(r.fact, r.chance * weights[r.fact]) for r in ranked]
    whole = 1 - sum(r.chance for r in ranked) + sum(chance for _, chance in weighed)
    return sorted((Ranked(fact, chance / whole) for fact, chance in weighed), key=lambda r: -r.chance)


def _hard(fact) -> bool:
    """Say whether a fact is one that nobody should meet unasked."""
    return fact.intent == "ask_outlook" or ("topic", "end_of_life") in fact.terms


def _together(ranked, facts: Store) -> tuple:
    """Return the best fact and, while it is unsure that the answer is among those said, the next that belong beside it."""
    first = facts.facts[ranked[0].fact]
    said, length, covered = [first.id], len(first.answer), ranked[0].chance
    for other in ranked[1:]:
        fact = facts.facts[other.fact]
        same = bool(fact.terms & first.terms) or fact.intent == first.intent
        same = same and (other.chance >= HARD_AT or _hard(first) or not _hard(fact))
        if len(said) == TOGETHER or covered >= ENOUGH or other.chance < WORTH:
            break
        if same and length + len(fact.answer) <= _CHARACTERS:
            said.append(fact.id)
            length += len(fact.answer)
            covered += other.chance
    return tuple(said)
