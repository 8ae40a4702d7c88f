"""An embedder for tests: a text is the sum of its words, so texts that share words are near each other.

Deterministic, instant, and able to fail or to wait when a test says so.
"""

import asyncio
import re
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from askonce.model.cache import Fingerprint
from askonce.ports import Vector

DIMENSIONS = 64


class ToyEmbedder:
    fingerprint = Fingerprint("toy", DIMENSIONS, "bag-of-words-1")

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.is_let_through = asyncio.Event()
        self.is_let_through.set()
        self.waiting = 0

    async def embed(self, text: str) -> Vector | None:
        self.waiting += 1
        try:
            await self.is_let_through.wait()
        finally:
            self.waiting -= 1
        if self.failure is not None:
            raise self.failure
        return toy_vector(text)


def toy_vector(text: str) -> Vector | None:
    """None for a text without a word, as a model has nothing to say of it."""
    words = re.findall(r"\w+", text.casefold())
    if not words:
        return None
    total = np.sum([_word(word) for word in words], axis=0)
    return _unit(total)


def _word(word: str) -> Vector:
    seed = int.from_bytes(sha256(word.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return _unit(np.random.default_rng(seed).standard_normal(DIMENSIONS))


def _unit(vector: NDArray[np.float64]) -> Vector:
    unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit
