"""How hard a text is to read: the Flesch-Kincaid grade of everything the assistant can say. `python -m bot.plain` prints it."""
import re
import statistics
import sys
from dataclasses import dataclass
from functools import lru_cache

import textstat

from bot import answers
from bot.deployment import fill
from bot.premises import premises
from bot.safety import screen
from bot.store import ROOT, Store, read_yaml, store

# Grade 6 is what health services ask of texts for patients (AHRQ Health Literacy Universal Precautions Toolkit, tool 11).
LIMITS = {"raw": (7.0, 11.0), "masked": (6.0, 8.0)}         # median, and the grade that 95 % must keep to
_A_NAME = "it"                                              # what stands for a name of data/terms: one syllable


@dataclass(frozen=True)
class Graded:
    """A text with its Flesch-Kincaid grade as it stands (`raw`) and with the names of data/terms masked."""
    where: str
    text: str
    raw: float
    masked: float


def said(facts: Store):
    """Yield (where, text) of every text that can reach a person, without its source lines."""
    for fact in facts.shown():
        for part in ("answer", "detail", "figures"):
            text = " ".join((getattr(fact, part) or "").split())
            if text:
                yield f"{fact.id} ({part})", text
    yield from ((f"premises.yml: {premise.id}", premise.correction) for premise in premises().values())
    yield from ((f"safety.yml: {situation.id}", fill(situation.say)) for situation in screen().situations if situation.say)
    for name, variants in (read_yaml(ROOT / "domain.yml").get("responses") or {}).items():
        yield from ((f"domain.yml: {name}", fill(variant["text"])) for variant in variants)
    yield from ((f"answers.py: {name}", fill(text)) for name, text in vars(answers).items() if name.isupper() and isinstance(text, str) and " " in text)


@lru_cache(maxsize=1)
def _names() -> re.Pattern:
    names = sorted({name for term in store().terms.values() for name in term.names if len(name) > 1}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?:s|es)?(?!\w)", re.I)


def grade(where: str, text: str) -> Graded:
    """Return a text with its grades (textstat 0.7.4, US school years)."""
    return Graded(where, text, textstat.flesch_kincaid_grade(text), textstat.flesch_kincaid_grade(_names().sub(_A_NAME, text)))


def everything() -> list:
    """Return a Graded for every text that can reach a person."""
    return [grade(where, text) for where, text in said(store())]


def summary(graded) -> dict:
    """Return {kind: (median, grade that 95 % keep to)} for the kinds "raw" and "masked"."""
    return {kind: (statistics.median(values), values[max(0, -(-len(values) * 95 // 100) - 1)])
            for kind in LIMITS for values in [sorted(getattr(g, kind) for g in graded)]}


def kept(found: dict) -> bool:
    """Say whether a `summary` keeps to LIMITS."""
    return all(value <= limit for kind, limits in LIMITS.items() for value, limit in zip(found[kind], limits))


def report(graded) -> list:
    """Return the lines of a report: the two grades beside their limits, and the ten hardest texts."""
    lines = [f"Reading grade (Flesch-Kincaid) of {len(graded)} texts"]
    for kind, (median, most) in summary(graded).items():
        lines.append(f"  {'as they stand' if kind == 'raw' else 'names masked':14} median {median:4.1f} (limit {LIMITS[kind][0]:.0f}), 95 % at or below {most:4.1f} (limit {LIMITS[kind][1]:.0f})")
    return lines + ["  hardest:"] + [f"    {g.masked:4.1f}  {g.where}" for g in sorted(graded, key=lambda g: -g.masked)[:10]]


def main() -> int:
    """Print the report; exit status 1 if a limit is broken."""
    graded = everything()
    print("\n".join(report(graded)))
    return int(not kept(summary(graded)))


if __name__ == "__main__":
    sys.exit(main())
