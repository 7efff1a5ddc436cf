"""What is said around the facts: one warm sentence where somebody voices a feeling, and three questions to take along to the team."""
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.store import DATA, DataError, Fact, read_yaml, relative, store
from bot.text import is_question, plain

HEARD = "That is a lot to carry, and it makes sense that it is hard."
_KINDS = ("topic", "drug", "treatment", "test", "subtype", "site", "symptom")      # the narrowest first
_KNOWLEDGE = re.compile(r"^(?:(?:is|are|can|could|does|do|what|why|how|which|when|where|who|should|will)\b)")


@dataclass(frozen=True)
class Feeling:
    """A feeling, the sentence said to it, and the words that voice it."""
    id: str
    say: str
    words: re.Pattern


class Talk:
    """The feelings of data/warmth.yml and the questions of data/take_along.yml."""

    def __init__(self, warmth: Path = DATA / "warmth.yml", along: Path = DATA / "take_along.yml"):
        self._feelings = [_feeling(row, warmth) for row in read_yaml(warmth)]
        self._along = _along(read_yaml(along), along)

    def warm(self, text: str, fact: Fact = None) -> str:
        """Return the sentence for the feeling that a message voices, "" where it voices none or only asks about one.

        A statement that is best answered by a fact of support voices a feeling too, in words that nobody foresaw.
        """
        words = plain(text)
        if _KNOWLEDGE.match(words):
            return ""
        known = next((feeling.say for feeling in self._feelings if feeling.words.search(words)), "")
        return known or (HEARD if fact and fact.intent == "ask_support" and not is_question(text) else "")

    def take_along(self, fact: Fact, about=()) -> tuple:
        """Return three questions for the team on what was talked about: those of its narrowest term, or of its kind of question."""
        terms = [*about, *((kind, id_) for kind, ids in fact.about.items() for id_ in ids)]
        for kind in _KINDS:
            for term in (t for t in terms if t[0] == kind):
                for known in (term, *sorted(store().broader(term))):
                    if known in self._along:
                        return self._along[known]
        return self._along[fact.intent]


def _feeling(row, path) -> Feeling:
    try:
        phrases = sorted({plain(str(words)) for words in row["words"]}, key=len, reverse=True)
        return Feeling(row["id"], row["say"].strip(), re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b"))
    except (KeyError, TypeError) as error:
        raise DataError([f"{relative(path)}: a feeling needs id, say and words ({type(error).__name__} {error})."]) from error


def _along(rows, path) -> dict:
    """Return (kind, id) or intent -> three questions."""
    found, faults = {}, []
    for key, asked in rows.items():
        kind, _, id_ = key.partition(":")
        if id_ and (kind, id_) not in store().terms:
            faults.append(f"{relative(path)}: {key}: there is no such term in data/terms/{kind}.yml.")
        if not isinstance(asked, list) or len(asked) != 3:
            faults.append(f"{relative(path)}: {key}: needs three questions.")
        found[(kind, id_) if id_ else key] = tuple(asked)
    missing = {fact.intent for fact in store().facts.values()} - set(found)
    faults += [f"{relative(path)}: {intent}: needs three questions; facts of this kind exist." for intent in sorted(missing)]
    if faults:
        raise DataError(faults)
    return found


@lru_cache(maxsize=1)
def talk() -> Talk:
    """Return the one Talk of this process."""
    return Talk()
