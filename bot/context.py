"""What carries over from turn to turn: a follow-up is made into a whole question, a typed choice into its button. Knows nothing of Rasa."""
import re
from dataclasses import asdict, dataclass, replace

from bot.store import THINGS, Store
from bot.terms import Reader, Reading
from bot.text import is_question, plain, sentences

SLOT = "memory"             # the slot of a conversation that holds a Memory
PATIENT = "patient"         # whom a professional speaks of
LONG = 14                   # words from which a message speaks for itself
MOST = 3                    # questions of one message that are answered
GIVEN = ("drug", "treatment", "test")
SHORT = 8                   # words up to which a question without a thing of its own is about the thing talked of
_JOINING = r"(?:(?:ok(?:ay)?|so|and|but|also|or|then|now|yes|well|right|plus)\b[ ,]*)+"
_OPENS = re.compile(rf"(?:{_JOINING})?(?:(?:what|how|wot|wat) (?:about|abt|if it is|bout)|(?:the )?same (?:question )?(?:for|with)|(?:going )?back to|and|but|or|also)\b")
_CORRECTS = re.compile(r"(?:(?:no|nope|sorry|oops|wait|actually|hang on|oh|i think)\b[ ,.!-]*)*"
                       r"(?:i (?:really )?(?:meant|mean|said|asked about|asked|was asking about|wanted)|i am (?:asking about|talking about|on)|not\b|it is|it was|make that|rather|instead)"
                       r"|(?:no|sorry|oops|wait|actually)\b[ ,.!-]+(?=\w)")
_POINTS = re.compile(r"\b(?:that one|this one|those ones|these ones|the (?:drug|medicine|medication|tablets?|pills?|treatment|test|scan|one)(?: (?:you (?:said|mentioned|told me)|above))|"
                     r"it|its|that|this|they|them|those|these|there)\b")
_OTHER = re.compile(r"\bthe other (?:one|drug|medicine|tablets?|treatment|test|scan|place)\b")
_SUBJECT = re.compile(r"\b(?:is|are|does|do|can|will|was|has) (?:that|this|its)$")
_KEYWORD = re.compile(rf"(?:{_JOINING})?(?:any |the |its )?(?:side effects?|symptoms?|signs?|treatments?|tests?|outlook|prognosis|cure|cost|how long|how often|causes?|risks?|survival|scans?)\b")
_TO_US = re.compile(r"\b(?:(?:are|were|who are|what are|have|did) you|you (?:said|say|told|mentioned|wrote|are|mean|know|keep)|"
                    r"(?:can|could|would|will|do) you (?:help|repeat|tell|say|explain|show|give|read|look|check|make|book|speak|talk|call|send|recommend|write|remember|answer|understand|please|know|have|think|mean|"
                    r"keep|store|save|share|work)|(?:this|that|these|those) (?:numbers?|figures?|answers?|page|chat)|yourself|your (?:answers?|sources?|name|job|words)|bot|robot|human|again|repeat|simpler|simply|simple|plain|shorter|source|sources|wrote|written|checked|says who|says that|more)\b")
_GREETS = re.compile(r"^(?:(?:thank you(?: so much| very much)?|thanks(?: a lot)?|ta|cheers|ok|okay|hi|hello|hey|great|right|lovely|good|got it|i see|sorry|yes|hmm|oh)\b[ ,.!-]+)+(?=(?:\S+ ){2})")
_DUMMY = re.compile(r"\b(?:is it (?:normal|ok|okay|safe to|true|possible|worth|my fault|bad to|wrong)|it is (?:my|all|not fair|hard)|that i|that my|that the|that it|so that|it has spread)\b")
_FILLER = set("""a an the and or but so also of for in on at to with about what how when where who which is are was do does did can could will would should i me my mine you your we our he she
    his her it its that this they them those these there then ok okay yes no not please tell know one ones same question got get have has had if any be been being as too well now right than
    cancer breast mets metastatic secondary secondaries stage spread spreads sorry oops actually wait meant mean said asked asking back true apply applies hold different make no nope rather
    instead hang think talking""".split())
