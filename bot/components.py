"""The parts of config.yml: Rasa calls them, what they know lives in the modules beside this one.

Rasa validates its graph by the type annotations of create, load, train, process and process_training_data.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import classifiers, learn
from bot.match import ELSEWHERE, Matcher
from bot.premises import NO_BELIEF, believed, premises
from bot.safety import NO_DANGER, dangers, screen
from bot.store import DATA, fingerprint, store
from bot.talk import NO_FEELING, talk
from bot.terms import reader
from bot.text import MAX_CHARS
from bot.vectors import kept

FACTS, FEELINGS, BELIEVED, SAFETY, TOO_LONG, UNSURE = "facts", "feelings", "believed", "safety", "too_long", "nlu_fallback"
OF_THE_TALK = {ELSEWHERE, "source", "say_more", "say_again", "simpler", "take_along", "want_figures", "roughly", "no_figures", "start_over",
               "privacy"}
_INTENTS_FIRST = DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER


def _digest(*names) -> str:
    """Hash what a component reads from data/ and the code that learns, so that `rasa train` notices a change (Rasa sees only data/nlu itself)."""
    return fingerprint(*(DATA / name for name in names), *(Path(learn.__file__).with_name(name) for name in learn.CODE))


def asks(intent) -> bool:
    """Say whether an intent is a kind of question of fact; the others are small talk."""
    return intent.startswith("ask_")


def _small_talk(training_data) -> list:
    """Return the examples of small talk."""
    return [e for e in training_data.intent_examples if not asks(e.get(INTENT))]


def _voiced() -> list:
    """Return (message, feeling id) of every example of a feeling."""
    return [(text, feeling.id) for feeling in talk().feelings.values() for text in feeling.examples]


class Part(GraphComponent):
    """What the parts share: built from nothing, ready at once."""

    reads = ()              # files and folders below data/

    @classmethod
    def create(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> GraphComponent:
        """Return a new part."""
        return cls(config, model_storage, resource)

    def __init__(self, config, model_storage, resource):
        self._storage, self._resource = model_storage, resource

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Return the hash of what this part depends on besides the training data."""
        return _digest(*cls.reads)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no part behind needs more of them."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add to each message what this part knows of it."""
        for message in messages:
            self.read(message)
        return messages


class Learnt(Part):
    """A part that learns: what it keeps is a file of arrays, made by `train` with `_keep` and read by `_known`."""

    _known = classifiers.Softmax.from_state

    def __init__(self, config, model_storage, resource, model=None):
        super().__init__(config, model_storage, resource)
        self._model = model

    def _keep(self, **state) -> Resource:
        """Write the arrays of what was learnt, by default those of the model."""
        state = state or self._model.state()
        with self._storage.write_to(self._resource) as folder:
            np.savez_compressed(Path(folder) / "learnt.npz", **state)
        return self._resource

    @classmethod
    def load(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> GraphComponent:
        """Return the part as it was trained."""
        with model_storage.read_from(resource) as folder, np.load(Path(folder) / "learnt.npz", allow_pickle=False) as state:
            return cls(config, model_storage, resource, cls._known(dict(state)))


def _asked(message) -> str:
    """Return the words of a message; a button's payload has none."""
    text = message.get(TEXT) or ""
    return "" if text.startswith("/") else text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Understanding(Part):
    """Reads a message once for all parts: slips corrected, its sentences as vectors, and the terms of data/terms as entities."""

    reads = ("terms", "facts")

    def read(self, message):
        """Set the entities, and `understood` (bot.learn) for the parts behind."""
        understood = learn.understand(_asked(message))
        reading = understood.reading
        entities = [{"entity": m.kind, "value": m.id, "start": m.start, "end": m.end, "negated": m.negated, "extractor": "Understanding"} for m in reading.mentions]
        message.set("understood", understood)
        message.set("question", understood.question, add_to_output=True)
        message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)


@DefaultV1Recipe.register(_INTENTS_FIRST, is_trainable=True)
class KindOfQuestion(Learnt):
    """Says what kind of question of fact a message is: learnt from data/nlu and from the titles of the facts."""

    reads = ("terms", "facts")
    _known = classifiers.KindClassifier.from_state

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the kinds of question and keep the result; small talk is FactMatcher's."""
        examples = [e for e in training_data.intent_examples if asks(e.get(INTENT))]
        asked, titles = learn.questions(store()), list(learn.titles())
        print(f"  reading {len(examples)} examples and {len(asked)} questions of {len(store().shown())} facts ...", flush=True)
        texts = learn.as_compared(e.get(TEXT) for e in examples)
        vectors = np.vstack([kept().of(texts), learn.question_vectors()[titles]])
        texts += tuple(learn.question_texts()[i] for i in titles)
        intents = [e.get(INTENT) for e in examples] + [store().facts[asked[i][1]].intent for i in titles]
        self._model = classifiers.KindClassifier.train(texts, intents, vectors, report=lambda words: print(f"  {words}", flush=True))
        return self._keep()

    def read(self, message):
        """Set intent and intent_ranking; a message without words gets no intent."""
        understood = message.get("understood")
        if not understood.pieces:
            too_long = len(_asked(message)) > MAX_CHARS
            message.set(INTENT, {"name": TOO_LONG if too_long else None, "confidence": 1.0 if too_long else 0.0}, add_to_output=True)
            message.set("intent_ranking", [], add_to_output=True)
            return
        whole = self._model.predict(understood.pieces[:1], understood.vectors[:1])[0]
        order = np.argsort(-whole, kind="stable")
        ranking = [{"name": str(self._model.classes[i]), "confidence": round(float(whole[i]), 4)} for i in order]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[:5], add_to_output=True)


