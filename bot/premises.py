"""The wrong beliefs that questions are built on, and how a reply begins to correct them. What people say who hold them is in data/believed."""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.store import DATA, DataError, read_yaml, relative, store

NO_BELIEF = "none"          # the id of messages that are built on no wrong belief
CORRECT_AT = 0.45           # a chance from which a belief is corrected
VERDICTS = {
    "wrong": "It is not so.",
    "partly": "It is not always so.",
    "unproven": "It has not been shown to be so.",
    "outdated": "That is no longer so.",
}
_KEYS = {"id", "many", "verdict", "fact"}


@dataclass(frozen=True)
class Premise:
    """A wrong belief, the fact that corrects it, messages that are built on it (`said`), and others of like words whose premise is `sound`."""
    id: str
    many: str               # "have heard that ...": completes "Many people"
    verdict: str
    fact: str
    said: tuple
    sound: tuple

    @property
    def correction(self) -> str:
        """How the reply begins: that many think so, and that it is not so. The fact follows with its sources."""
        return f"Many people {self.many}. {VERDICTS[self.verdict]}"


def load(path: Path = DATA / "premises.yml", folder: Path = DATA / "believed", facts=None) -> dict:
    """Return id -> Premise in the order of the file; raise DataError with one sentence per fault. `facts` is a Store, by default the project's."""
    facts, rows, faults = facts or store(), read_yaml(path), []
    said = _said(folder, faults)
    found = {}
    for row in rows if isinstance(rows, list) else [rows]:
        id_ = row.get("id", "?") if isinstance(row, dict) else "?"
        if not isinstance(row, dict) or set(row) != _KEYS or row["verdict"] not in VERDICTS:
            faults.append(f"{relative(path)}: {id_}: needs {', '.join(sorted(_KEYS))}; verdict is one of {', '.join(VERDICTS)}.")
            continue
        if id_ in found:
            faults.append(f"{relative(path)}: {id_}: the id stands here twice; ids are unique.")
        if not facts.sayable(row["fact"]):
            faults.append(f"{relative(path)}: {id_}: fact {row['fact']} is not in the store, or not shown; correct it.")
        messages = said.pop(id_, {})
        if not messages.get("said"):
            faults.append(f"{relative(path)}: {id_}: has no messages in {folder.name}/; add a file or an entry there with said: and sound:.")
        found[id_] = Premise(str(id_), str(row["many"]).strip().rstrip("."), row["verdict"], str(row["fact"]), tuple(messages.get("said") or ()), tuple(messages.get("sound") or ()))
    faults += [f"{folder.name}: {id_}: there is no such premise in {relative(path)}; add it there, or correct the id." for id_ in said]
    if faults:
        raise DataError(faults)
    return found


def _said(folder, faults) -> dict:
    """Return premise id -> {"said": messages, "sound": messages} of all files."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        content = read_yaml(path)
        for id_, messages in content.items() if isinstance(content, dict) else [("top", None)]:
            lists = list(messages.values()) if isinstance(messages, dict) and set(messages) <= {"said", "sound"} else [None]
            if not all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists):
                faults.append(f"{relative(path)}: {id_}: should hold said: and sound:, each a list of messages; put quotes around one with a colon in it.")
            elif id_ in found:
                faults.append(f"{relative(path)}: {id_}: stands in another file too; put its messages into one.")
            else:
                found[id_] = messages
    return found


@lru_cache(maxsize=1)
def premises() -> dict:
    """Return the premises of this process, id -> Premise."""
    return load()


def believed(chances) -> str:
    """Return the id of the premise on which a message is built, "" for none; `chances` are premise id -> 0..1 (bot.classifiers)."""
    known = {id_: chance for id_, chance in chances.items() if id_ in premises()}
    return max(known, key=known.get) if sum(known.values()) >= CORRECT_AT else ""
