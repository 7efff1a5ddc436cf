"""The learnt judges of a message: logistic and softmax regression over its sentence vector and its n-grams. Learn with scikit-learn, judge in numpy."""
import warnings
from collections import Counter

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bot.encoder import DIMENSIONS

VECTOR_WEIGHT = 5.5         # so that the unit vector is not drowned by the n-grams (measured on BANKING77)
TRAINING_THREADS = 2
_KIND_C = 0.3               # best of 0.3, 1 and 3 in 3-fold cross-validation over data/nlu
_LETTERS = {"analyzer": "char_wb", "ngram_range": (2, 4), "min_df": 2, "max_features": 6000}
_WORDS = {"token_pattern": r"[a-z0-9']+", "ngram_range": (1, 3), "min_df": 2, "max_features": 20000}
_WORDS_WEIGHT = 4.0         # best of 2, 4 and 6 on strangers' messages of danger and near misses


def fitted(features, ids, weights=None, **settings) -> LogisticRegression:
    """Return scikit-learn's logistic regression for n rows of features, their n ids and n weights; deterministic.

    A few steps judge as well as convergence does, so that its warning says nothing.
    """
    with warnings.catch_warnings(), threadpool_limits(TRAINING_THREADS):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(**settings).fit(features, ids, weights)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the chances 0..1 along the last axis for scores; they sum to 1."""
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


class Grams:
    """Sublinear tf-idf of n-grams as scikit-learn computes it, without its 1.5 ms a text."""

    def __init__(self, words, idf, settings):
        self._place, self._idf = {word: i for i, word in enumerate(words)}, np.asarray(idf, np.float32)
        self._split = TfidfVectorizer(**settings).build_analyzer()

    @classmethod
    def learn(cls, texts, settings) -> tuple:
        """Return the Grams of n texts and their (n, grams) sparse features."""
        vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **settings)
        features = vectorizer.fit_transform(texts)
        return cls(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_, settings), features

    def times(self, text: str, coef: np.ndarray) -> np.ndarray:
        """Return the features of a text times coef (grams, k), (k,)."""
        counts = Counter(place for gram in self._split(text) if (place := self._place.get(gram)) is not None)
        if not counts:
            return np.zeros(coef.shape[1], np.float32)
        places = np.fromiter(counts, int)
        weights = (1 + np.log(np.fromiter(counts.values(), float))) * self._idf[places]
        return (weights / np.linalg.norm(weights)) @ coef[places]

    def state(self) -> dict:
        """Return what `__init__` needs besides the settings, as numpy arrays without pickled objects."""
        return {"words": np.array(list(self._place)), "idf": self._idf}


class KindClassifier:
    """Logistic regression over a sentence vector and character n-grams; gives each of three or more intents a probability 0..1."""

    def __init__(self, classes, coef, intercept, words, idf):
        self.classes, self._coef, self._intercept = np.asarray(classes), coef, intercept
        self._grams = Grams(words, idf, _LETTERS)
        self._of_vector, self._of_grams = VECTOR_WEIGHT * coef[:, :DIMENSIONS], np.ascontiguousarray(coef[:, DIMENSIONS:].T)

    @classmethod
    def train(cls, texts, intents, vectors, report=lambda words: None) -> "KindClassifier":
        """Learn from n texts, their n intents and (n, 384) vectors."""
        grams, of_texts = Grams.learn(texts, _LETTERS)
        features = np.hstack([VECTOR_WEIGHT * np.asarray(vectors, np.float32), of_texts.toarray()])
        best = fitted(features, intents, C=_KIND_C, max_iter=300, class_weight="balanced")
        report(f"{len(texts)} ways of asking, {len(best.classes_)} kinds")
        return cls(best.classes_, best.coef_.astype(np.float32), best.intercept_.astype(np.float32), **grams.state())

    def predict(self, texts, vectors) -> np.ndarray:
        """Return (n, intents) probabilities for n texts and their (n, 384) vectors; each row sums to 1."""
        return softmax(vectors @ self._of_vector.T + np.stack([self._grams.times(text, self._of_grams) for text in texts]) + self._intercept)

    def state(self) -> dict:
        """Return what `__init__` needs, as numpy arrays without pickled objects."""
        return {"classes": self.classes.astype(str), "coef": self._coef, "intercept": self._intercept, **self._grams.state()}

    @classmethod
    def from_state(cls, state) -> "KindClassifier":
        """Undo `state()`."""
        return cls(**{**state, "words": state["words"].tolist()})


class Softmax:
    """Softmax regression over a sentence vector: which of several kinds of message it is."""

    def __init__(self, ids, coef, intercept):
        self.ids, self._coef, self._intercept = [str(id_) for id_ in ids], coef, intercept

    @classmethod
    def train(cls, ids, vectors, strength, weights=None, steps=60) -> "Softmax":
        """Learn from n ids, their (n, 384) vectors and n weights; `strength` is scikit-learn's C, `steps` its most iterations."""
        model = fitted(VECTOR_WEIGHT * vectors, ids, weights, C=strength, max_iter=steps)
        return cls(model.classes_, (VECTOR_WEIGHT * model.coef_).astype(np.float32), model.intercept_.astype(np.float32))

    def predict(self, vector) -> dict:
        """Return id -> chance 0..1 for the vector (384,) of a message."""
        return dict(zip(self.ids, softmax(self._coef @ vector + self._intercept).tolist()))

    def state(self) -> dict:
        """Return what `__init__` needs, as numpy arrays."""
        return {"ids": np.array(self.ids), "coef": self._coef, "intercept": self._intercept}

    @classmethod
    def from_state(cls, state) -> "Softmax":
        """Undo `state()`."""
        return cls(**state)