_AND = re.compile(r",?\s+(?:and|also)\s+(?=(?:what|how|does|do|is|are|can|will|should|when|why|where|who|which|would|could)\b)")
_WHO = re.compile(r"(?:\b(tell|telling|told|explain\w* to|talk\w* to|speak\w* to|say to|live with|leav\w*|to see|going to see|visit\w*|near|than|like) )?\b(?:my|me|our|the) (?:\w+ )?"
                  r"(mum|mom|mam|mother|dad|father|wife|husband|partner|sister|brother|daughter|son|friend|aunt|auntie|uncle|nan|gran|grandma|grandmother|missus|hubby|"
                  r"girlfriend|boyfriend|fianc\w+|cousin|neighbou?r|patient|mother.in.law|father.in.law|sister.in.law)\b"
                  r"(?! (?:says?|said|thinks?|wants? me|asks?|asked|keeps? (?:asking|saying)|tells?|told|like me|worr\w+|looks? after|helps? me|and i\b))")
_TREATS = re.compile(r"\b(?:one|some|several) of (?:my|our) patients\b|\b(?:i am|as) an? (?:\w+ ){0,2}(?:nurse|gp|doctor|physician|pharmacist|physio\w*|dietitian|social worker|care worker|carer in a home)\b|"
                     r"\b(?:nurse|gp|doctor|pharmacist|physio) here\b")
_FOR = re.compile(r"\b(?:asking|ask|writing|here|this is|it is all|it is) (?:this |these |it |all )?(?:on behalf of|about|because of|for) (?:my|our|the|me) |\b(?:it is|that is) my \w+ (?:who|that) (?:has|is)\b")
_ILL_MYSELF = re.compile(r"\b(?:i (?:have|had|am on|am having|take|got|was diagnosed with|was put on|started) (?:\w+ ){0,3}(?:cancer|mets|metast\w+|secondar\w+|stage|chemo\w*|tumou?rs?)|"
                         r"i am (?:the one )?with (?:\w+ )?cancer|i am (?:the one )?ill|my (?:own )?(?:cancer|mets|chemo|tumou?rs?|oncologist|scans?|treatment|metastases|diagnosis|liver|bones|illness)|when i am gone|i am dying)\b")
_MEN = ("dad", "daddy", "father", "husband", "hubby", "brother", "son", "uncle", "grandad", "grandpa", "grandfather", "boyfriend", "nephew", "father-in-law", "brother-in-law")
_WOMEN = ("mum", "mom", "mam", "mother", "wife", "missus", "sister", "daughter", "aunt", "auntie", "nan", "gran", "grandma", "grandmother", "girlfriend", "niece", "mother-in-law", "sister-in-law")
_AM = r"\b(?:i am|as|being) (?:an?|the only) (?:\w+ ){0,3}"
_HAS = r"(?:'s| is| has| had| have| got| was| with| on)? ?(?:just |been |now |also |got |put )*(?:\w+ ){0,4}(?:cancer|mets|metast\w+|secondar\w+|stage (?:4|iv|four)|it in (?:his|her)|diagnosed)\b"
_MAN = re.compile(rf"{_AM}(?:man|bloke|guy|chap|fella|fellow|gentleman|lad)\b|\bi am (?:a )?male\b|\bmy (?:\w+ )?(?:{'|'.join(_MEN)}){_HAS}")
_WOMAN = re.compile(rf"{_AM}(?:woman|girl|lady|mum|mom|mother|wife)\b|\bi am (?:a )?female\b|\bmy (?:\w+ )?(?:{'|'.join(_WOMEN)}){_HAS}")
_MYSELF = re.compile(rf"{_AM}(woman|girl|lady|mum|mom|mother|wife)\b|\bi am (?:a )?(female)\b")
_GIVEN = re.compile(r"\b(?:(?:is|are|was) (?:it|that|this|they|those|these) (?:\w+ )?(?:given|taken|injected|swallowed)|"
                    r"(?:is|are) (?:it|that|this|they|those|these) (?:just |only |like |also )?(?:as )?(?:an? )?(?:drip|drips|iv|tablets?|pills?|capsules?|jabs?|injections?|infusions?)|"
                    r"(?:do|does|did|should|must|can|will) (?:i|you|she|he|they|we) (?:\w+ )?(?:take|swallow|inject) (?:it|that|this|them|those|these))"
                    r"(?=$| *[?.,!]| (?:as an?|with|before|after|at|every|once|twice|daily|in the|by mouth|for life|or|and|when|if)\b)")
_PLACES = {"first": 0, "1st": 0, "one": 0, "1": 0, "a": 0, "top": 0, "second": 1, "2nd": 1, "two": 1, "2": 1, "b": 1, "middle": 1, "third": 2, "3rd": 2, "three": 2, "3": 2, "c": 2,
           "fourth": 3, "4th": 3, "four": 3, "4": 3, "last": -1, "bottom": -1}
