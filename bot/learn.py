"""What training computes: vectors, how messages for each fact and each small talk point, and the classifier of the kinds of question."""
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Optional

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bot import context
from bot.encoder import DIMENSIONS, EncodingQueue, encoder
from bot.match import questions
from bot.safety import passages
from bot.store import store
from bot.terms import Reading, reader
from bot.text import MAX_CHARS

CODE = ("learn.py", "encoder.py", "adapter.safetensors", "terms.py", "text.py")      # files of bot/ that shape what is learnt
VECTOR_WEIGHT = 5.5         # so that the unit vector is not drowned by the n-grams (measured on BANKING77)
_DIRECTION_C = 0.3          # best of 0.1, 0.3 and 1 on ways of asking that took no part
_KIND_C = 0.3               # best of 0.3, 1 and 3 in 3-fold cross-validation over data/nlu
SMALL_TALK_WEIGHT = 3.0     # of one example of small talk beside one question for a fact
_FEELING_C, _TITLE_WEIGHT = 0.3, 0.33      # best of 0.1, 0.3, 1 and of all or none of the titles on the messages of a third author (tests/feelings.yml)
_DANGER_C, _CALM, _TOLD = 1, 3, 4               # every third question of fact, every fourth passage of the stories among them
_OF_SYMPTOMS = ("ask_could_it_be", "ask_when_to_call", "ask_symptoms", "ask_side_effects")      # stories told for these may speak of danger
_TRAINING_THREADS = 2


def as_compared(texts) -> tuple:
    """Return texts as they are compared: slips corrected, drugs under their own names."""
    return tuple(reader().read(text).plain for text in texts)


def vectors(texts) -> np.ndarray:
    """Return the vectors of texts `as_compared`, (n, 384) float32."""
    return encoder().encode_all(texts, threads=_TRAINING_THREADS)


@lru_cache(maxsize=1)
def question_texts() -> tuple:
    """Return the facts' questions as they are compared."""
    return as_compared(question for question, _ in questions(store()))


@lru_cache(maxsize=1)
def question_vectors() -> np.ndarray:
    """Return the vectors of `question_texts()`, (n, 384) float32."""
    return vectors(question_texts())


def titles() -> tuple:
    """Return the places of the facts' titles among `question_texts()`: the one wording that shows the kind of question purely."""
    return tuple(i for i, (question, id_) in enumerate(questions(store())) if question == store().facts[id_].title)


def directions(asked, owners, count: int, weights=None) -> np.ndarray:
    """Return how messages for each of `count` answers point, (count, 384) float32: a dot product with it is the learnt score.

    `asked` (n, 384) are vectors of messages, `owners` the n places of the answers they ask for, `weights` how much each counts (1).
    Softmax regression, deterministic.
    """
    model = LogisticRegression(C=_DIRECTION_C, max_iter=25, fit_intercept=False, multi_class="multinomial")
    with warnings.catch_warnings(), threadpool_limits(_TRAINING_THREADS):
        warnings.simplefilter("ignore", ConvergenceWarning)         # 25 steps rank as well as 100
        model.fit(VECTOR_WEIGHT * asked, owners, weights)
    found = np.zeros((count, asked.shape[1]), np.float32)
    found[model.classes_] = VECTOR_WEIGHT * model.coef_
    return found


def all_directions(examples=()) -> tuple:
    """Return (directions, intents): of the shown facts, from their questions, then of the intents of small talk.

    `examples` are (message, intent) pairs of small talk. Together they are told apart better than by intent alone: the facts'
    questions are many times more, and a story with "English" or "who" in it is no small talk.
    """
    place = {fact.id: i for i, fact in enumerate(store().shown())}
    intents = sorted({intent for _, intent in examples})
    owners = [place[id_] for _, id_ in questions(store())] + [len(place) + intents.index(intent) for _, intent in examples]
    each = [question_vectors(), vectors(as_compared(text for text, _ in examples))]
    weights = np.ones(len(owners))
    weights[len(owners) - len(examples):] = SMALL_TALK_WEIGHT
    return directions(np.vstack(each), owners, len(place) + len(intents), weights), intents


