"""The vectors of the texts that training reads, kept from one training to the next: most of a training is reading what was read before."""
import hashlib
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.classifiers import TRAINING_THREADS
from bot.encoder import ADAPTER, DIMENSIONS, encoder
from bot.store import ROOT, fingerprint

_FOLDER = ROOT / ".rasa"    # beside Rasa's own cache; whoever removes it loses a few minutes
_MOST = 150_000             # texts; a fuller file is not read again


class Kept:
    """Vectors by the text, in memory and in a file that belongs to one encoder and one adapter."""

    def __init__(self, folder: Path = _FOLDER):
        self._file = folder / f"vectors-{fingerprint(ADAPTER, Path(__file__).with_name('encoder.py'))[:16]}.npz"
        self._place, self._vectors = {}, np.zeros((0, DIMENSIONS), np.float32)
        if self._file.exists():
            with np.load(self._file, allow_pickle=False) as kept:
                if len(kept["keys"]) <= _MOST:
                    self._place, self._vectors = {key.tobytes(): i for i, key in enumerate(kept["keys"])}, kept["vectors"]

    def of(self, texts) -> np.ndarray:
        """Return the vectors of n texts, (n, 384) float32; those of new texts are worked out and kept."""
        keys = [_key(text) for text in texts]
        if new := {key: text for key, text in zip(keys, texts) if key not in self._place}:
            self._add(list(new), encoder().encode_all(list(new.values()), threads=TRAINING_THREADS))
        return self._vectors[[self._place[key] for key in keys]]

    def _add(self, keys, vectors):
        self._place.update({key: len(self._vectors) + i for i, key in enumerate(keys)})
        self._vectors = np.vstack([self._vectors, vectors])
        for old in self._file.parent.glob("vectors-*"):
            old.unlink(missing_ok=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        begun = self._file.with_suffix(f".{os.getpid()}.npz")
        np.savez(begun, keys=np.array([np.frombuffer(key, np.uint8) for key in self._place]), vectors=self._vectors)
        begun.replace(self._file)


def _key(text) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


@lru_cache(maxsize=1)
def kept() -> Kept:
    """Return the one Kept of this process."""
    return Kept()
