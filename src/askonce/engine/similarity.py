"""Similarity: the one number that thresholds are compared with, from 0 (opposite) to 1 (identical).

It is (1 + cosine) / 2 of full-precision vectors, whatever proposed them. Invariants:

* The same pair of vectors gives the same number on every path: each row is multiplied and summed alone in
  float64, never by a matrix product, whose order of summation depends on the shape of the batch.
* A vector compared with itself gives exactly 1.0: the cosine divides by the lengths that the vectors really
  have in float32, and what is left of rounding errors (1e-16) goes with the seventh decimal.
"""

import numpy as np
from numpy.typing import NDArray

from askonce.errors import EngineUnavailable
from askonce.ports import Vector

DECIMALS = 6  # float32 keeps seven digits of each component; two thresholds a millionth apart mean the same.
LENGTH_TOLERANCE = 1e-3  # float32 arithmetic leaves 1e-6; an endpoint that rounds to four digits leaves 1e-4.


def similarities(rows: NDArray[np.float32], vector: Vector) -> NDArray[np.float64]:
    """The similarity of each row to `vector`; not a number for a row of zeros, which passes no threshold."""
    wide = rows.astype(np.float64)
    query = vector.astype(np.float64)
    lengths = np.sqrt(_sums(wide * wide) * _sums((query * query)[np.newaxis]))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = _sums(wide * query) / lengths
    return np.clip(np.round((1.0 + cosines) / 2.0, DECIMALS), 0.0, 1.0)


def _sums(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    summed: NDArray[np.float64] = np.ascontiguousarray(rows).sum(axis=1)
    return summed


def checked_unit(vector: Vector) -> Vector:
    """A copy of our own. What is not a unit vector is refused: its similarities would mean nothing."""
    kept = np.array(vector, np.float32)
    if kept.ndim != 1 or not abs(float(kept @ kept) - 1.0) <= LENGTH_TOLERANCE:
        raise EngineUnavailable("The embedder's vector is not of unit length.")
    return kept