@DefaultV1Recipe.register(_INTENTS_FIRST, is_trainable=True)
class FactMatcher(Learnt):
    """Ranks the facts for a message and hands the best ten on, so that answering needs no second encoder; says what is small talk."""

    reads = ("terms", "facts", "asked", "sources.yml")

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which messages ask for which fact or are small talk; keep that, and the hash of the facts it belongs to."""
        directions, talk = learn.all_directions([(e.get(TEXT), e.get(INTENT)) for e in _small_talk(training_data)])
        return self._keep(facts=np.array(_digest(*self.reads)), talk=np.array(talk), directions=directions)

    @classmethod
    def _known(cls, kept) -> Matcher:
        """Return the Matcher; a model trained on other facts is refused, since its vectors would point at the wrong ones."""
        if str(kept["facts"]) != _digest(*cls.reads):
            raise RasaException("data/ has changed since this model was trained; run `make train`.")
        return Matcher(store(), kept["directions"], kept["talk"].tolist())

    def read(self, message):
        """Set `facts`: [{fact, chance}], best first, [] for a message without words or sense; `questions`: such a list for each of several questions."""
        understood, ranked = message.get("understood"), []
        if understood.pieces:
            ranked = self._model.rank(understood.vectors[0], understood.reading)
            each = [self._model.rank(vector, reader().read(piece), most=5) for piece, vector in zip(understood.pieces[1:], understood.vectors[1:])]
            message.set("questions", [[vars(r) for r in rows] for rows in each], add_to_output=True)
            talk = self._model.small_talk(understood.vectors[0], understood.reading)
            follows = bool(understood.typed)
            if follows and (surely := self._model.surely_talk(understood.alone[1])) in OF_THE_TALK:
                talk = (surely, 1.0)
            if talk and talk[0]:
                message.set(INTENT, {"name": talk[0], "confidence": talk[1]}, add_to_output=True)
            elif talk and not follows:          # "what can I do about it?" says little by itself, but it is no nonsense
                ranked = []
        message.set(FACTS, [vars(r) for r in ranked], add_to_output=True)


@DefaultV1Recipe.register(_INTENTS_FIRST, is_trainable=True)
class FeelingHeard(Learnt):
    """Hears which feeling a message voices: learnt from data/warmth.yml. What is said to it lives in bot.talk."""

    reads = ("warmth.yml", "terms", "facts")

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the feelings and keep the result."""
        self._model = learn.feelings(_voiced(), NO_FEELING)
        return self._keep()

    def read(self, message):
        """Set `feelings`: {id: chance} of the words as they were typed, {} for a message without words."""
        understood = message.get("understood")
        heard = self._model.predict(understood.alone[1]) if understood.pieces else {}
        message.set(FEELINGS, {id_: round(chance, 4) for id_, chance in heard.items()}, add_to_output=True)


@DefaultV1Recipe.register(_INTENTS_FIRST, is_trainable=True)
class BeliefHeard(Learnt):
    """Hears on which wrong belief a message is built: learnt from data/believed. How it is corrected lives in bot.premises."""

    reads = ("premises.yml", "believed", "terms", "facts", "asked", "sources.yml")
    _known = classifiers.Recogniser.from_state

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the beliefs and keep the result."""
        known = premises().values()
        examples = [(text, id_) for premise in known for id_, texts in ((premise.id, premise.said), (NO_BELIEF, premise.sound)) for text in texts]
        self._model = learn.belief(examples, NO_BELIEF, {premise.fact for premise in known})
        return self._keep()

    def read(self, message):
        """Set `believed`: the id of the premise, by the words as they were typed, "" for none."""
        understood = message.get("understood")
        message.set(BELIEVED, believed(self._model.predict(*understood.alone)) if understood.pieces else "", add_to_output=True)


@DefaultV1Recipe.register(_INTENTS_FIRST, is_trainable=True)
class SafetyScreen(Learnt):
    """Reads every message for danger, whatever was understood: by the patterns of data/safety.yml and by what the messages of data/dangers
    taught. Stands last, so that it has the last word."""

    reads = ("safety.yml", "dangers", "warmth.yml", "terms", "facts", "asked", "sources.yml")
    _known = classifiers.Recogniser.from_state

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the dangers and keep the result."""
        calm = [*(e.get(TEXT) for e in _small_talk(training_data)), *(text for text, _ in _voiced())]
        self._model = learn.danger([(text, id_) for id_, texts in dangers().items() for text in texts], NO_DANGER, calm)
        return self._keep()

    def read(self, message):
        """Set `safety` (situation ids, most urgent first), which replaces the intent."""
        found = screen().judge(_asked(message), [self._model.predict(*spoken) for spoken in message.get("understood").spoken])
        message.set(SAFETY, [s.id for s in found], add_to_output=True)
        if found:
            name = f"safety_{found[0].level}" if found[0].level != "limit" else self._limited((message.get(INTENT) or {}).get("name"))
            message.set(INTENT, {"name": name, "confidence": 1.0}, add_to_output=True)

    @staticmethod
    def _limited(name):
        """Return the intent under which "I can't tell you that" is said: any question of fact, never small talk."""
        return name if name and asks(name) else UNSURE