class Softmax:
    """Softmax regression over a sentence vector: which of several kinds of message it is."""

    def __init__(self, ids, coef, intercept):
        self._ids, self._coef, self._intercept = [str(id_) for id_ in ids], coef, intercept

    @classmethod
    def train(cls, ids, each, strength, weights, steps) -> "Softmax":
        """Learn from n ids, their (n, 384) vectors and n weights; `strength` is scikit-learn's C, `steps` its most iterations."""
        model = LogisticRegression(C=strength, max_iter=steps)
        with warnings.catch_warnings(), threadpool_limits(_TRAINING_THREADS):
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(VECTOR_WEIGHT * each, ids, weights)
        return cls(model.classes_, (VECTOR_WEIGHT * model.coef_).astype(np.float32), model.intercept_.astype(np.float32))

    def predict(self, vector) -> dict:
        """Return id -> chance 0..1 for the vector (384,) of a message."""
        scores = self._coef @ vector + self._intercept
        weights = np.exp(scores - scores.max())
        return dict(zip(self._ids, (weights / weights.sum()).tolist()))

    def state(self) -> dict:
        """Return what `__init__` needs, as numpy arrays."""
        return {"ids": np.array(self._ids), "coef": self._coef, "intercept": self._intercept}

    @classmethod
    def from_state(cls, state) -> "Softmax":
        """Undo `state()`."""
        return cls(**state)


def feelings(examples, no_feeling: str) -> Softmax:
    """Learn from (message, feeling id) pairs which feeling a message voices; the facts' titles are messages that voice none."""
    titled = question_vectors()[list(titles())]
    each = np.vstack([vectors(as_compared(text for text, _ in examples)), titled])
    ids = [id_ for _, id_ in examples] + [no_feeling] * len(titled)
    return Softmax.train(ids, each, _FEELING_C, np.r_[np.ones(len(examples)), np.full(len(titled), _TITLE_WEIGHT)], 300)


def danger(examples, no_danger: str, talk) -> Softmax:
    """Learn from (message, situation id) pairs which danger a message speaks of.

    Small talk and messages that voice a feeling (`talk`) speak of none, nor do what people ask of the facts and the passages of their
    stories, of which a share is learnt: without them, every sad or strange sentence is nearer to a danger than to a near miss.
    """
    asked = [(i, question, store().facts[id_].intent) for i, (question, id_) in enumerate(questions(store()))
             if not store().facts[id_].urgency and not id_.startswith(("emergency.", "mental."))]
    calm = [i for i, *_ in asked][::_CALM]
    told = sorted({passage for _, question, intent in asked if intent not in _OF_SYMPTOMS for passage in passages(question)})[::_TOLD]
    each = np.vstack([vectors(as_compared([*(text for text, _ in examples), *told, *talk])), question_vectors()[calm]])
    return Softmax.train([id_ for _, id_ in examples] + [no_danger] * (len(each) - len(examples)), each, _DANGER_C, None, 60)


@dataclass(frozen=True)
class Understood:
    """A message as the parts of the pipeline see it.

    `question` is what it asks in its place in the conversation (bot.context), `reading` that question's Reading (bot.terms), `pieces` the
    question as a whole and each of several in it, `vectors` (k, 384) theirs; `typed` (384,) is the vector of the message by itself, None
    where that is its question; `passages` (m, 384) are those of its passages that are read for danger.
    """
    question: str
    reading: Reading
    pieces: list
    vectors: np.ndarray
    typed: Optional[np.ndarray] = None
    passages: np.ndarray = field(default_factory=lambda: np.zeros((0, DIMENSIONS), np.float32))

    @property
    def alone(self) -> np.ndarray:
        """The vector (384,) of the message by itself."""
        return self.vectors[0] if self.typed is None else self.typed


_understood = {}


async def understand_beside(text: str, queue: EncodingQueue, question: str = ""):
    """Understand a message with the encoding in a thread, and keep the result until `understand` asks for it.

    `question` is what the message asks in its place in the conversation, the message itself if empty.
    """
    parts = _parts(text, question or text)
    vectors = await queue.encode_all(parts.texts) if parts.texts else encoder().encode_all(())
    if len(_understood) > 100:              # of messages that failed meanwhile
        _understood.clear()
    _understood[text] = parts.understood(vectors)


def understand(text: str) -> Understood:
    """Return what a message says: kept from `understand_beside`, once, or worked out now; too long a message has no pieces."""
    known = _understood.pop(text, None)
    if known:
        return known
    parts = _parts(text, text)
    return parts.understood(encoder().encode_all(parts.texts))


