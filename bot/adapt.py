"""Adapts the sentence model to this field: learns bot/adapter.safetensors from the ways of asking in data/.

`python -m bot.adapt` takes most of an hour on two cores and needs PyTorch, which nothing else here does:
`uv run --with torch==2.13.0 python -m bot.adapt`; with `--on` it learns on from the present adapter, in half the time. Run it when many
ways of asking, facts or dangers were added; the assistant works with an older adapter too. Low-rank adaptation (Hu et al. 2021, arXiv
2106.09685) of every linear layer: the published weights stay as they are. Two things are learnt side by side: which fact or small talk a
message asks for, and of which danger it speaks or on which wrong belief it is built, if any.
"""
import argparse
import math
import random
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import Parameter
from torch.nn import functional as F

from bot.encoder import ADAPTER, DIMENSIONS, published
from bot.learn import as_compared
from bot.match import questions
from bot.premises import premises
from bot.safety import NO_DANGER, dangers
from bot.store import DATA, read_yaml, store

RANK, DROPOUT = 32, 0.1
EPOCHS, RATE = 4, 8e-4              # from the published weights
EPOCHS_ON, RATE_ON = 1.5, 4e-4      # on from an adapter
_ANSWER_RATE = 2e-3         # of the answers' own directions
_HEADS, _LAYERS, _BATCH, _MAX_TOKENS = 12, 6, 32, 160
_ALARM_BATCH, _SHARP = 20, 16.0         # messages of danger or a wrong belief, or near them, a step; how much a cosine with a direction of theirs counts
_ASKED, _SAID = 24.0, 16.0  # how much a cosine with a direction and with an answer's text counts
_FORGIVE = 0.05             # label smoothing: neighbouring facts answer many questions as well
_FORGET = 0.12              # of the word pieces of half of the texts are left out
_ANEW = 600                 # steps after which the answers' texts are read anew
_LINEAR = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense")