_PLACE = re.compile(r"(?:(?:the|number|no|nr|option|choice|answer|button|i (?:meant|mean|choose|pick|want|take)|please|yes|ok|um|er)[ .,:]*)*"
                    rf"({'|'.join(map(re.escape, _PLACES))})(?: (?:one|option|choice|question|please|thanks|thank you|then))*[ .!)]*")
_NONE = re.compile(r"(?:no[ ,]+)?(?:none|neither|not any|nothing)(?: of (?:these|those|them|the above))?(?:[ ,]+(?:sorry|thanks|thank you))?[ .!]*")


@dataclass(frozen=True)
class Memory:
    """What is remembered of a conversation; JSON-able through `asdict`."""
    question: str = ""          # the whole question that was answered last
    fact: str = ""              # the first fact that was said
    facts: tuple = ()           # all that were said
    about: tuple = ()           # (kind, id) terms that are talked about
    earlier: tuple = ()         # those talked about before them
    offered: tuple = ()         # (title, payload) of the buttons shown last
    asked_which: bool = False   # the buttons were a question back
    figures: str = ""           # the fact whose figures were offered last, whatever was said to it
    figures_age: int = 0        # answers since
    misses: int = 0             # replies in a row that did not answer
    more: int = 0               # how often more was asked for
    who: str = ""               # whom a carer speaks of: "mum"
    man: bool = False           # the ill person is a man, by what was written
    open: str = ""              # a question that waits for the name of a thing

    @classmethod
    def read(cls, kept) -> "Memory":
        """Return the Memory that `asdict` wrote, an empty one for anything else."""
        if not isinstance(kept, dict):
            return cls()
        known = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        pairs = {name: tuple(tuple(pair) for pair in known.get(name, ())) for name in ("about", "earlier", "offered")}
        return cls(**{**known, **pairs, "facts": tuple(known.get("facts", ()))})

    def kept(self) -> dict:
        """Return this as a dict of lists, texts and numbers."""
        return asdict(self)


def pick(text: str, memory: Memory) -> str:
    """Return the payload of the button that a typed answer names ("2", "the first", "liver one", "none of these"), or ""."""
    words = plain(text)
    if not memory.offered or len(words.split()) > 8:
        return ""
    place = _PLACE.fullmatch(words)
    if place and -1 <= (at := _PLACES[place.group(1)]) < len(memory.offered):
        answers = [payload for _, payload in memory.offered if payload != "/none_of_these"]
        return answers[at] if at < len(answers) else ""
    if not memory.asked_which:
        return ""
    if _NONE.fullmatch(words):
        return next((payload for _, payload in memory.offered if payload == "/none_of_these"), "")
    return _by_title(words, memory.offered)


def _by_title(words, offered) -> str:
    """Return the payload of the one button whose title holds every telling word of an answer."""
    telling = set(re.findall(r"[a-z0-9]+", words)) - _FILLER
    if not telling:
        return ""
    fit = [payload for title, payload in offered if telling <= set(re.findall(r"[a-z0-9]+", plain(title)))]
    return fit[0] if len(fit) == 1 else ""


def who(text: str) -> str:
    """Return whom a carer or a professional speaks of ("mum", "patient"), or ""; not somebody who is to be told, and nobody if the writer is ill."""
    words = plain(text)
    if _ILL_MYSELF.search(words):
        return ""
    spoken_of = next((found.group(2) for found in _WHO.finditer(words) if not found.group(1)), "")
    return spoken_of or (PATIENT if _TREATS.search(words) else "")


def of_man(text: str):
    """Return True if a message says that the ill person is a man, False if a woman, None if it says neither."""
    words, about = plain(text), who(text) if only_says_who(text) else ""
    if _MYSELF.search(words):
        return False
    return True if _MAN.search(words) or about in _MEN else False if _WOMAN.search(words) or about in _WOMEN else None


def lacks_name(text: str, memory: Memory, reader: Reader) -> bool:
    """Say whether a message asks how "it" is given or taken where nothing that can be given is named or talked about."""
    if not _GIVEN.search(plain(text)):
        return False
    return not any(kind in GIVEN for kind, _ in (*memory.about, *reader.read(text).terms))


def only_says_who(text: str) -> bool:
    """Say whether a message asks nothing and only tells for whom the questions are ("I am asking for my brother")."""
    return not is_question(text) and bool(_FOR.search(plain(text))) and bool(who(text))


