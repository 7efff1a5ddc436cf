"""Which danger a text speaks of: by the patterns of data/safety.yml and by what the messages of data/dangers taught (bot.learn)."""
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

import spacy
from spacy.matcher import PhraseMatcher
from symspellpy import SymSpell, Verbosity

from bot.deployment import deployment
from bot.store import DATA, DataError, read_yaml, relative
from bot.terms import english_words
from bot.text import plain, sentences

LEVELS = ("now", "crisis", "today", "limit")        # the most urgent first
NO_DANGER = "none"          # the id of messages that only look like danger
NEAR = 10                                           # words between the parts of a pattern, unless it says otherwise
ALARM_AT = 0.3              # a chance of danger from which what was learnt raises the alarm by itself
CRISIS_AT = 0.2             # ... of a crisis alone: a wish to die that is missed is worse than a question too many
OUTVOTED_BELOW = 0.05       # a chance of danger below which it outvotes the patterns
_WORDS, _STEP = 18, 9       # a long sentence is read in windows of so many words
WHOLE = 40                  # words up to which a message is read as a whole, too
_PASSAGES = 60              # passages of one message that are read
_MOST = 12                                          # occurrences of one part in a sentence that are looked at
_SITUATION_KEYS = {"id", "level", "fact", "say", "when", "unless", "near"}
_NEGATORS = {"no", "not", "without", "never", "nor", "neither", "denies"}
_BETWEEN = {"a", "an", "any", "the", "my", "his", "her", "has", "have", "had", "having", "got", "get", "getting", "been", "be", "real", "high",
            "new", "more", "sign", "signs", "symptom", "symptoms", "of", "such", "feel", "feeling", "felt", "or", ",", "really", "that", "much", "longer"}
_PEOPLE = {"i", "my", "me", "mine", "we", "our", "he", "she", "his", "her", "him", "they", "their", "them", "mum", "mom", "mother", "dad", "father", "husband",
           "wife", "partner", "sister", "brother", "son", "daughter", "friend", "myself", "aunt", "nan", "gran", "grandma", "patient's", "hubby", "someone", "who"}
_ASKS = re.compile(r"^(?:(?:hi|hello|hey|so|and|please|ok|sorry|also|but|question)[ ,:]+)*"
                   r"(?:what|which|can|could|does|do|is|are|how|why|when|explain|tell me (?:about|what)|define|meaning of|who gets|should)\b")
_PAST = re.compile(r"\b(?:(?:years|year|months) ago|last year|in (?:19|20)\d\d|used to|as a child|when i was (?:a|little|young|\d+)|resolved|went away|has gone away|gone away|all better|long ago|before my diagnosis|"
                   r"(?:cough|pain|fever|temperature|headache|breathlessness|sickness|nausea|rash|swelling|diarrhoea|bleeding|cramps?|vomiting|dizziness) (?:has|have|is|are) (?:now |all |completely |quite |nearly )?(?:gone(?! (?:to|into|down to|up|numb|worse))|cleared|stopped|settled))\b")
_STILL = re.compile(r"\b(?:now|again|still|today|tonight|since|yesterday|this morning|back|new|worse|keeps?|right now)\b")
_TEMPERATURE = re.compile(r"(?<![\w.,/-])(\d{2,3})(?:[.,](\d{1,2}))?\s*(?:°\s*)?(celsius|fahrenheit|degrees?|deg|c|f)?\b(?!\s*(?:mg|kg|ml|mm|cm|%|years?|yrs?|days?|weeks?|months?|st|lbs?|pounds|units?|cycles?))")
_THERMOMETER = re.compile(r"\b(?:temp|temps|temperature|fever|feverish|thermometer|degrees?|celsius|fahrenheit)\b|°")
_NO_TEMPERATURE = re.compile(r"\b(?:ca ?-?1?5|ca|marker|markers|weigh|weight|aged?|bpm|pulse|oxygen|score|ki ?-?67|calcium|haemoglobin|platelets?)\b")


