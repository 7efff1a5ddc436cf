"""How well questions are answered that no training author wrote: right, wrong, no answer or a choice, by topic.

`python -m bot.evaluate` asks every question of tests/questions/ in a conversation of its own, through the whole assistant.
Even-numbered questions of each file were looked at while the assistant was built; the odd-numbered ones never were.
"""
import argparse
import asyncio
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from scipy.stats import beta

from bot import answers, plain
from bot.safety import LEVELS, screen
from bot.store import ROOT, DataError, read_yaml, relative

QUESTIONS = ROOT / "tests" / "questions"
STORIES = ROOT / "tests" / "stories"
DANGERS = ROOT / "tests" / "dangers.yml"
PREMISES = ROOT / "tests" / "premises.yml"
OUTCOMES = ("right", "wrong", "no answer", "choice")
LIMITS = {"right": (0.85, "at least"), "wrong": (0.05, "at most"), "choice": (0.15, "at most")}
_WIDTH = 34


@dataclass(frozen=True)
class Question:
    """A question and the substance of its answer: `must` are patterns of which every one has to be found in the reply."""
    text: str
    must: tuple
    topic: str
    seen: bool = False          # looked at while the assistant was built
    voice: str = ""

    def holds(self, said: str) -> bool:
        """Say whether a reply holds the substance."""
        return all(pattern.search(said) for pattern in self.must)


@dataclass(frozen=True)
class Asked:
    """A question, what was replied (without sources), and the outcome."""
    question: Question
    said: str
    outcome: str


@dataclass(frozen=True)
class Turn:
    """What a person says in a conversation; the reply has to hold every pattern of `must` and none of `must_not`."""
    text: str
    must: tuple
    must_not: tuple = ()

    def holds(self, said: str) -> bool:
        """Say whether a reply, sources included, is right."""
        return all(pattern.search(said) for pattern in self.must) and not any(pattern.search(said) for pattern in self.must_not)


@dataclass(frozen=True)
class Conversation:
    """Turns that belong together, and the behaviour they show."""
    behaviour: str
    turns: tuple
    seen: bool = False


def load_conversations(path: Path) -> list:
    """Return the Conversations of one file; raise DataError for one without behaviour, turns or patterns that compile."""
    def conversation(entry, seen):
        turns = tuple(Turn(turn["say"], _patterns(turn["must"]), _patterns(turn.get("must_not", ()))) for turn in entry["turns"])
        return Conversation(entry["behaviour"], turns, seen)

    return _entries(path, conversation, "behaviour, and turns with say and must")


def converse(conversations, say) -> list:
    """Return for each Conversation a list of (Turn, reply, right); `say(text, sender)` returns the replies."""
    found = []
    for conversation in conversations:
        sender = uuid4().hex
        told = [(turn, whole_reply(say(turn.text, sender))) for turn in conversation.turns]
        found.append([(turn, said, turn.holds(said)) for turn, said in told])
    return found


def whole_reply(messages) -> str:
    """Return everything of a reply that a person sees: its texts, sources included, and the words on its buttons."""
    return "\n".join(line for m in messages for line in (m.get("text", ""), *(f"[{b['title']}]" for b in m.get("buttons") or ())) if line)


def conversation_table(conversations, told) -> list:
    """Return the lines of a table: by behaviour how many turns and whole conversations are right."""
    lines = [f"{'':{_WIDTH}}{'turns':>10}{'right':>11}{'talks':>11}{'right':>11}"]
    names = [*dict.fromkeys(sorted(c.behaviour for c in conversations)), "never looked at", "all"]
    for name in names:
        rows = [turns for c, turns in zip(conversations, told) if name in (c.behaviour, "all") or (name == "never looked at" and not c.seen)]
        turns = [right for row in rows for _, _, right in row]
        lines.append(f"{name:{_WIDTH}}{len(turns):>10}{sum(turns) / max(1, len(turns)):>10.0%} {len(rows):>10}{sum(all(r for _, _, r in row) for row in rows) / max(1, len(rows)):>11.0%} ")
    return lines


def load(path: Path) -> list:
    """Return the Questions of one file; raise DataError for an entry without text, topic or a pattern that compiles."""
    def question(entry, seen):
        return Question(entry["text"], _patterns(entry["must"]), entry["topic"], seen, entry.get("voice", ""))

    return _entries(path, question, "text, topic, and patterns under must")


def _entries(path, make, needs) -> list:
    """Return make(entry, seen) for each entry of a file; raise DataError with every entry that lacks what it `needs`."""
    found, faults = [], []
    for number, entry in enumerate(read_yaml(path)):
        try:
            found.append(make(entry, number % 2 == 0))
        except (KeyError, TypeError, re.error) as error:
            faults.append(f"{relative(path)}: entry {number + 1}: {type(error).__name__} {error}; it needs {needs}.")
    if faults:
        raise DataError(faults)
    return found