class Model:
    """The published model in PyTorch with a learnable low-rank part A (rank, in), B (out, rank) beside every linear layer."""

    def __init__(self, folder, adapter=None):
        self._weights = {name.removeprefix("bert."): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.parts = {}
        for name in (f"encoder.layer.{i}.{part}.weight" for i in range(_LAYERS) for part in _LINEAR):
            out, inside = self._weights[name].shape
            self.parts[f"{name}.A"] = Parameter(torch.randn(RANK, inside) / math.sqrt(inside))
            self.parts[f"{name}.B"] = Parameter(torch.zeros(out, RANK))
        if adapter:
            for name, tensor in load_file(adapter).items():
                self.parts[name] = Parameter(tensor.float())

    def tokens(self, text: str) -> list:
        """Return the word pieces of a text, at most 160."""
        return self._tokenizer.encode(text).ids[:_MAX_TOKENS]

    def vectors(self, rows, learning=False):
        """Return the (n, 384) unit vectors of n lists of word pieces."""
        n, longest, dropout = len(rows), max(map(len, rows)), DROPOUT if learning else 0.0
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        real = torch.arange(longest) < torch.tensor([[len(row)] for row in rows])
        mask = torch.where(real, 0.0, -1e9)[:, None, None, :]
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest] + w["embeddings.token_type_embeddings.weight"][0]
        x = F.dropout(self._norm("embeddings.LayerNorm", x), dropout)
        for at in (f"encoder.layer.{i}." for i in range(_LAYERS)):
            query, key, value = (self._linear(at + part, x).view(n, longest, _HEADS, 32).transpose(1, 2) for part in _LINEAR[:3])
            seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).reshape(n, longest, DIMENSIONS)
            x = self._norm(at + "attention.output.LayerNorm", x + F.dropout(self._linear(at + _LINEAR[3], seen), dropout))
            inner = self._linear(at + _LINEAR[5], F.gelu(self._linear(at + _LINEAR[4], x)))
            x = self._norm(at + "output.LayerNorm", x + F.dropout(inner, dropout))
        return F.normalize((x * real[:, :, None]).sum(1) / real.sum(1, keepdim=True), dim=1)

    def read(self, texts):
        """Return the (n, 384) vectors of n texts, nothing learnt."""
        rows = [self.tokens(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        found = torch.zeros(len(rows), DIMENSIONS)
        with torch.no_grad():
            for start in range(0, len(order), 2 * _BATCH):
                batch = order[start:start + 2 * _BATCH]
                found[batch] = self.vectors([rows[i] for i in batch])
        return found

    def _linear(self, name, x):
        w = self._weights
        low = F.linear(F.linear(x, self.parts[f"{name}.weight.A"]), self.parts[f"{name}.weight.B"])
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"]) + low

    def _norm(self, name, x):
        return F.layer_norm(x, (DIMENSIONS,), self._weights[f"{name}.weight"], self._weights[f"{name}.bias"], 1e-12)


def slip(word: str) -> str:
    """Return a word as a thumb may type it: a letter lost, doubled, swapped or wrong, or its vowels left out."""
    if len(word) < 4 or not word.isalpha():
        return word
    at = random.randrange(1, len(word) - 1)
    return random.choice((word[:at] + word[at + 1:], word[:at] + word[at + 1] + word[at] + word[at + 2:], word[:at] + word[at] + word[at:],
                          word[0] + "".join(c for c in word[1:-1] if c not in "aeiou") + word[-1], word[:at] + random.choice("aeioutnrs") + word[at + 1:]))


def typed(text: str) -> str:
    """Return a text as it stands (three of four), in small letters, or with slips."""
    luck = random.random()
    if luck < 0.12:
        return " ".join(slip(word) if random.random() < 0.3 else word for word in text.lower().replace("'", "").replace(",", "").split())
    return text.lower().rstrip("?.") if luck < 0.25 else text


def examples() -> tuple:
    """Return (texts, places): each way of asking and the place of its fact, then small talk (twice) with the places behind the facts'."""
    place = {fact.id: i for i, fact in enumerate(store().shown())}
    rows = [(text, place[id_]) for text, id_ in questions(store())]
    files = [path for path in sorted((DATA / "nlu").glob("*.yml")) if not path.stem.startswith("ask_")]
    for number, path in enumerate(files):
        lines = (line.strip() for intent in read_yaml(path)["nlu"] for line in intent["examples"].splitlines())
        rows += [(line[2:], len(place) + number) for line in lines if line.startswith("- ")] * 2
    texts, places = zip(*rows)
    return as_compared(texts), np.array(places)


def of_alarm() -> tuple:
    """Return (texts, places): each message of data/dangers and data/believed and the place of its situation or premise, 0 where it only looks like one."""
    rows = [(text, id_) for id_, texts in dangers().items() for text in texts]
    rows += [(text, id_) for premise in premises().values() for id_, texts in ((premise.id, premise.said), (NO_DANGER, premise.sound)) for text in texts]
    ids = [NO_DANGER, *sorted({id_ for _, id_ in rows} - {NO_DANGER})]
    return as_compared(text for text, _ in rows), np.array([ids.index(id_) for _, id_ in rows])


def learn(model: Model, epochs=EPOCHS, rate=RATE, report=print):
    """Learn the low-rank parts: a message points to its fact's direction, learnt beside it, and to the text of its answer; or to its danger's."""
    texts, places = examples()
    said = as_compared(f"{fact.title} {fact.answer}" for fact in store().shown())
    answer, directions = model.read(said), _means(model.read(texts), places)
    warnings, situations = of_alarm()
    alarms = _means(model.read(warnings), situations)
    low = list(model.parts.values())
    learner = torch.optim.AdamW([{"params": low, "weight_decay": 0.01}, {"params": [directions, alarms], "weight_decay": 0.0}], betas=(0.9, 0.98))
    rows, warned = [model.tokens(text) for text in texts], [model.tokens(text) for text in warnings]
    steps = int(epochs * len(texts)) // _BATCH
    beside = _batches([len(row) for row in warned], _ALARM_BATCH)
    for step, (batch, danger) in enumerate(zip(_batches([len(row) for row in rows], _BATCH), beside)):
        if step == steps:
            break
        pace = min(1, step / 150) * max(0.02, 1 - step / steps)
        learner.param_groups[0]["lr"], learner.param_groups[1]["lr"] = rate * pace, _ANSWER_RATE * pace
        vectors, asked = model.vectors([_varied(model, texts[i], rows[i]) for i in batch], learning=True), torch.tensor(places[batch])
        loss = F.cross_entropy(_ASKED * vectors @ F.normalize(directions, dim=1).T, asked, label_smoothing=_FORGIVE)
        of_fact = asked < len(said)
        if of_fact.any():
            loss = loss + F.cross_entropy(_SAID * vectors[of_fact] @ answer.T, asked[of_fact], label_smoothing=_FORGIVE)
        vectors = model.vectors([_varied(model, warnings[i], warned[i]) for i in danger], learning=True)
        loss = loss + F.cross_entropy(_SHARP * vectors @ F.normalize(alarms, dim=1).T, torch.tensor(situations[danger]), label_smoothing=_FORGIVE)
        learner.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*low, directions, alarms], 1.0)
        learner.step()
        if step % _ANEW == _ANEW - 1:
            answer = model.read(said)
        if step % 100 == 99:
            report(f"  step {step + 1} of {steps}: loss {loss.item():.2f}", flush=True)


def _means(vectors, places):
    """Return a learnable direction for each place: at first the mean of its vectors."""
    return Parameter(torch.stack([F.normalize(vectors[places == place].mean(0), dim=0) for place in range(places.max() + 1)]))


def _batches(lengths, size):
    """Yield lists of places, of texts of like length, every text once an epoch, without end."""
    while True:
        order = np.random.permutation(len(lengths))
        batches = []
        for start in range(0, len(order), 40 * size):
            some = sorted(order[start:start + 40 * size], key=lambda i: lengths[i])
            batches += [some[at:at + size] for at in range(0, len(some), size)]
        random.shuffle(batches)
        yield from batches


def _varied(model, text, row):
    """Return the word pieces of a text as someone else might have typed it."""
    other = typed(text)
    row = row if other == text else model.tokens(other)
    if len(row) > 8 and random.random() < 0.5:
        row = [row[0], *(piece for piece in row[1:-1] if random.random() > _FORGET), row[-1]]
    return row


def main() -> int:
    """Learn the adapter and write it; the same data and the same beginning give the same adapter on the same machine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", action="store_true", help="learn on from the present adapter")
    on = parser.parse_args().on
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)
    model = Model(published(), ADAPTER if on else None)
    learn(model, *((EPOCHS_ON, RATE_ON) if on else ()))
    save_file({name: part.detach().half() for name, part in model.parts.items()}, ADAPTER)
    print(f"{ADAPTER}: train again with `make train`, then measure with `make evaluate`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