@dataclass(frozen=True)
class Situation:
    """A danger, what to do about it, and the patterns people describe it with."""
    id: str
    level: str
    say: str
    fact: str
    patterns: tuple         # of (near, tuple of parts, each a frozenset of phrases)
    unless: frozenset = frozenset()     # phrases that show that something else is meant ("die at home")


class Screen:
    """The patterns in memory. `find` is pure, needs no model and sees every message."""

    def __init__(self, path: Path = DATA / "safety.yml"):
        self.situations = _read(Path(path))
        self.known = {situation.id: situation for situation in self.situations}
        phrases = sorted({p for s in self.situations for _, parts in s.patterns for part in (*parts, s.unless) for p in part if not p.startswith("$")})
        self._nlp = spacy.blank("en")
        self._nlp.tokenizer.rules = {}              # "cannot" stays one word
        self._matcher = PhraseMatcher(self._nlp.vocab)
        for phrase in phrases:
            self._matcher.add(phrase, [self._nlp.make_doc(phrase)])
        words = {w for phrase in phrases for w in re.findall(r"[a-z]+", phrase)}
        self._known = english_words() | words
        self._spelling = SymSpell(max_dictionary_edit_distance=1, prefix_length=7)
        for word in sorted(w for w in words if len(w) >= 4):
            self._spelling.create_dictionary_entry(word, 1)

    def find(self, text: str) -> list:
        """Return the situations that a text describes, the most urgent first, of one level in the order of the file; [] where there is none."""
        found = set()
        for sentence in sentences(text):
            sentence = self._corrected(plain(sentence))
            found |= set(self._in(sentence))
        return sorted(found, key=self._urgency)

    def judge(self, text: str, heard) -> list:
        """Return the situations that a text describes by its patterns or by what was learnt, sorted as by `find`.

        `heard` are situation id -> chance 0..1 (bot.classifiers) for each passage of it. What was learnt sees two dangers for every one that
        the patterns see. It outvotes them only where it is all but sure that there is none, and never in a crisis.
        """
        outvoted = heard and all(each.get(NO_DANGER, 0.0) > 1 - OUTVOTED_BELOW for each in heard)
        found = {s for s in self.find(text) if not outvoted or s.level in ("crisis", "limit")}
        learnt = {situation for each in heard if (situation := self._learnt(each))}
        return sorted(found | learnt, key=self._urgency)

    def _learnt(self, chances):
        """Return the likeliest situation of the likeliest level of danger in a passage, None where there is too little chance of any."""
        levels = dict.fromkeys(LEVELS, 0.0)
        for id_ in chances.keys() & self.known.keys():
            levels[self.known[id_].level] += chances[id_]
        some = sum(levels.values())
        if some < ALARM_AT and levels["crisis"] < CRISIS_AT:
            return None
        level = max(LEVELS, key=levels.get) if some >= ALARM_AT else "crisis"
        return max((s for s in self.situations if s.level == level), key=lambda s: chances.get(s.id, 0.0))

    def _urgency(self, situation):
        return LEVELS.index(situation.level), self.situations.index(situation)

    def _corrected(self, sentence: str) -> str:
        def fix(word):
            low = word.group()
            near = [] if low in self._known else self._spelling.lookup(low, Verbosity.TOP, 1)
            return near[0].term if near else low
        return re.sub(r"[a-z]{5,}", fix, sentence)

    def _in(self, sentence: str):
        doc = self._nlp.make_doc(sentence)
        spots = {}
        for key, start, end in self._matcher(doc):
            spots.setdefault(self._nlp.vocab.strings[key], []).append((start, end))
        for name, at in _temperatures(doc):
            spots.setdefault(name, []).append(at)
        inside, own = _covered(doc, spots)
        spots = {name: kept for name, places in spots.items() if (kept := [p for p in places if not _negated(doc, p, inside, own)])}
        asked, past = self._asked(sentence), _past(doc)
        for situation in self.situations:
            urgent = situation.level in ("now", "today")
            if asked and urgent:
                continue
            other = [p for phrase in situation.unless for p in spots.get(phrase, ())]
            here = {name: [p for p in places if not any(p[0] < o[1] and o[0] < p[1] for o in other)] for name, places in spots.items()} if other else spots
            if any(_together(here, near, parts, past if urgent else set()) for near, parts in situation.patterns):
                yield situation

    @staticmethod
    def _asked(sentence: str) -> bool:
        """Say whether a sentence asks about something in general: a question without a person in it, and no second clause."""
        if not _ASKS.match(sentence) or set(re.findall(r"[a-z']+", sentence)) & _PEOPLE:
            return False
        return len(sentence.partition(",")[2].split()) < 2


