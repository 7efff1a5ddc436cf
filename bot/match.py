"""Which facts answer a message: ranked by question, kind of question and terms; then answer, choice or an honest no."""
from dataclasses import dataclass

import numpy as np

from bot.store import Store
from bot.terms import Reading

# Weights of the score: first learnt by softmax regression on the facts' own questions, each hidden in turn; then moved towards
# question and intent by what the even-numbered questions of tests/questions.yml showed.
QUESTION = 0.60             # cosine with the nearest question that a fact answers
ANSWER = 0.40               # cosine with the fact's title and answer
INTENT = 0.17               # times the probability of the fact's kind of question
SAME_TERM = 0.10            # a term of the message is what the fact is about
BROADER_TERM = 0.12         # ... or stands under what the fact is about (a drug under its class)
OTHER_TERM = -0.04          # the fact is about another thing of the same kind than the message names
UNASKED_TERM = -0.025       # the fact is about a thing that the message does not name
LEAD = 0.02                 # the one to say first
ANSWER_AT = 0.52            # a score from which a fact is said
OFFER_AT = 0.40             # a score from which a fact is offered as a choice
OVERRULES = 0.60            # a score at which a fact outweighs small talk ("help", "bye" in a real question)
OVERRULES_SCOPE = 0.75      # ... and outweighs "this is about something else"
CLOSE = 0.12                # how far behind the best a fact may be to be said with it
TOGETHER = 3                # facts said in one answer
_CHARACTERS = 1100          # of answer text in one reply
_NARROW = ("site", "drug", "treatment", "test", "subtype", "symptom")


@dataclass(frozen=True)
class Ranked:
    """A fact and how well it fits; `similarity` is the cosine of its nearest question."""
    fact: str
    score: float
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
    """Ranks the shown facts of a store by vectors: one row per entry of `questions(store)`, and of `answers(store)`."""

    def __init__(self, facts: Store, question_vectors: np.ndarray, answer_vectors: np.ndarray):
        self._store = facts
        self._facts = facts.shown()
        pairs = questions(facts)
        if len(pairs) != len(question_vectors) or len(self._facts) != len(answer_vectors):
            raise ValueError(f"{len(question_vectors)} vectors for {len(pairs)} questions; train again")
        owners = [id_ for _, id_ in pairs]
        self._starts = np.flatnonzero([i == 0 or owners[i] != owners[i - 1] for i in range(len(owners))])
        self._questions, self._answers = question_vectors, answer_vectors
        self._intents, self._intent_of = np.unique([fact.intent for fact in self._facts], return_inverse=True)
        self._lead = np.array([LEAD if fact.lead else 0.0 for fact in self._facts])
        self._none = np.zeros(len(self._facts), bool)
        self._about = {term: np.array([term in fact.terms for fact in self._facts]) for term in facts.terms}
        self._speaks_of = {kind: np.array([kind in fact.about for fact in self._facts]) for kind in _NARROW}

    def rank(self, vectors, reading: Reading, intents: dict, most=10) -> list:
        """Return up to `most` Ranked facts, best first.

        `vectors` (k, 384) are those of the message and its sentences; `intents` maps intent -> probability 0..1.
        """
        vectors = np.atleast_2d(vectors)
        similarity = np.maximum.reduceat(vectors @ self._questions.T, self._starts, axis=1)
        score = (QUESTION * similarity + ANSWER * (vectors @ self._answers.T)).max(0)
        score = score + INTENT * np.array([intents.get(i, 0.0) for i in self._intents])[self._intent_of] + self._lead + self._agreement(reading.terms)
        best = np.argsort(-score, kind="stable")[:most]
        return [Ranked(self._facts[i].id, round(float(score[i]), 4), round(float(similarity[:, i].max()), 4)) for i in best]

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


def overrules(intent: str, ranked) -> bool:
    """Say whether the best fact fits so well that a message taken for small talk is a question after all."""
    if not ranked or intent.startswith("ask_"):
        return False
    return ranked[0].score >= (OVERRULES_SCOPE if intent == "out_of_scope" else OVERRULES)


def decide(ranked, facts: Store) -> Decision:
    """Return the Decision for facts ranked by `Matcher.rank`; facts that are gone or hidden meanwhile are skipped."""
    ranked = [r for r in ranked if r.fact in facts.facts and facts.facts[r.fact].shown]
    if not ranked or ranked[0].score < OFFER_AT:
        return Decision("none", tuple(r.fact for r in ranked[:3]))
    if ranked[0].score < ANSWER_AT:
        return Decision("choice", tuple(r.fact for r in ranked[:3]))
    return Decision("answer", _together(ranked, facts))


def _together(ranked, facts: Store) -> tuple:
    """Return the best fact and those that belong beside it: nearly as near, about the same thing."""
    first = facts.facts[ranked[0].fact]
    said, length = [first.id], len(first.answer)
    for other in ranked[1:]:
        fact = facts.facts[other.fact]
        same = bool(fact.terms & first.terms) or fact.intent == first.intent
        if len(said) < TOGETHER and same and ranked[0].score - other.score <= CLOSE and length + len(fact.answer) <= _CHARACTERS:
            said.append(fact.id)
            length += len(fact.answer)
    return tuple(said)
