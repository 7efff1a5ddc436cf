"""What is said around the facts: one warm sentence where somebody voices a feeling, and three questions to take along to the team."""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.store import DATA, DataError, Fact, read_yaml, relative, store

NO_FEELING = "none"         # the id under which messages stand that voice no feeling
HEARD = "That is a lot to carry, and it makes sense that it is hard."
SURE_OF_ONE, SURE_OF_ANY = 0.5, 0.65        # chances from which one feeling is answered with its own sentence, and any at all with HEARD
_KINDS = ("topic", "drug", "treatment", "test", "subtype", "site", "symptom")      # the narrowest first


@dataclass(frozen=True)
class Feeling:
    """A feeling, the sentence said to it ("" for none), and messages that voice it."""
    id: str
    say: str
    examples: tuple


class Talk:
    """The feelings of data/warmth.yml and the questions of data/take_along.yml."""

    def __init__(self, warmth: Path = DATA / "warmth.yml", along: Path = DATA / "take_along.yml"):
        self.feelings = {feeling.id: feeling for feeling in (_feeling(row, warmth) for row in read_yaml(warmth))}
        if NO_FEELING not in self.feelings:
            raise DataError([f"{relative(warmth)}: there are no examples of {NO_FEELING}; add messages that voice no feeling."])
        self._along = _along(read_yaml(along), along)

    def warm(self, chances) -> str:
        """Return the sentence for the feeling that a message voices, "" for none; `chances` are feeling id -> 0..1 as bot.components hears them."""
        felt = {id_: chance for id_, chance in (chances or {}).items() if id_ in self.feelings and self.feelings[id_].say}
        most = max(felt, key=felt.get, default="")
        if felt.get(most, 0) >= SURE_OF_ONE:
            return self.feelings[most].say
        return HEARD if sum(felt.values()) >= SURE_OF_ANY else ""

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
        return Feeling(row["id"], row.get("say", "").strip(), tuple(str(example) for example in row["examples"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError([f"{relative(path)}: a feeling needs id and examples ({type(error).__name__} {error})."]) from error


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
