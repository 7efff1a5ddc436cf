"""Which terms a text names: every name of data/terms, misspelt too, with negated ones marked."""
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans
from symspellpy import SymSpell, Verbosity

from bot.store import Store, store

_JOINED = re.compile(r"(?<=\w)[-/](?=\w)")                       # CDK4/6, T-DXd, x-ray: one spelling for all ways of joining
_NEGATING = {"no", "not", "without", "never", "nor", "neither", "isnt", "n't", "besides", "except"}
_MISSPELT_FROM = 5          # shorter words are too alike to be guessed
_FAR = 8                    # from this length on two slips are forgiven


@dataclass(frozen=True)
class Mention:
    """A term named in a text; `start` and `end` are character offsets, end exclusive."""
    kind: str
    id: str
    start: int
    end: int
    negated: bool = False

    @property
    def term(self):
        return self.kind, self.id


@dataclass(frozen=True)
class Reading:
    """A text as understood: `text` as typed, `plain` with slips corrected and drugs under their own names, and its mentions, placed in `text`."""
    text: str
    plain: str
    mentions: tuple

    @property
    def terms(self) -> frozenset:
        """(kind, id) pairs that are named and not negated."""
        return frozenset(m.term for m in self.mentions if not m.negated)

    @property
    def only_names(self) -> bool:
        """Say whether the text names something and says nothing else ("scan", "liver, bones")."""
        return bool(self.mentions) and not any(letter.isalnum() for letter in self.without())

    def without(self, kinds=None) -> str:
        """Return the text with blanks in the place of what it names, or of what is of the given kinds."""
        rest = list(self.text)
        for mention in self.mentions:
            if kinds is None or mention.kind in kinds:
                rest[mention.start:mention.end] = " " * (mention.end - mention.start)
        return "".join(rest)


def _joined(text: str) -> str:
    return _JOINED.sub(" ", text.translate(str.maketrans("\u2018\u2019\u00a0", "'' ")))


def _words(text: str):
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())


class Reader:
    """Reads texts against the terms of a store. Build it once; `read` is pure."""

    def __init__(self, facts: Store):
        self._nlp = spacy.blank("en")
        self._store = facts
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        drug_words, term_words = {}, set()
        for (kind, id_), term in facts.terms.items():
            names = {_joined(name) for name in term.names}
            self._matcher.add(f"{kind}:{id_}", [self._nlp.make_doc(name) for name in sorted(names)])
            for word in (w for name in names for w in _words(name)):
                term_words.add(word)
                if kind == "drug":
                    drug_words.setdefault(word, set()).add(id_)
        self._drug_words = drug_words
        prose = {w for fact in facts.facts.values() for part in (fact.answer, fact.detail, fact.title) for w in _words(part)}
        self._known = english_words() | prose | term_words
        self._spelling = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in sorted(term_words | prose):
            if len(word) >= _MISSPELT_FROM - 1 and "'" not in word:
                self._spelling.create_dictionary_entry(word, 2 if word in term_words else 1)

    def correct(self, word: str) -> str:
        """Return the word of the store that a misspelt word stands for, or the word itself where that is not certain."""
        low = word.lower()
        if len(low) < _MISSPELT_FROM or low in self._known or not low.isalpha():
            return word
        near = self._spelling.lookup(low, Verbosity.CLOSEST, 2 if len(low) >= _FAR else 1)
        near = [n for n in near if n.term[0] == low[0]] or [n for n in near if n.term not in self._drug_words]
        if not near:
            return word
        drugs = [self._drug_words[n.term] for n in near if n.term in self._drug_words]
        if drugs and (len(drugs) < len(near) or len(set.union(*drugs)) > 1):
            return word                     # a drug is never taken for another, nor a plain word for a drug
        return near[0].term

    def read(self, text: str) -> Reading:
        """Return the Reading of one message."""
        raw = self._nlp.make_doc(_joined(text))
        doc = Doc(self._nlp.vocab, words=[self.correct(t.text) for t in raw], spaces=[bool(t.whitespace_) for t in raw])
        names = {(start, end): self._nlp.vocab.strings[key] for key, start, end in self._matcher(doc)}
        spans = filter_spans([doc[start:end] for start, end in names])
        mentions, plain, at = [], [], 0
        for span in spans:
            kind, id_ = names[(span.start, span.end)].split(":", 1)
            last = raw[span.end - 1]
            mentions.append(Mention(kind, id_, raw[span.start].idx, last.idx + len(last.text), _negated(doc, span)))
            if kind == "drug":
                plain += [doc[at:span.start].text_with_ws, self._store.terms[(kind, id_)].name, doc[span.end - 1].whitespace_]
                at = span.end
        plain.append(doc[at:].text)
        return Reading(raw.text, "".join(plain), tuple(mentions))


def _negated(doc, span) -> bool:
    """Say whether one of the three words before a span negates it within its clause ("no", "not", "without")."""
    for token in reversed(doc[max(0, span.start - 3):span.start]):
        if token.text in ",.;:!?" or token.lower_ in ("but", "and", "only", "just", "if", "why"):
            return False
        if token.lower_ in _NEGATING:
            return True
    return False


@lru_cache(maxsize=1)
def english_words() -> frozenset:
    """The words of symspellpy's English frequency list: known words are never corrected."""
    lines = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[0] for line in lines if line.strip())


@lru_cache(maxsize=1)
def reader() -> Reader:
    """Return the one reader of this process."""
    return Reader(store())
