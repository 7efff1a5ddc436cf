"""Which facts answer a message: ranked by their ways of asking, their answers and terms; then answer, choice or an honest no."""
from dataclasses import dataclass

import numpy as np

from bot.store import Store
from bot.terms import Reading

# Weights of the score, learnt by softmax regression on the facts' own questions, each left out of training in turn.
WHOLE = 0.85                # the learnt score of the whole message
BEST_PIECE = 0.35           # ... and of the sentence that fits best
ANSWER = 5.0                # cosine with the fact's title and answer
QUESTION = 3.5              # cosine with the nearest question of the fact
SAME_TERM = 0.5             # a term of the message is what the fact is about
BROADER_TERM = 0.6          # ... or stands under what the fact is about (a drug under its class)
OTHER_TERM = -0.2           # the fact is about another thing of the same kind than the message names
UNASKED_TERM = -0.12        # the fact is about a thing that the message does not name
NEAR = 0.45                 # cosine with the nearest question of the best fact below which nothing is known of a message
SMALL_TALK_AT = 0.45        # a chance from which a message is small talk, and no question of fact
OFFER_NEAR = 0.60           # cosine from which a fact is offered for a message about something else
ANSWER_AT = 0.20            # a chance from which a fact is said
ENOUGH = 0.90               # facts are said together until one of them fits with this chance ...
WORTH = 0.04                # ... as long as the next is worth saying
TOGETHER = 3                # facts said in one answer
_CHARACTERS = 1400          # of answer text in one reply
_NARROW = ("site", "drug", "treatment", "test", "subtype", "symptom")


@dataclass(frozen=True)
class Ranked:
    """A fact, the chance 0..1 that it is the one asked for, and the cosine of the nearest question it is known to answer."""
    fact: str
    chance: float
    similarity: float


@dataclass(frozen=True)
class Decision:
    """What to do with a message: kind is "answer" (say these facts), "choice" (offer them) or "none" (nearest ones, unsaid)."""
    kind: str
    facts: tuple


def questions(facts: Store) -> list:
    """Return (question, fact id) for everything a shown fact answers to, in a fixed order."""
    return [(q, fact.id) for fact in facts.shown() for q in fact.questions]


def answers(facts: Store) -> list:
    """Return title and answer of every shown fact, in the order of `Store.shown`."""
    return [f"{fact.title} {fact.answer}" for fact in facts.shown()]


class Matcher:
    """Ranks the shown facts of a store, and tells small talk from questions of fact.

    `said` (facts, 384) has a row per entry of `Store.shown`, the vector of its title and answer; `asked` (n, 384) one per entry of
    `questions(store)`. `directions` (facts + small talk, 384) says how messages for each fact point (bot.learn), then those for each of
    the intents `talk`.
    """

    def __init__(self, facts: Store, directions: np.ndarray, said: np.ndarray, asked: np.ndarray, talk=()):
        self._store = facts
        self._facts = facts.shown()
        owners = [id_ for _, id_ in questions(facts)]
        if len(owners) != len(asked) or len(self._facts) != len(said) or len(directions) != len(said) + len(talk):
            raise ValueError(f"{len(asked)} vectors for {len(owners)} questions; train again")
        self._talk = list(talk)
        self._starts = np.flatnonzero([i == 0 or owners[i] != owners[i - 1] for i in range(len(owners))])
        self._directions, self._said, self._asked = directions, said, asked
        self._none = np.zeros(len(self._facts), bool)
        self._about = {term: np.array([term in fact.terms for fact in self._facts]) for term in facts.terms}
        self._speaks_of = {kind: np.array([kind in fact.about for fact in self._facts]) for kind in _NARROW}

    def rank(self, vectors, reading: Reading, most=10) -> list:
        """Return up to `most` Ranked facts, best first; `vectors` (k, 384) are those of the message and its sentences."""
        vectors = np.atleast_2d(vectors)
        near = np.maximum.reduceat((vectors @ self._asked.T).max(0), self._starts)
        score = self._learnt(vectors)[:len(self._facts)] + ANSWER * (vectors @ self._said.T).max(0) + QUESTION * near + self._agreement(reading.terms)
        chance = _softmax(score)
        best = np.argsort(-score, kind="stable")[:most]
        return [Ranked(self._facts[i].id, round(float(chance[i]), 4), round(float(near[i]), 4)) for i in best]

    def small_talk(self, vectors):
        """Return (intent, chance 0..1) of the small talk that a message is, or None for a question of fact."""
        chances = _softmax(self._learnt(np.atleast_2d(vectors)))[len(self._facts):]
        if chances.sum() < SMALL_TALK_AT:
            return None
        return self._talk[int(chances.argmax())], round(float(chances.sum()), 4)

    def _learnt(self, vectors) -> np.ndarray:
        """Return the learnt scores of a message, (facts + small talk,)."""
        each = vectors @ self._directions.T
        return WHOLE * each[0] + BEST_PIECE * each.max(0)

    def _agreement(self, named) -> np.ndarray:
        """Return what the facts' terms are worth beside the terms named in the message, (facts,)."""
        worth = np.zeros(len(self._facts), np.float32)
        kinds = {kind for kind, _ in named}
        every = set(named)
        for term in named:
            above = self._store.broader(term)
            every |= above
            same = self._about_term(term)
            worth += SAME_TERM * same + BROADER_TERM * (~same & self._about_any(above))
        for kind, speaks_of in self._speaks_of.items():
            strange = speaks_of & ~self._about_any(term for term in every if term[0] == kind)
            worth += strange * (OTHER_TERM if kind in kinds else UNASKED_TERM)
        return worth

    def _about_term(self, term) -> np.ndarray:
        return self._about.get(term, self._none)

    def _about_any(self, terms) -> np.ndarray:
        found = self._none.copy()
        for term in terms:
            found |= self._about_term(term)
        return found


def _softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def decide(ranked, facts: Store) -> Decision:
    """Return the Decision for facts ranked by `Matcher.rank`; facts that are gone or hidden meanwhile are skipped."""
    ranked = [r for r in ranked if r.fact in facts.facts and facts.facts[r.fact].shown]
    if not ranked or ranked[0].similarity < NEAR:
        return Decision("none", tuple(r.fact for r in ranked[:3]))
    if ranked[0].chance < ANSWER_AT:
        return Decision("choice", tuple(r.fact for r in ranked[:3]))
    return Decision("answer", _together(ranked, facts))


def _together(ranked, facts: Store) -> tuple:
    """Return the best fact and, while it is unsure that the answer is among those said, the next that belong beside it."""
    first = facts.facts[ranked[0].fact]
    said, length, covered = [first.id], len(first.answer), ranked[0].chance
    for other in ranked[1:]:
        fact = facts.facts[other.fact]
        same = bool(fact.terms & first.terms) or fact.intent == first.intent
        if len(said) == TOGETHER or covered >= ENOUGH or other.chance < WORTH:
            break
        if same and length + len(fact.answer) <= _CHARACTERS:
            said.append(fact.id)
            length += len(fact.answer)
            covered += other.chance
    return tuple(said)
