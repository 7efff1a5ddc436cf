"""The fact store: data/ read into terms, sources and facts, or refused with one plain sentence per fault."""
import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
THINGS = ("site", "drug", "treatment", "test", "subtype")       # the kinds of terms that a question is about; symptoms and topics are asked of them
MAX_ID = 43                 # /numbers{"fact":"<id>"} must fit the 64 bytes of a Telegram payload
KINDS = ("site", "drug", "treatment", "test", "subtype", "symptom", "topic")
URGENCIES = ("now", "today", "next_contact")


class DataError(Exception):
    """Faults in data/; `faults` holds one sentence each, naming file, entry and fix."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Source:
    """A page that says what a fact says."""
    key: str
    org: str
    title: str
    url: str
    published: str = ""     # ISO: YYYY, YYYY-MM or YYYY-MM-DD; "" where the page bears no date
    seen: str = ""          # ISO month in which the page was read
    mirror: bool = False    # a copy, preview or staging host: never shown to a person


@dataclass(frozen=True)
class Term:
    """A thing that people ask about, with every name it goes by."""
    kind: str
    id: str
    name: str
    names: tuple = ()       # `name` is the first
    broader: tuple = ()     # ids of the same or another kind, written kind-less in `in:`


@dataclass(frozen=True)
class Fact:
    """A finished answer with its sources, its review state and the questions it answers."""
    id: str
    intent: str
    about: dict             # kind -> tuple of term ids; {} = the general answer
    questions: tuple        # the first is its title; data/asked adds to them
    answer: str
    sources: tuple          # keys of sources whose passage was read
    file: str
    unread: tuple = ()      # keys of sources named, but not opened yet
    detail: str = ""
    figures: str = ""
    status: str = "draft"
    reviewed: dict = field(default_factory=dict)
    urgency: str = ""
    region: tuple = ()
    related: tuple = ()
    lead: bool = False
    rank: int = 0
    hold: str = ""          # the reason why nobody sees it yet
    note: str = ""
    shown: bool = True      # not on hold, and at least one source that is no mirror

    @property
    def title(self) -> str:
        return self.questions[0]

    @property
    def terms(self) -> frozenset:
        """(kind, id) pairs the fact is about."""
        return frozenset((kind, value) for kind, values in self.about.items() for value in values)

    @property
    def group(self) -> tuple:
        """(intent, terms): facts of one group answer the same kind of question about the same things."""
        return self.intent, self.terms


@dataclass(frozen=True)
class Store:
    """Everything in data/ that an answer is made of."""
    facts: dict
    terms: dict             # (kind, id) -> Term
    sources: dict

    def sayable(self, id_):
        """Return the fact of an id if it exists and may be shown, else None."""
        fact = self.facts.get(id_)
        return fact if fact and fact.shown else None

    def shown(self) -> list:
        """Return the facts that a person may see, ordered by id."""
        return [fact for _, fact in sorted(self.facts.items()) if fact.shown]

    def broader(self, term) -> set:
        """Return every (kind, id) above a (kind, id), itself excluded."""
        found, todo = set(), [term]
        while todo:
            entry = self.terms.get(todo.pop())
            for above in (entry.broader if entry else ()):
                if above not in found:
                    found.add(above)
                    todo.append(above)
        return found

    def usable(self, fact) -> list:
        """Return the sources of a fact that may be shown, in the order written."""
        return [self.sources[key] for key in fact.sources if not self.sources[key].mirror]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Words stay words: "on", "off", "yes" and "no" are not true and false (YAML 1.2), and dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path):
    """Return what a YAML file holds; raise DataError naming file, line and fix if it cannot be read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DataError([f"{relative(path)}{line}: this is not valid YAML ({getattr(error, 'problem', 'unreadable')}); check the indentation and quotes there."])
    except (OSError, UnicodeDecodeError) as error:
        raise DataError([f"{relative(path)}: the file cannot be read ({type(error).__name__}); it must exist and be UTF-8 text."])


def relative(path: Path) -> str:
    """Return a path as people name it: from the project's folder where it lies inside."""
    path = Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
_SOURCE_KEYS = {"org", "title", "url", "published", "seen", "mirror"}
_TERM_KEYS = {"name", "names", "in"}
_FACT_KEYS = {"id", "intent", "about", "questions", "answer", "sources", "unread", "detail", "figures", "status", "reviewed",
              "urgency", "region", "related", "lead", "rank", "hold", "note"}


class _Reader:
    """Collects faults while reading, so that a trainer sees all of them at once."""

    def __init__(self, data: Path, today: str, intents):
        self.data, self.today, self.intents, self.faults = data, today, intents, []

    def fault(self, path, entry, says):
        self.faults.append(f"{relative(path)}: {entry}: {says}")

    def unknown(self, path, entry, keys, allowed):
        for key in sorted(set(map(str, keys)) - allowed):
            self.fault(path, entry, f"unknown key \"{key}\"; allowed are {', '.join(sorted(allowed))}.")

    def day(self, path, entry, key, value) -> str:
        value = str(value or "")
        if value and not _DATE.match(value):
            self.fault(path, entry, f"{key}: {value} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD.")
        elif value and value > self.today[:len(value)]:
            self.fault(path, entry, f"{key}: {value} lies in the future; correct it.")
        return value

    def entries(self, path, kind):
        """Return the file's content if it is of the kind it should be (dict or list), else an empty one."""
        try:
            content = read_yaml(path)
        except DataError as error:
            self.faults += error.faults
            return kind()
        if content is None:
            return kind()
        if not isinstance(content, kind):
            self.fault(path, "top", f"should be a {'list' if kind is list else 'mapping'}; look at a neighbouring file.")
            return kind()
        return content

    def sources(self):
        path, found, by_url = self.data / "sources.yml", {}, {}
        for key, row in self.entries(path, dict).items():
            if not isinstance(row, dict):
                self.fault(path, key, "should be a mapping with org, title, url and a date.")
                continue
            self.unknown(path, key, row, _SOURCE_KEYS)
            url = str(row.get("url") or "")
            if not re.match(r"https?://[^\s\"<>]+$", url):
                self.fault(path, key, "needs a url that starts with https://.")
            elif url in by_url:
                self.fault(path, key, f"has the same url as {by_url[url]}; keep one of them.")
            by_url[url] = key
            for need in ("org", "title"):
                if not row.get(need):
                    self.fault(path, key, f"needs {need}.")
            if not (row.get("published") or row.get("seen")):
                self.fault(path, key, "needs a date: published, or seen (the month it was read).")
            found[key] = Source(key, str(row.get("org", "")), str(row.get("title", "")), url,
                                self.day(path, key, "published", row.get("published")),
                                self.day(path, key, "seen", row.get("seen")), bool(row.get("mirror")))
        return found

    def terms(self):
        found, rows, owner = {}, {}, {}
        for kind in KINDS:
            path = self.data / "terms" / f"{kind}.yml"
            for id_, row in self.entries(path, dict).items() if path.exists() else ():
                row = row or {}
                if not isinstance(row, dict):
                    self.fault(path, id_, "should be a mapping with names.")
                    continue
                self.unknown(path, id_, row, _TERM_KEYS)
                rows[(kind, id_)] = (path, row)
        ids = {}
        for kind, id_ in rows:
            ids.setdefault(id_, []).append((kind, id_))
        for (kind, id_), (path, row) in rows.items():
            if len(ids[id_]) > 1 and ids[id_][0] != (kind, id_):
                self.fault(path, id_, f"is also a {ids[id_][0][0]}; every term needs an id of its own.")
            name = str(row.get("name") or id_.replace("_", " "))
            names = tuple(dict.fromkeys([name, *map(str, row.get("names") or ())]))
            for one in names:
                key = " ".join(one.lower().split())
                if owner.setdefault(key, (kind, id_)) != (kind, id_):
                    self.fault(path, id_, f"the name \"{one}\" already stands for {owner[key][1]} ({owner[key][0]}); a name may mean one thing.")
            broader = []
            for above in row.get("in") or ():
                if above in ids:
                    broader.append(ids[above][0])
                else:
                    self.fault(path, id_, f"in: {above} is not a term; add it to data/terms or correct the name.")
            found[(kind, id_)] = Term(kind, id_, name, names, tuple(broader))
        return found

    def facts(self, terms, sources):
        found, leads = {}, {}
        for path in sorted((self.data / "facts").glob("*.yml")):
            for number, row in enumerate(self.entries(path, list), 1):
                entry = row.get("id") if isinstance(row, dict) and row.get("id") else f"entry {number}"
                if not isinstance(row, dict):
                    self.fault(path, entry, "should be a mapping that starts with \"- id:\".")
                    continue
                fact = self.fact(path, str(entry), row, terms, sources)
                if fact.id in found:
                    self.fault(path, fact.id, f"the id stands in {found[fact.id].file} too; ids are unique.")
                    continue
                found[fact.id] = fact
                if fact.lead and leads.setdefault(fact.group, fact.id) != fact.id:
                    self.fault(path, fact.id, f"is a second lead for {fact.intent} and the same terms as {leads[fact.group]}; only one may lead.")
        self.join_asked(found)
        self.one_owner(found)
        for fact in found.values():
            for other in fact.related:
                if other not in found:
                    self.fault(self.data / "facts" / fact.file, fact.id, f"related: {other} is not a fact; correct or remove it.")
        return found

    def join_asked(self, found):
        """Add to each fact the ways of asking for it that data/asked holds."""
        where = {}
        for path in sorted((self.data / "asked").glob("*.yml")):
            for id_, messages in self.entries(path, dict).items():
                if not isinstance(messages, list) or not all(isinstance(m, str) and m.strip() for m in messages):
                    self.fault(path, id_, "should be a list of messages, one a line; put quotes around one that holds a colon.")
                elif id_ not in found:
                    self.fault(path, id_, "is not a fact; correct the id or remove its messages.")
                elif where.setdefault(id_, path) != path:
                    self.fault(path, id_, f"stands in {where[id_].name} too; put its messages into one file.")
                else:
                    found[id_] = replace(found[id_], questions=found[id_].questions + tuple(m.strip() for m in messages))

    def one_owner(self, found):
        """See to it that no question belongs to two facts."""
        owner = {}
        for fact in found.values():
            for question in fact.questions:
                key = re.sub(r"[^a-z0-9]+", " ", question.lower()).strip()
                if owner.setdefault(key, fact.id) != fact.id:
                    self.fault(self.data / "facts" / fact.file, fact.id, f"the question \"{question}\" belongs to {owner[key]} too; merge them or reword one.")

    def fact(self, path, id_, row, terms, sources):
        def fault(says):
            self.fault(path, id_, says)

        self.unknown(path, id_, row, _FACT_KEYS)
        if not re.match(r"[a-z0-9_]+(\.[a-z0-9_]+)+$", id_):
            fault("the id should be small words joined by dots, such as symptom.bone.pain.")
        if len(id_) > MAX_ID:
            fault(f"the id has {len(id_)} characters; {MAX_ID} is the most a button can carry.")
        if self.intents and row.get("intent") not in self.intents:
            fault(f"intent: {row.get('intent')} has no examples in data/nlu; use one of {', '.join(sorted(self.intents))}.")
        about = {}
        if not isinstance(row.get("about"), dict):
            fault("needs about: the terms it speaks of ({} for the general answer).")
        for kind, values in (row["about"] if isinstance(row.get("about"), dict) else {}).items():
            about[kind] = tuple(values) if isinstance(values, list) else (values,)
            for value in about[kind]:
                if (kind, value) not in terms:
                    fault(f"about: {value} is not a {kind}; add it to data/terms/{kind}.yml or correct it.")
        questions = tuple(str(q).strip() for q in row.get("questions") or ())
        if not questions:
            fault("needs questions; the first one is its title on a button.")
            questions = (id_,)
        answer = str(row.get("answer") or "").strip()
        if not answer:
            fault("needs an answer.")
        for key in ("answer", "detail", "figures"):
            if re.search(r"\n\s*\n", str(row.get(key) or "").strip()):
                fault(f"{key} holds a blank line, at which the message would be cut in two; join the paragraphs.")
        used, unread = tuple(row.get("sources") or ()), tuple(row.get("unread") or ())
        for key in (*used, *unread):
            if key not in sources:
                fault(f"source {key} is not in data/sources.yml; add it there.")
        hold = str(row.get("hold") or "")
        if not used and not hold:
            fault("has no source whose passage was read; add one, or say under hold: what is missing.")
        if row.get("urgency") and row["urgency"] not in URGENCIES:
            fault(f"urgency: {row['urgency']} should be one of {', '.join(URGENCIES)}.")
        reviewed = row.get("reviewed") or {}
        if row.get("status", "draft") not in ("draft", "reviewed"):
            fault("status should be draft or reviewed.")
        if (row.get("status") == "reviewed") != bool(reviewed):
            fault("status reviewed goes with reviewed: {on, by, until}; draft goes without.")
        elif reviewed:
            if not isinstance(reviewed, dict) or set(reviewed) != {"on", "by", "until"}:
                fault("reviewed needs on, by and until.")
            else:
                self.day(path, id_, "reviewed on", reviewed["on"])
        return Fact(id_, str(row.get("intent")), about, questions, answer, used, path.name, unread,
                    str(row.get("detail") or "").strip(), str(row.get("figures") or "").strip(), str(row.get("status", "draft")),
                    reviewed if isinstance(reviewed, dict) else {}, str(row.get("urgency") or ""), tuple(row.get("region") or ()),
                    tuple(row.get("related") or ()), bool(row.get("lead")), int(row.get("rank") or 0), hold, str(row.get("note") or ""),
                    shown=not hold and any(k in sources and not sources[k].mirror for k in used))


def load(data: Path = DATA, today: str = "", intents=()) -> Store:
    """Read data/ into a Store.

    `today` is an ISO date, by default the machine's; `intents` are the intents that exist (none = not checked).
    Raises DataError with one sentence per fault.
    """
    data = Path(data)
    reader = _Reader(data, today or date.today().isoformat(), set(intents))
    sources, terms = reader.sources(), reader.terms()
    facts = reader.facts(terms, sources)
    if not facts and not reader.faults:
        reader.fault(data / "facts", "folder", "holds no facts; the assistant would have nothing to say.")
    if reader.faults:
        raise DataError(reader.faults)
    return Store(facts, terms, sources)


@lru_cache(maxsize=1)
def store() -> Store:
    """Return the one store of this process."""
    return load()


def fingerprint(*paths: Path) -> str:
    """Return a SHA-256 over files, and over every YAML file below folders: what a model was trained on."""
    digest = hashlib.sha256()
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob("*.yml")):
            digest.update(str(file.relative_to(path.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
