"""How an answer looks: facts to text, source lines and buttons. The only place that knows."""
import json
import re
from dataclasses import dataclass, replace

from bot.deployment import fill
from bot.store import THINGS, Fact, Source, Store

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
MOST_BUTTONS = 3
_REPLIES = re.compile(r"(?:Yes|No|Usually|Often|Sometimes|Not|It could be|It can|They (?:can|do|may)|Some|Most|In most)\b")
_ROOM = 800                 # characters up to which a fact said alone brings its detail along
UNREVIEWED = "Not yet checked by a clinician."
ASK_NUMBERS = "There are figures on this. Some people want them, some do not, and both are fine. Would you like to see them?"
NOT_YOU = "These figures describe groups of people in the past. They are not a prediction for you or for any one person. Your own team can say what they mean for you."
NO_ANSWER = ("I don't have a sourced answer to that, and I would rather not guess. Your cancer nurse or doctor, or {helpline}, can help. "
             "If you feel suddenly unwell or are worried about a symptom, call {team_line}.")
NEAREST = "These are the nearest questions I can answer:"
WHICH = "I want to be sure I understand. Which of these do you mean?"
UNSURE = "I am not sure that I understood you. The nearest I have:"
MEANT_OTHER = "If you meant something else, is it one of these?"
PERHAPS = "If you meant metastatic breast cancer, is it one of these?"
ORIGIN = "This was put into plain words from these pages, with the help of a computer. No doctor or nurse wrote or checked it."
NOTED = "Thank you, that helps. I will keep in mind that this is about your {who}. What would you like to know?"
ALONG = "It helps to write them down, and to have somebody with you who listens too."
HAND_OVER = ("I am sorry, I still do not find what you need. {helpline} can talk it through with you, and your own team knows your case. "
             "You can also try one short question with one thing in it, such as \"side effects of letrozole\".")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
NONE_OF_THESE = {"title": "None of these", "payload": "/none_of_these"}
YES_NUMBERS, NO_NUMBERS = "Yes, show me the figures", "No figures, thank you"


@dataclass(frozen=True)
class Reply:
    """One message to a person: `text` holds no blank line; `buttons` are {title, payload} dicts."""
    text: str
    buttons: tuple = ()
    pending: str = ""       # the fact whose figures a "yes" would show


def button(fact: Fact, intent="show_fact", title="") -> dict:
    """Return a button that asks for one fact (64 bytes of payload at most)."""
    return {"title": title or fact.title, "payload": f"/{intent}" + json.dumps({"fact": fact.id}, separators=(",", ":"))}


def day(iso: str) -> str:
    """Return an ISO date (YYYY, YYYY-MM, YYYY-MM-DD) in words: "2025", "March 2025", "4 March 2025"."""
    parts = iso.split("-")
    if len(parts) == 1:
        return iso
    words = f"{MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return f"{int(parts[2])} {words}" if len(parts) == 3 else words


def source_line(source: Source) -> str:
    """Return one source in one line: who, what, when, where."""
    when = day(source.published) if source.published else f"read {day(source.seen)}"
    return f"- {source.org}: {source.title.rstrip('.')} ({when}). {source.url}"


def sources(facts, store: Store, each=2) -> str:
    """Return the source block of several facts: at least one source a fact, the state of review, every link once."""
    lines = list(dict.fromkeys(source_line(s) for fact in facts for s in store.usable(fact)[:each]))
    states = {fact.status for fact in facts}
    reviewed = [day(str(fact.reviewed["on"])) for fact in facts if fact.status == "reviewed"]
    review = UNREVIEWED if "draft" in states else f"Last reviewed: {', '.join(sorted(set(reviewed)))}."
    return "\n".join(["Sources:", *lines, review])


def heading(first: Fact, named, store: Store, who="") -> str:
    """Return the words that say what was understood: the message's terms that the fact is about, things that it names, or else the fact's own; for whom, too.

    Where the message names one thing and the fact is about another of its kind (eye, liver), the fact is called the nearest.
    """
    speaks_of = set(first.terms)
    words = f"{first.title} {first.answer}".lower()
    known = [t for t in named if t in speaks_of or store.broader(t) & speaks_of or (t[0] in THINGS and any(name.lower() in words for name in store.terms[t].names))]
    if not known and any(kind in THINGS and kind in first.about for kind, _ in named):
        return "The nearest I have is about something else:"
    own = [(kind, id_) for kind, ids in first.about.items() for id_ in ids][:2]
    names = list(dict.fromkeys(store.terms[term].name for term in known or own))[:3]
    if not names:
        return ""
    return "About " + (" and ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {names[2]}") + (f", for your {who}:" if who and (known or own)[0][0] in THINGS else ":")


def answer(ids, store: Store, named=(), who="", ask_numbers=True, correction="") -> Reply:
    """Return the reply that says one fact, or several composed; `named` are the (kind, id) terms of the message, `who` whom a carer asks for.

    `ask_numbers`: figures that a fact has are offered. `correction` corrects a wrong belief, and the first fact says what is true.
    """
    facts = [store.facts[id_] for id_ in ids]
    first = facts[0]
    lines = [correction or heading(first, named, store, who)]
    whole = said_whole(ids, store)
    for fact in facts:
        where = f" (This is about {' and '.join(fact.region)}; elsewhere it may differ.)" if fact.region else ""
        words = f"{fact.answer} {fact.detail}" if whole else fact.answer
        asked = f"{fact.title} " if correction or named_by_title(fact, first) else ""
        lines.append(asked + _one_line(words) + where)
    figures = next((fact for fact in facts if fact.figures and ask_numbers), None)
    if figures:
        lines.append(ASK_NUMBERS)
    lines.append(sources(facts, store, each=3 if len(facts) == 1 else 2))
    choices = [button(figures, "numbers", YES_NUMBERS), {"title": NO_NUMBERS, "payload": "/deny"}] if figures else []
    choices += [button(first, "more", "Tell me more")] if first.detail and not whole else []
    choices += [button(fact) for fact in _related(facts, store)]
    return Reply(fill("\n".join(line for line in lines if line)), tuple(choices[:MOST_BUTTONS]), figures.id if figures else "")