def _past(doc) -> set:
    """Return the positions in clauses that speak of the past and of nothing present ("a seizure two years ago")."""
    clauses, found = [[]], set()
    for token in doc:
        if token.text in (",", "and", "but", ";", "-", "now", "then", "so"):
            clauses.append([])
        clauses[-1].append(token)
    for clause in clauses:
        words = " ".join(token.text for token in clause)
        if _PAST.search(words) and not _STILL.search(words):
            found |= {token.i for token in clause}
    return found


def _together(spots, near, parts, past) -> bool:
    """Say whether every part stands in the sentence, apart from one another, within `near` words, and not all of them in the past."""
    if any(part.isdisjoint(spots.keys()) for part in parts):
        return False
    places = [[p for phrase in sorted(part & spots.keys()) for p in spots[phrase]][:_MOST] for part in parts]
    for choice in product(*places):
        ordered = sorted(choice)
        apart = all(a[1] <= b[0] for a, b in zip(ordered, ordered[1:]))
        between = ordered[-1][1] - ordered[0][0] - sum(end - start for start, end in choice)
        if apart and between <= near and not all(start in past for start, _ in choice):
            return True
    return False


def _covered(doc, spots) -> tuple:
    """Return the positions that findings cover, and those of findings that say more than a filler or a negator."""
    inside, own = set(), set()
    for start, end in {place for places in spots.values() for place in places}:
        inside.update(range(start, end))
        if any(doc[i].text not in _BETWEEN and doc[i].text not in _NEGATORS for i in range(start, end)):
            own.update(range(start, end))
    return inside, own


def _negated(doc, place, inside, own) -> bool:
    """Say whether a negator stands before a place with nothing but filler, or a list of other findings, in between.

    "no fever or cough" negates both; "no fever my legs are numb" only the first; the "not" of a pattern's own ("not peed") none.
    """
    listed = False
    for token in reversed(doc[max(0, place[0] - 7):place[0]]):
        if token.text in _NEGATORS:
            return token.i not in own
        listed = listed or token.text in ("or", ",", "nor")
        if token.text not in _BETWEEN and not (listed and token.i in inside):
            return False
    return False


def _temperatures(doc):
    """Yield ("$fever" | "$cold", (start, end)) for each body temperature: the deployment's limit of fever and more, under 36 C / 96.8 F.

    Limits: The Christie NHS Foundation Trust, infection and fever advice (a call at 37.5 C, or under 36 C if unwell); a country's own in
    data/countries.yml.
    """
    fever = deployment()["fever"]
    text = doc.text
    named = bool(_THERMOMETER.search(text))
    if _NO_TEMPERATURE.search(text) and not named:
        return
    for hit in _TEMPERATURE.finditer(text):
        value, unit = float(f"{hit[1]}.{hit[2] or 0}"), (hit[3] or "")
        if not (named or hit[2] or unit in ("c", "f", "celsius", "fahrenheit")):
            continue
        span = doc.char_span(hit.start(1), hit.end(2) if hit[2] else hit.end(1), alignment_mode="expand")
        if span is None:
            continue
        if fever["celsius"] <= value < 43 or fever["fahrenheit"] <= value < 110:
            yield "$fever", (span.start, span.end)
        elif 33 <= value < 36 or 91 <= value < 96.8:
            yield "$cold", (span.start, span.end)


