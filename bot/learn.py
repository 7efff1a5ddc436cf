"""What training computes from data/ for the parts of config.yml, and how a message is read for them: its texts and their vectors."""
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Optional

import numpy as np

from bot import context
from bot.classifiers import VECTOR_WEIGHT, Recogniser, Softmax, fitted
from bot.encoder import EncodingQueue, encoder
from bot.match import questions
from bot.safety import WHOLE, passages
from bot.store import store
from bot.terms import Reading, reader
from bot.text import MAX_CHARS
from bot.vectors import kept

CODE = ("learn.py", "classifiers.py", "encoder.py", "adapter.safetensors", "terms.py", "text.py")      # files of bot/ that shape what is learnt
_DIRECTION_C = 0.3          # best of 0.1, 0.3 and 1 on ways of asking that took no part
SMALL_TALK_WEIGHT = 3.0     # of one example of small talk beside one question for a fact
_FEELING_C, _TITLE_WEIGHT = 0.3, 0.33      # best of 0.1, 0.3, 1 and of all or none of the titles on the messages of a third author (tests/feelings.yml)
_TOLD = 4                   # every fourth passage of stories told for a question of fact is learnt as calm
_SOUND = 4                  # every fourth question of fact: messages on no wrong belief
_OF_SYMPTOMS = ("ask_could_it_be", "ask_when_to_call", "ask_symptoms", "ask_side_effects")      # stories told for these may speak of danger


def as_compared(texts) -> tuple:
    """Return texts as they are compared: slips corrected, drugs under their own names."""
    return tuple(reader().read(text).plain for text in texts)


@lru_cache(maxsize=1)
def question_texts() -> tuple:
    """Return the facts' questions as they are compared."""
    return as_compared(question for question, _ in questions(store()))


@lru_cache(maxsize=1)
def question_vectors() -> np.ndarray:
    """Return the vectors of `question_texts()`, (n, 384) float32."""
    return kept().of(question_texts())


def titles() -> tuple:
    """Return the places of the facts' titles among `question_texts()`: the one wording that shows the kind of question purely."""
    return tuple(i for i, (question, id_) in enumerate(questions(store())) if question == store().facts[id_].title)


def directions(asked, owners, count: int, weights=None) -> np.ndarray:
    """Return how messages for each of `count` answers point, (count, 384) float32: a dot product with it is the learnt score.

    `asked` (n, 384) are vectors of messages, `owners` the n places of the answers they ask for, `weights` how much each counts (1).
    Softmax regression, deterministic.
    """
    model = fitted(VECTOR_WEIGHT * asked, owners, weights, C=_DIRECTION_C, max_iter=25, fit_intercept=False, multi_class="multinomial")
    found = np.zeros((count, asked.shape[1]), np.float32)
    found[model.classes_] = VECTOR_WEIGHT * model.coef_
    return found


def all_directions(examples=()) -> tuple:
    """Return (directions, intents): of the shown facts, from their questions, then of the intents of small talk.

    `examples` are (message, intent) pairs of small talk. Together they are told apart better than by intent alone: the facts'
    questions are many times more, and a story with "English" or "who" in it is no small talk.
    """
    place = {fact.id: i for i, fact in enumerate(store().shown())}
    intents = sorted({intent for _, intent in examples})
    owners = [place[id_] for _, id_ in questions(store())] + [len(place) + intents.index(intent) for _, intent in examples]
    each = [question_vectors(), kept().of(as_compared(text for text, _ in examples))]
    weights = np.ones(len(owners))
    weights[len(owners) - len(examples):] = SMALL_TALK_WEIGHT
    return directions(np.vstack(each), owners, len(place) + len(intents), weights), intents


def feelings(examples, no_feeling: str) -> Softmax:
    """Learn from (message, feeling id) pairs which feeling a message voices; the facts' titles are messages that voice none."""
    titled = question_vectors()[list(titles())]
    each = np.vstack([kept().of(as_compared(text for text, _ in examples)), titled])
    ids = [id_ for _, id_ in examples] + [no_feeling] * len(titled)
    return Softmax.train(ids, each, _FEELING_C, np.r_[np.ones(len(examples)), np.full(len(titled), _TITLE_WEIGHT)], 300)