@dataclass(frozen=True)
class _Parts:
    """The texts of a message that are made into vectors."""
    question: str
    reading: Reading
    pieces: list
    typed: tuple            # the message by itself, where that is not its question
    passages: tuple

    @property
    def texts(self) -> list:
        return [*self.pieces, *self.typed, *self.passages]

    def understood(self, vectors) -> Understood:
        asked, whole = len(self.pieces), len(self.pieces) + len(self.typed)
        return Understood(self.question, self.reading, self.pieces, vectors[:asked], vectors[asked] if self.typed else None, vectors[whole:])


def _parts(text, question) -> _Parts:
    reading, asked = _read(question)
    typed = as_compared([text]) if asked and question != text else ()
    return _Parts(question, reading, asked[:1] if typed else asked, typed, as_compared(passages(text)))     # what was asked before is there for its sense alone


def _read(text):
    reading = reader().read(text[:MAX_CHARS])
    return reading, pieces(reading.plain) if len(text) <= MAX_CHARS else []


def pieces(plain: str) -> list:
    """Return what of a message is compared with the facts: the message as a whole and, where it asks more than once, each question.

    [] for an empty message. A whole story is understood better than its last sentence alone (measured), so a single question is not cut out.
    """
    return [plain, *context.questions(plain, reader(), store())] if plain.strip() else []


class KindClassifier:
    """Logistic regression over a sentence vector and character n-grams; gives each of three or more intents a probability 0..1."""

    def __init__(self, classes, coef, intercept, vocabulary, idf):
        self.classes, self._vocabulary, self._idf = np.asarray(classes), vocabulary, np.asarray(idf, np.float32)
        self._coef, self._intercept = coef, intercept
        self._of_vector, self._of_grams = VECTOR_WEIGHT * coef[:, :DIMENSIONS], np.ascontiguousarray(coef[:, DIMENSIONS:].T)
        self._split = _grams().build_analyzer()

    @classmethod
    def train(cls, texts, intents, vectors, report=lambda words: None) -> "KindClassifier":
        """Learn from n texts, their n intents and (n, 384) vectors."""
        grams = _grams().fit(texts)
        features = np.hstack([VECTOR_WEIGHT * np.asarray(vectors, np.float32), grams.transform(texts).toarray().astype(np.float32)])
        best = LogisticRegression(C=_KIND_C, max_iter=300, class_weight="balanced").fit(features, intents)
        report(f"{len(texts)} ways of asking, {len(best.classes_)} kinds")
        return cls(best.classes_, best.coef_.astype(np.float32), best.intercept_.astype(np.float32), grams.vocabulary_, grams.idf_)

    def predict(self, texts, vectors) -> np.ndarray:
        """Return (n, intents) probabilities for n texts and their (n, 384) vectors; each row sums to 1."""
        scores = vectors @ self._of_vector.T + np.stack([self._by_grams(text) for text in texts]) + self._intercept
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return scores / scores.sum(1, keepdims=True)

    def _by_grams(self, text) -> np.ndarray:
        """Return what the n-grams of one text say, (intents,): sublinear tf-idf as scikit-learn computes it, without its 1.5 ms."""
        counts = Counter(place for gram in self._split(text) if (place := self._vocabulary.get(gram)) is not None)
        if not counts:
            return np.zeros(len(self.classes), np.float32)
        places = np.fromiter(counts, int)
        weights = (1 + np.log(np.fromiter(counts.values(), float))) * self._idf[places]
        return (weights / np.linalg.norm(weights)) @ self._of_grams[places]

    def state(self) -> dict:
        """Return what `__init__` needs, as numpy arrays without pickled objects."""
        words = sorted(self._vocabulary, key=self._vocabulary.get)
        return {"classes": self.classes.astype(str), "coef": self._coef, "intercept": self._intercept, "words": np.array(words), "idf": self._idf}

    @classmethod
    def from_state(cls, state) -> "KindClassifier":
        """Undo `state()`."""
        vocabulary = {word: i for i, word in enumerate(state["words"].tolist())}
        return cls(state["classes"], state["coef"], state["intercept"], vocabulary, state["idf"])


def _grams() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, max_features=6000)