def questions(text: str, reader: Reader, store: Store) -> list:
    """Return the questions of a message that asks more than once, each made whole by what stands before it; [] for one question or none."""
    asked = [part for sentence in sentences(text) if is_question(sentence) for part in _AND.split(sentence)]
    if len(asked) < 2 or not reader.read(asked[0]).terms:       # a first question that names nothing leans on the rest
        return []
    found, about = [], _things(text[:text.find(asked[0])], reader)
    for part in asked[:MOST]:
        found.append(whole(part, Memory(question=found[-1] if found else part, about=about), reader, store))
        about = _things(found[-1], reader) or about
    return found


def _things(text: str, reader: Reader) -> tuple:
    return tuple(m.term for m in reader.read(text).mentions if not m.negated and m.kind in THINGS)


def whole(text: str, memory: Memory, reader: Reader, store: Store) -> str:
    """Return the question that a message asks in its place in the conversation: the message itself unless it leans on what was said."""
    words = plain(text)
    if is_question(words) and (greets := _GREETS.match(words)):
        text = words = words[greets.end():]
    points = None if _DUMMY.search(words) else _POINTS.search(words)
    to_us = _TO_US.search(words) and not (points and "you" in points.group())
    if memory.open and not is_question(words) and (name := _only_name(words, reader)):
        return _completed(memory.open, _POINTS.search(memory.open), replace(memory, about=name), store)
    if not memory.question or len(words.split()) > LONG or to_us:
        return text
    if memory.earlier and _OTHER.search(words):
        return _OTHER.sub(_name(memory.earlier[0], store), words)
    reading = reader.read(words)
    named = [m for m in reading.mentions if m.kind in THINGS and not m.negated]
    opens = _OPENS.match(words)
    leans = _CORRECTS.match(words) or opens or points or _same_kind(named, memory)
    if named and leans and not _says_more(reading):
        return _exchanged(memory, named, reader, store)
    if opens and named and not any(_same_kind([m], memory) for m in named):         # "and the lungs, can it harm them?" after a drug
        return _completed(words, None, memory, store)
    if not memory.about or named or not (_says_more(reading) or (points and is_question(words))):
        return text
    asks = (is_question(words) or bool(_KEYWORD.match(words))) and not _DUMMY.search(words)
    alone = asks and len(words.split()) <= SHORT and not any(m.kind == "topic" for m in reading.mentions)
    return _completed(words, points, memory, store) if opens or alone or (points and asks) else text


def _only_name(words: str, reader: Reader) -> tuple:
    """Return the things that a message names, () if it says more than their names."""
    reading = reader.read(words)
    return () if _says_more(reading) else tuple(m.term for m in reading.mentions if m.kind in GIVEN and not m.negated)


def _same_kind(named, memory) -> bool:
    """Say whether a bare name answers to one that is talked about: another site after a site."""
    return all(any(m.kind == kind for kind, _ in memory.about) for m in named)


def _says_more(reading: Reading) -> bool:
    """Say whether a message says anything beside the things it names, joining words and corrections."""
    return bool(set(re.findall(r"[a-z0-9']+", reading.without(THINGS))) - _FILLER)


def _exchanged(memory: Memory, named, reader: Reader, store: Store) -> str:
    """Return the last question with its things exchanged for those named now, each for one of its kind."""
    question = memory.question if len(memory.question.split()) <= LONG or memory.fact not in store.facts else store.facts[memory.fact].title
    for mention in named:
        reading, name = reader.read(question), store.terms[mention.term].name
        old = next((m for m in reading.mentions if m.kind == mention.kind), None)
        if old and old.id == mention.id:
            continue
        question = reading.text[:old.start] + name + reading.text[old.end:] if old else f"{question.rstrip(' ?.')}, {name}?"
    return question


def _completed(words: str, points, memory: Memory, store: Store) -> str:
    """Return a question with what is talked about in the place of "it", or behind it.

    Where no thing is talked about, "it" means what was asked before, so that follows.
    """
    name = " and ".join(_name(term, store) for term in memory.about[:2] if term in store.terms)
    vague = points and memory.fact in store.facts and not any(kind in THINGS for kind, _ in memory.about)
    before = f"? {store.facts[memory.fact].title}" if vague else "?"
    if points and (points.group() in ("it", "that one", "this one") or points.group().startswith("the ") or _SUBJECT.search(words[:points.end()])):
        return f"{(words[:points.start()] + name + words[points.end():]).rstrip(' ?.')}{before}"
    return f"{words.rstrip(' ?.')}, {name}{before}"


def _name(term, store: Store) -> str:
    name = store.terms[term].name
    return f"cancer in {name}" if term[0] == "site" else name