def danger(examples, no_danger: str, talk) -> Recogniser:
    """Learn from (message, situation id) pairs which danger a message speaks of.

    Small talk and messages that voice a feeling (`talk`) speak of none, nor do what people ask of the facts and the passages of their
    stories, of which a share is learnt: without them, every sad or strange sentence is nearer to a danger than to a near miss.
    """
    asked = [(question, id_) for question, id_ in questions(store()) if not store().facts[id_].urgency and not id_.startswith(("emergency.", "mental."))]
    stories = (question for question, id_ in asked if store().facts[id_].intent not in _OF_SYMPTOMS)
    told = sorted({passage for question in stories for passage in passages(question)})[::_TOLD]
    return _recogniser(examples, no_danger, [*told, *talk, *(question for question, _ in asked)])


def belief(examples, no_belief: str, corrections) -> Recogniser:
    """Learn from (message, premise id) pairs on which wrong belief a message is built.

    What people ask of the facts is built on none, but for questions of the facts that are `corrections`; a share of it is learnt.
    """
    asked = [question for question, id_ in questions(store()) if id_ not in corrections]
    return _recogniser(examples, no_belief, asked[::_SOUND])


def _recogniser(examples, nothing, others) -> Recogniser:
    """Learn from (message, id) pairs, and from other messages, which are of no kind."""
    texts = as_compared([*(text for text, _ in examples), *others])
    return Recogniser.train([id_ for _, id_ in examples] + [nothing] * len(others), texts, kept().of(texts), nothing)


@dataclass(frozen=True)
class Understood:
    """A message as the parts of the pipeline see it, its texts as they are compared.

    `question` is what it asks in its place in the conversation (bot.context), `reading` that question's Reading (bot.terms), `pieces` the
    question as a whole and each of several in it, none in a message that is empty or too long; `typed` the message by itself, where that
    is not its question; `passages` those in which it is read for danger; `each` (k, 384) the vectors of all these `texts`.
    """
    question: str
    reading: Reading
    pieces: tuple
    typed: tuple
    passages: tuple
    each: Optional[np.ndarray] = None

    @property
    def texts(self) -> list:
        """Everything that is made into a vector."""
        return [*self.pieces, *self.typed, *self.passages]

    @property
    def vectors(self) -> np.ndarray:
        """The vectors of the pieces, (n, 384)."""
        return self.each[:len(self.pieces)]

    @property
    def alone(self) -> tuple:
        """The message by itself, whatever was talked about before: (text, vector (384,))."""
        at = len(self.pieces) if self.typed else 0
        return self.texts[at], self.each[at]

    @property
    def spoken(self) -> list:
        """The passages of the message, and itself unless it is a long story or too long to read: (text, vector (384,)) of each."""
        passages = list(zip(self.passages, self.each[len(self.pieces) + len(self.typed):]))
        return [*passages, self.alone] if self.pieces and len(self.alone[0].split()) <= WHOLE else passages


_understood = {}


async def understand_beside(text: str, queue: EncodingQueue, question: str = ""):
    """Understand a message with the encoding in a thread, and keep the result until `understand` asks for it.

    `question` is what the message asks in its place in the conversation, the message itself if empty.
    """
    understood = _texts(text, question or text)
    each = await queue.encode_all(understood.texts) if understood.texts else encoder().encode_all(())
    if len(_understood) > 100:              # of messages that failed meanwhile
        _understood.clear()
    _understood[text] = replace(understood, each=each)


def understand(text: str) -> Understood:
    """Return what a message says: kept from `understand_beside`, once, or worked out now."""
    known = _understood.pop(text, None)
    if known:
        return known
    understood = _texts(text, text)
    return replace(understood, each=encoder().encode_all(understood.texts))


def _texts(text, question) -> Understood:
    """Return a message without its vectors; what was asked before is there for its sense alone, so that it has no several questions."""
    reading, asked = _read(question)
    typed = as_compared([text]) if asked and question != text else ()
    return Understood(question, reading, asked[:1] if typed else asked, typed, as_compared(passages(text)))


def _read(text):
    reading = reader().read(text[:MAX_CHARS])
    return reading, pieces(reading.plain) if len(text) <= MAX_CHARS else ()


def pieces(plain: str) -> tuple:
    """Return what of a message is compared with the facts: the message as a whole and, where it asks more than once, each question.

    () for an empty message. A whole story is understood better than its last sentence alone (measured), so a single question is not cut out.
    """
    return (plain, *context.questions(plain, reader(), store())) if plain.strip() else ()