class Recogniser:
    """Says whether a message is any of several kinds, and which: softmax regression over its vector says both, logistic regression over
    vector and word n-grams says "any" again, and the two odds are averaged.

    The vector knows meaning in any words, but hardly the "no" before it; the n-grams know the "no" (measured on strangers' messages of
    danger and near misses: at 98 % seen 5 % false alarms, where vectors alone raise 9 %).
    """

    def __init__(self, nothing, which: Softmax, of_vector, of_grams, intercept, grams: Grams):
        self._nothing, self._which, self._grams = str(nothing), which, grams
        self._of_vector, self._of_grams, self._intercept = of_vector, of_grams, intercept

    @classmethod
    def train(cls, ids, texts, vectors, nothing) -> "Recogniser":
        """Learn from n ids, their texts as compared and (n, 384) vectors; the id `nothing` stands for messages of no kind."""
        which = Softmax.train(ids, vectors, 1)
        grams, of_texts = Grams.learn(texts, _WORDS)
        any_ = fitted(hstack([csr_matrix(VECTOR_WEIGHT * vectors), _WORDS_WEIGHT * of_texts]).tocsr(), [id_ != nothing for id_ in ids], max_iter=200)
        coef = any_.coef_[0].astype(np.float32)
        return cls(nothing, which, VECTOR_WEIGHT * coef[:DIMENSIONS], _WORDS_WEIGHT * coef[DIMENSIONS:, None], any_.intercept_.astype(np.float32), grams)

    def predict(self, text, vector) -> dict:
        """Return id -> chance 0..1 for the text of a message as compared and its vector (384,); with that of `nothing` they sum to 1."""
        chances = self._which.predict(vector)
        nothing = min(max(chances.pop(self._nothing), 1e-6), 1 - 1e-6)
        again = float(self._of_vector @ vector + self._grams.times(text, self._of_grams)[0] + self._intercept[0])
        some = 1 / (1 + np.exp(-(np.log((1 - nothing) / nothing) + again) / 2))
        return {**{id_: chance / (1 - nothing) * some for id_, chance in chances.items()}, self._nothing: 1 - some}

    def state(self) -> dict:
        """Return what `from_state` needs, as numpy arrays without pickled objects."""
        own = {"nothing": np.array(self._nothing), "of_vector": self._of_vector, "of_grams": self._of_grams, "any_intercept": self._intercept}
        return {**own, **self._which.state(), **self._grams.state()}

    @classmethod
    def from_state(cls, state) -> "Recogniser":
        """Undo `state()`."""
        which = Softmax(state["ids"], state["coef"], state["intercept"])
        return cls(state["nothing"], which, state["of_vector"], state["of_grams"], state["any_intercept"], Grams(state["words"].tolist(), state["idf"], _WORDS))
