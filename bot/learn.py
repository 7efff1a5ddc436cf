"""What training computes: vectors, how messages for each fact and each small talk point, and the classifier of the kinds of question."""
import warnings
from collections import Counter
from dataclasses import dataclass
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
from bot.store import store
from bot.terms import Reading, reader
from bot.text import MAX_CHARS

CODE = ("learn.py", "encoder.py", "adapter.safetensors", "terms.py", "text.py")      # files of bot/ that shape what is learnt
VECTOR_WEIGHT = 5.5         # so that the unit vector is not drowned by the n-grams (measured on BANKING77)
_DIRECTION_C = 0.3          # best of 0.1, 0.3 and 1 on ways of asking that took no part
_KIND_C = 0.3               # best of 0.3, 1 and 3 in 3-fold cross-validation over data/nlu
SMALL_TALK_WEIGHT = 3.0     # of one example of small talk beside one question for a fact
_FEELING_C, _TITLE_WEIGHT = 0.3, 0.33      # best of 0.1, 0.3, 1 and of all or none of the titles on the messages of a third author (tests/feelings.yml)
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


class Feelings:
    """Softmax regression over a sentence vector: which feeling a message voices, if any."""

    def __init__(self, ids, coef, intercept):
        self._ids, self._coef, self._intercept = [str(id_) for id_ in ids], coef, intercept

    @classmethod
    def train(cls, examples, no_feeling: str) -> "Feelings":
        """Learn from (message, feeling id) pairs; the facts' titles are messages that voice none."""
        titled = question_vectors()[list(titles())]
        each = np.vstack([vectors(as_compared(text for text, _ in examples)), titled])
        ids = [id_ for _, id_ in examples] + [no_feeling] * len(titled)
        weights = np.r_[np.ones(len(examples)), np.full(len(titled), _TITLE_WEIGHT)]
        model = LogisticRegression(C=_FEELING_C, max_iter=300).fit(VECTOR_WEIGHT * each, ids, weights)
        return cls(model.classes_, (VECTOR_WEIGHT * model.coef_).astype(np.float32), model.intercept_.astype(np.float32))

    def predict(self, vector) -> dict:
        """Return feeling id -> chance 0..1 for the vector (384,) of a message."""
        scores = self._coef @ vector + self._intercept
        weights = np.exp(scores - scores.max())
        return dict(zip(self._ids, (weights / weights.sum()).tolist()))

    def state(self) -> dict:
        """Return what `__init__` needs, as numpy arrays."""
        return {"ids": np.array(self._ids), "coef": self._coef, "intercept": self._intercept}


@dataclass(frozen=True)
class Understood:
    """A message as the parts of the pipeline see it.

    `question` is what it asks in its place in the conversation (bot.context), `reading` that question's Reading (bot.terms), `pieces` the
    question as a whole and each of several in it, `vectors` (k, 384) theirs; `typed` (384,) is the vector of the message by itself, None
    where that is its question.
    """
    question: str
    reading: Reading
    pieces: list
    vectors: np.ndarray
    typed: Optional[np.ndarray] = None


_understood = {}


async def understand_beside(text: str, queue: EncodingQueue, question: str = ""):
    """Understand a message with the encoding in a thread, and keep the result until `understand` asks for it.

    `question` is what the message asks in its place in the conversation, the message itself if empty.
    """
    reading, parts = _read(question or text)
    typed = as_compared([text]) if parts and question not in ("", text) else ()
    parts = parts[:1] if typed else parts           # what was asked before is there for its sense, not to be answered again
    vectors = await queue.encode_all([*parts, *typed]) if parts else encoder().encode_all(parts)
    if len(_understood) > 100:              # of messages that failed meanwhile
        _understood.clear()
    _understood[text] = Understood(question or text, reading, parts, vectors[:len(parts)], vectors[-1] if typed else None)


def understand(text: str) -> Understood:
    """Return what a message says: kept from `understand_beside`, once, or worked out now; too long a message has no pieces."""
    known = _understood.pop(text, None)
    if known:
        return known
    reading, parts = _read(text)
    return Understood(text, reading, parts, encoder().encode_all(parts))


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