def decided(decision, store: Store, named=(), who="") -> Reply:
    """Return the reply that says the facts of a bot.match.Decision and, where it is not sure that they answer the message, offers others.

    Where figures are offered, one question is enough.
    """
    reply = answer(decision.facts, store, named, who, ask_numbers=decision.kind != "unsure")
    if decision.kind == "answer" or reply.pending:
        return reply
    lines = [*([UNSURE] if decision.kind == "unsure" else []), reply.text, MEANT_OTHER]
    return replace(reply, text="\n".join(lines), buttons=(*(button(store.facts[i]) for i in decision.others[:MOST_BUTTONS]), NONE_OF_THESE))


def urgent(situation, store: Store, also=()) -> Reply:
    """Return what to do in a safety situation, with the source of the advice; `also` are others as urgent, of which the next is named too.

    What can wait for a call today is explained at once; in an emergency the explanation is a button away.
    """
    shown = store.sayable(situation.fact)
    why = f"{shown.title} {_one_line(shown.answer)}" if shown and situation.level == "today" else ""
    lines = [situation.say, *(other.say for other in also[:1]), why, sources([shown], store) if shown else ""]
    return Reply(fill("\n".join(line for line in lines if line)), (button(shown),) if shown else ())


def named_by_title(fact: Fact, first: Fact) -> bool:
    """Say whether a fact needs its own question before it: all but the first of several do, and a yes or no always does."""
    return fact is not first or bool(_REPLIES.match(fact.answer))


def detail(fact: Fact, store: Store) -> Reply:
    """Return "tell me more": the detail, or where to ask if there is none."""
    text = _one_line(fact.detail) if fact.detail else "That is all I have on this. Your team can tell you more."
    return Reply(fill("\n".join([text, sources([fact], store)])), tuple(button(f) for f in _related([fact], store)))


def said_whole(ids, store: Store) -> bool:
    """Say whether the detail came along with the answer."""
    first = store.facts[ids[0]]
    return len(ids) == 1 and len(first.answer) + len(first.detail) <= _ROOM


def short(fact: Fact, store: Store) -> Reply:
    """Return the point of a fact: the first of its sentences, two where the first is but a few words."""
    first, *rest = _SENTENCE.split(_one_line(fact.answer))
    text = " ".join([first, *(rest[:1] if len(first.split()) < 8 else ())])
    return Reply(fill("\n".join([f"In short: {text}", "If a word in it is unclear, ask me what it means.", sources([fact], store)])), tuple(button(f) for f in _related([fact], store)))


def origin(facts, store: Store) -> Reply:
    """Return who says so, and when: every source of the facts said last."""
    return Reply("\n".join([ORIGIN, sources(facts, store, each=9)]))


def take_along(asked, who="") -> Reply:
    """Return questions to take along; `who` is whom a carer speaks of."""
    return Reply("\n".join([f"You could ask {f'the team that looks after your {who}' if who else 'your team'}:", *(f"- {question}" for question in asked), ALONG]))


def noted(who) -> Reply:
    """Return that it was noticed for whom the questions are."""
    return Reply(NOTED.replace("{who}", who))


def hand_over(ids, store: Store) -> Reply:
    """Return the end of a search that found nothing twice: who can help, and the nearest questions as buttons."""
    return Reply(fill(HAND_OVER), tuple(button(store.facts[i]) for i in ids[:MOST_BUTTONS]))


def figures(fact: Fact, store: Store, roughly=False) -> Reply:
    """Return the figures of a fact, the first of them `roughly`, with what they do not mean; only after the person has said yes."""
    text = _one_line(fact.figures) if fact.figures else "I have no figures on this."
    if roughly and fact.figures:
        text = next((sentence for sentence in _SENTENCE.split(text) if re.search(r"\d", sentence)), text)
    return Reply(fill("\n".join([text, NOT_YOU, sources([fact], store)])), tuple(button(f) for f in _related([fact], store)))


def choice(ids, store: Store, words=WHICH) -> Reply:
    """Return a question back: the nearest facts as buttons."""
    return Reply(words, (*(button(store.facts[i]) for i in ids[:MOST_BUTTONS]), NONE_OF_THESE))


def offer(ids, store: Store) -> Reply:
    """Return the nearest facts as buttons for a message that was taken to be about something else."""
    return choice(ids, store, PERHAPS)


def nothing(ids, store: Store) -> Reply:
    """Return an honest no with a person to ask, and the nearest questions as buttons."""
    text = NO_ANSWER + (f"\n{NEAREST}" if ids else "")
    return Reply(fill(text), tuple(button(store.facts[i]) for i in ids[:MOST_BUTTONS]))


def _related(facts, store: Store) -> list:
    said = {fact.id for fact in facts}
    ids = dict.fromkeys(i for fact in facts for i in fact.related if i not in said)
    return [fact for i in ids if (fact := store.sayable(i))][:MOST_BUTTONS]


def _one_line(text: str) -> str:
    return " ".join(text.split())