def _read(path: Path) -> tuple:
    """Return the situations of a safety file; raise DataError with one sentence per fault."""
    name, content, faults = relative(path), read_yaml(path), []
    if not isinstance(content, dict) or set(content) - {"words", "situations"}:
        raise DataError([f"{name}: top: should hold words: and situations:, and nothing else."])
    lists = {key: frozenset(plain(str(v)) for v in values or ()) for key, values in (content.get("words") or {}).items()}
    situations, ids = [], set()
    for row in content.get("situations") or ():
        entry = row.get("id", "?") if isinstance(row, dict) else "?"
        if not isinstance(row, dict) or set(row) - _SITUATION_KEYS or row.get("level") not in LEVELS or not row.get("say") or not row.get("when"):
            faults.append(f"{name}: {entry}: needs id, level ({', '.join(LEVELS)}), say and when, and may have fact, unless and near.")
            continue
        if entry in ids:
            faults.append(f"{name}: {entry}: the id stands here twice; ids are unique.")
        ids.add(entry)
        patterns = []
        for line in row["when"]:
            parts = []
            for part in str(line).split(" + "):
                phrases = set()
                for choice in (c.strip() for c in part.split("|")):
                    listed = re.fullmatch(r"<(\w+)>", choice)
                    if listed and listed[1] not in lists:
                        faults.append(f"{name}: {entry}: <{listed[1]}> is not in words:; add the list or correct its name.")
                    phrases |= lists.get(listed[1], set()) if listed else {choice if choice.startswith("$") else plain(choice)}
                parts.append(frozenset(p for p in phrases if p))
            if not all(parts):
                faults.append(f"{name}: {entry}: the pattern \"{line}\" has an empty part; fill it or take it out.")
            patterns.append((int(row.get("near") or NEAR), tuple(parts)))
        situations.append(Situation(entry, row["level"], " ".join(str(row["say"]).split()), str(row.get("fact") or ""), tuple(patterns),
                                    frozenset(plain(str(p)) for p in row.get("unless") or ())))
    if faults:
        raise DataError(faults)
    return tuple(situations)


def passages(text: str) -> list:
    """Return the passages in which a message is read for danger: its sentences, long ones in overlapping windows; [] if it is one short sentence."""
    found = []
    for sentence in sentences(text):
        words = sentence.split()
        windows = range(0, len(words) - _WORDS + _STEP, _STEP) if len(words) > _WORDS + _STEP else (0,)
        found += [" ".join(words[at:at + _WORDS]) for at in windows] if len(windows) > 1 else [sentence]
    return found[:_PASSAGES] if len(found) > 1 else []


def dangers(folder: Path = DATA / "dangers") -> dict:
    """Return situation id -> messages that speak of it, and under NO_DANGER the near misses; raise DataError with one sentence per fault."""
    found, faults, owner = {NO_DANGER: []}, [], {}
    for path in sorted(folder.glob("*.yml")):
        content = read_yaml(path)
        if not isinstance(content, dict) or set(content) - {"danger", "none"} or not content.get("danger"):
            faults.append(f"{relative(path)}: should hold danger: (messages that speak of it) and none: (near misses), and nothing else.")
            continue
        for id_, texts in ((path.stem, content["danger"]), (NO_DANGER, content.get("none") or ())):
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                faults.append(f"{relative(path)}: {'none' if id_ == NO_DANGER else 'danger'}: should be a list of messages; put quotes around one with a colon in it.")
                continue
            for text in texts:
                if owner.setdefault(plain(text), id_) != id_:
                    faults.append(f"{relative(path)}: \"{text}\" is a message of {owner[plain(text)]} too; keep it in one of them.")
                found.setdefault(id_, []).append(text)
    if faults:
        raise DataError(faults)
    return found


@lru_cache(maxsize=1)
def screen() -> Screen:
    """Return the one screen of this process."""
    return Screen()


def _main(path):
    """Print every sentence of a test file whose level or situation differs from what is expected."""
    wrong, cases = 0, read_yaml(Path(path))
    for case in cases:
        found = screen().find(case["text"])
        level = found[0].level if found else "none"
        if level != case["level"] or (case.get("situation") and case["situation"] not in [s.id for s in found]):
            wrong += 1
            print(f"{case['level']}/{case.get('situation', '')} but {level}/{','.join(s.id for s in found)}: {case['text']}")
    print(f"{len(cases)} sentences, {wrong} differ")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
