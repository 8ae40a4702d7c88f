"""Scans: ways of proposing the vectors nearest to a query. What they propose is decided by exact arithmetic.

A proposal carries a bound: nothing that was left out is more similar than that. The index asks for more until
the bound settles the answer, so a scan may be as inexact as it likes, as long as its bound is true.

* `scan_linear` multiplies every vector: exact, the best way for few, and the oracle of the tests.
* `TurboScan` reads 4-bit codes (TurboQuant, arXiv:2504.19874, by `turbovec`): an eighth of the memory to
  read. Uncalibrated on purpose: a calibration fits the vectors there are, so that its error on those to come
  is anybody's guess, and turbovec 1.1 then takes 19 ms for the first search after a write.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from turbovec import IdMapIndex

from askonce.engine.embedded.vectors import Rows, Slots, Vectors
from askonce.ports import Vector

# float32 sums of a few hundred products are right to 1e-6, of some thousand to 1e-5.
LINEAR_EPSILON = 1e-4

# The error of a 4-bit score has a deviation of 0.049 / sqrt(dimensions) in similarity: 0.0025 at 384. Its
# tails are heavier than a normal one's: the largest of 2,000,000 was 6.3 deviations at 384 dimensions and 8.1
# at 64.
# bench/index_measure.py epsilon; docs/decisions/0003-embedded-engine.md.
TURBO_EPSILON_AT_ONE_DIMENSION = 10 * 0.049

_BITS = 4
_LANES = 8  # turbovec takes dimensions in eights; zeros at the end change no product.

NOTHING = -1.0  # Below every similarity.


@dataclass(frozen=True, slots=True)
class Proposal:
    """Slots that may be nearest, with similarities that are off by `epsilon` at most.

    What was left out is at most as similar as `bound`.
    """

    slots: Slots
    similarities: NDArray[np.float32]
    epsilon: float
    bound: float

    def only(self, these: NDArray[np.bool_]) -> "Proposal":
        """Without some of the slots, which can not be in the answer: the bound stays."""
        return Proposal(self.slots[these], self.similarities[these], self.epsilon, self.bound)

    def contenders(self, floor: float, limit: int) -> "Proposal":
        """Those that may be among the best `limit`, or the answer would hang on more than the epsilon."""
        least = floor - self.epsilon
        if len(self.slots) > limit:
            last_served = float(np.partition(self.similarities, -limit)[-limit])
            # The k-th best may be worse by epsilon than it looks, and one below it better by as much.
            least = max(least, last_served - 2 * self.epsilon)
        return self.only(self.similarities >= least)


def _proposal(slots: Slots, products: NDArray[np.float32], epsilon: float, *, is_all: bool) -> Proposal:
    similarities = (1.0 + products) / 2.0
    bound = NOTHING if is_all else float(similarities.min()) + epsilon
    return Proposal(slots, similarities, epsilon, bound)


def scan_linear(vectors: Vectors, slots: Slots, vector: Vector, count: int) -> Proposal:
    """The best `count` of `slots`, which ascend."""
    products = vectors.products(slots, vector)
    if len(slots) <= count:
        return _proposal(slots, products, LINEAR_EPSILON, is_all=True)
    best = np.argpartition(products, len(slots) - count)[-count:]
    return _proposal(slots[best], products[best], LINEAR_EPSILON, is_all=False)


class TurboScan:
    """4-bit codes of vectors by slot. turbovec locks itself: adding waits for the searches under way."""

    def __init__(self, dimensions: int) -> None:
        self._padding = -dimensions % _LANES
        self._codes = IdMapIndex(dimensions + self._padding, _BITS)
        self.epsilon = float(TURBO_EPSILON_AT_ONE_DIMENSION / np.sqrt(dimensions))

    def __len__(self) -> int:
        return len(self._codes)

    def add(self, slots: Slots, rows: Rows) -> None:
        self._codes.add_with_ids(self._padded(rows), slots.astype(np.uint64))

    def remove(self, slot: int) -> None:
        self._codes.remove(slot)

    def propose(self, vector: Vector, count: int, only: NDArray[np.uint64] | None = None) -> Proposal:
        """The best `count` by their codes, of those in `only` (which must all be here) or of all."""
        query = self._padded(vector[np.newaxis])
        products, slots = self._codes.search(query, count, allowlist=only)
        return _proposal(slots[0].astype(np.int64), products[0], self.epsilon, is_all=len(slots[0]) < count)

    def _padded(self, rows: Rows) -> Rows:
        return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, self._padding))) if self._padding else rows)