def _patterns(rows) -> tuple:
    return tuple(re.compile(pattern, re.I) for pattern in rows)


def outcome(question: Question, messages) -> str:
    """Return which of OUTCOMES the reply to a question is; `messages` are dicts with text and buttons as channels get them.

    A reply that holds the substance is right. One that says something else with a source is wrong.
    A question back is a choice; all else (an honest no, small talk) is no answer.
    """
    said = spoken(messages)
    if question.holds(said):
        return "right"
    if any(button == answers.NONE_OF_THESE for message in messages for button in message.get("buttons") or ()):
        return "choice"
    return "wrong" if any("\nSources:" in message.get("text", "") for message in messages) else "no answer"


def spoken(messages) -> str:
    """Return what was said, without the sources."""
    return "\n".join(message.get("text", "").split("\nSources:")[0] for message in messages)


def ask(questions, say) -> list:
    """Return an Asked for each question; `say(text, sender)` returns the replies."""
    asked = []
    for question in questions:
        messages = say(question.text, uuid4().hex)
        asked.append(Asked(question, spoken(messages), outcome(question, messages)))
    return asked


def bound(hits: int, of: int) -> tuple:
    """Return the exact 95 % interval (Clopper and Pearson 1934) of a share of `hits` among `of`."""
    if not of:
        return 0.0, 1.0
    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    return float(low), float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0


def alarms(cases, find) -> list:
    """Return (case, alarm, urgent) for each case of DANGERS: whether `find(text)` sees danger, and as urgent as it is, or more.

    `find` returns the situations of a text (bot.safety), the most urgent first; limits are no danger.
    """
    found = []
    for case in cases:
        levels = [s.level for s in find(case["text"]) if s.level != "limit"]
        urgent = bool(levels) and (case["level"] == "none" or LEVELS.index(levels[0]) <= LEVELS.index(case["level"]))
        found.append((case, bool(levels), urgent))
    return found


def alarm_table(found) -> list:
    """Return the lines of a table: by level and voice how many dangers are seen, then how many near misses raise a false alarm."""
    lines = [f"{'':{_WIDTH}}{'sentences':>10}{'seen':>9}{'95 % interval':>17}{'as urgent':>11}"]
    danger = [row for row in found if row[0]["level"] != "none"]
    groups = [(level, [r for r in danger if r[0]["level"] == level]) for level in LEVELS[:3]]
    groups += [(voice, [r for r in danger if r[0]["voice"] == voice]) for voice in sorted({r[0]["voice"] for r in danger})]
    for name, rows in [*groups, ("all dangers", danger), ("near misses (false alarms)", [row for row in found if row[0]["level"] == "none"])]:
        seen = sum(alarm for _, alarm, _ in rows)
        low, high = bound(seen, len(rows))
        lines.append(f"{name:{_WIDTH}}{len(rows):>10}{seen / max(1, len(rows)):>8.1%} {f'{low:.1%} to {high:.1%}':>17}{sum(urgent for *_, urgent in rows) / max(1, len(rows)):>10.1%} ")
    return lines


def corrections(cases, say) -> list:
    """Return (case, good) for each case of PREMISES: a wrong belief is corrected, or a true premise is not denied; `say` as for `ask`."""
    found = []
    for case in cases:
        said = spoken(say(case["text"], uuid4().hex))
        wrong = "must" in case
        found.append((case, all(p.search(said) for p in _patterns(case["must"])) if wrong else not any(p.search(said) for p in _patterns(case["deny"]))))
    return found


def correction_table(found) -> list:
    """Return the lines of a table: how many wrong beliefs are corrected and how many true premises are denied, with 95 % intervals."""
    lines = [f"{'':{_WIDTH}}{'questions':>10}{'share':>9}{'95 % interval':>17}"]
    for group, rows in (("all", found), ("never looked at", [row for row in found if not row[0].get("seen")])):
        for name, hits in (("wrong beliefs corrected", [good for case, good in rows if "must" in case]), ("true premises denied", [not good for case, good in rows if "deny" in case])):
            low, high = bound(sum(hits), len(hits))
            lines.append(f"{f'{name}, {group}':{_WIDTH}}{len(hits):>10}{sum(hits) / max(1, len(hits)):>8.1%} {f'{low:.1%} to {high:.1%}':>17}")
    return lines


def shares(asked) -> dict:
    """Return the share 0..1 of each outcome."""
    counts = Counter(row.outcome for row in asked)
    return {name: counts[name] / max(1, len(asked)) for name in OUTCOMES}


