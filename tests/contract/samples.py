"""Entries and vectors made to order, for any engine's tests."""

import numpy as np

from askonce.model.attributes import Attributes
from askonce.model.entry import NO_CONTEXT, Entry, entry_id
from askonce.model.query import Scope
from askonce.ports import Vector

DIMENSIONS = 32
NOW_MS = 1_750_000_000_000
ANYWHERE = Scope({})
LEAST = 0.0


def entry(
    prompt: str,
    response: str = "an answer",
    attributes: Attributes | None = None,
    *,
    context: str = NO_CONTEXT,
    expires_at_ms: int | None = None,
) -> Entry:
    carried = attributes or {}
    key = entry_id(prompt, carried, context)
    return Entry(key, prompt, response, carried, context, NOW_MS, expires_at_ms)


def direction(number: int, dimensions: int = DIMENSIONS) -> Vector:
    """A unit vector, the same for the same number, in no particular direction."""
    return unit(np.random.default_rng(number).standard_normal(dimensions))


def unit(vector: np.typing.NDArray[np.floating]) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def beside(vector: Vector, similarity: float, number: int = 1) -> Vector:
    """A unit vector with this similarity to `vector`; `number` chooses one of the many."""
    aside = direction(1_000_003 * number, len(vector)).astype(np.float64)
    aside -= (aside @ vector) * vector
    aside /= np.linalg.norm(aside)
    cosine = 2.0 * similarity - 1.0
    return unit(cosine * vector.astype(np.float64) + np.sqrt(1.0 - cosine**2) * aside)