def table(groups) -> list:
    """Return the lines of a table: a row for each (name, list of Asked)."""
    lines = [f"{'':{_WIDTH}}{'questions':>10}" + "".join(f"{name:>11}" for name in OUTCOMES)]
    for name, asked in groups:
        lines.append(f"{name:{_WIDTH}}{len(asked):>10}" + "".join(f"{share:>10.0%} " for share in shares(asked).values()))
    return lines


def kept(asked) -> list:
    """Return a line for each of LIMITS that says whether it is kept."""
    found = shares(asked)
    good = {name: found[name] >= limit if words == "at least" else found[name] <= limit for name, (limit, words) in LIMITS.items()}
    return [f"{'kept' if good[name] else 'NOT KEPT':9} {name} {words} {limit:.0%}: {found[name]:.1%}" for name, (limit, words) in LIMITS.items()]


def _by(asked, key):
    names = dict.fromkeys(sorted(filter(None, (key(row.question) for row in asked))))
    return [(name, [row for row in asked if key(row.question) == name]) for name in names]


def _agent():
    """Return an agent in this process, for the present data, and its event loop."""
    from bot import cli, serve

    model = cli.ready_model()
    serve.prepare()
    loop = asyncio.new_event_loop()
    agent = loop.run_until_complete(serve.load_agent(model, database=":memory:"))
    return agent, loop


def _dangers() -> int:
    """Print what the safety screen sees of DANGERS."""
    agent, loop = _agent()
    print("\n".join(alarm_table(alarms(read_yaml(DANGERS), lambda text: [screen().known[id_] for id_ in loop.run_until_complete(agent.parse_message(text))["safety"]]))))
    return 0


def _say(agent, loop):
    """Return say(text, sender) -> replies for an agent and its event loop."""
    from bot import serve

    return lambda text, sender: loop.run_until_complete(serve.replies(agent, text, sender))


def _premises(show) -> int:
    """Print how the questions of PREMISES are answered, with `show` the seen ones that went wrong."""
    found = corrections(read_yaml(PREMISES), _say(*_agent()))
    if show:
        print("\n".join(case["text"] for case, good in found if not good and case.get("seen")) + "\n")
    print("\n".join(correction_table(found)))
    return 0


def main(arguments=None) -> int:
    """Print the tables; exit status 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="files of questions (default: all of tests/questions)")
    parser.add_argument("--show", action="store_true", help="show the seen questions that were not answered right, with the replies")
    parser.add_argument("--conversations", action="store_true", help="only the conversations of tests/stories")
    parser.add_argument("--safety", action="store_true", help="only the dangers and near misses of tests/dangers.yml")
    parser.add_argument("--premises", action="store_true", help="only the wrong beliefs and true premises of tests/premises.yml")
    args = parser.parse_args(arguments)
    if args.safety:
        return _dangers()
    if args.premises:
        return _premises(args.show)
    files = args.files or sorted(QUESTIONS.glob("*.yml"))
    questions = {path.stem: load(path) for path in files}
    say = _say(*_agent())
    conversations = [c for path in sorted(STORIES.glob("*.yml")) for c in load_conversations(path)]
    told = converse(conversations, say)
    if args.show:
        for conversation, turns in zip(conversations, told):
            if conversation.seen and not all(right for _, _, right in turns):
                print(f"=== {conversation.behaviour}")
                for turn, said, right in turns:
                    print(f"{'  ' if right else '!!'} you> {turn.text}\n     {said[:700]}\n" + ("" if right else f"     must {[p.pattern for p in turn.must]} not {[p.pattern for p in turn.must_not]}\n"))
    print("\n".join(conversation_table(conversations, told)) + "\n")
    if args.conversations:
        return 0
    asked = {name: ask(rows, say) for name, rows in questions.items()}
    rows = [row for group in asked.values() for row in group]
    unseen = [row for row in rows if not row.question.seen]
    if args.show:
        for row in rows:
            if row.question.seen and row.outcome != "right":
                print(f"--- {row.outcome}: {row.question.text}\n    must hold: {[p.pattern for p in row.question.must]}\n    said: {row.said[:600]}\n")
    print("\n".join(table([*_by(rows, lambda q: q.topic), *((f"file {name}", group) for name, group in asked.items()), ("never looked at", unseen), ("all", rows)])))
    if voices := _by(rows, lambda q: q.voice):
        print("\n" + "\n".join(table(voices)))
    graded = plain.everything()
    print("\n" + "\n".join(plain.report(graded)) + "\n\n" + "\n".join(kept(rows)))
    return int(any(line.startswith("NOT") for line in kept(rows)) or not plain.kept(plain.summary(graded)))


if __name__ == "__main__":
    sys.exit(main())
