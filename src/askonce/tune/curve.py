"""What every setting would serve, right and wrong: the arithmetic of a measurement.

A pair is served when its similarity reaches the threshold and its confidence the least one asked for. Where
no model is asked, a pair that passes has confidence 1 and one that does not has none, so that one arithmetic
serves all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askonce.tune.shares import Share

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

NEVER = -1.0  # Below every threshold: no candidate at all, or vetoed whatever the confidence.
# Settings that are tried: round ones, since nobody wants to read 0.8137; at the top in finer steps, where one
# of a thousand still changes an answer. Unrelated questions have a similarity about 0.5.
THRESHOLDS: Floats = np.array([0.0] + [each / 200 for each in range(100, 201)])
FINE_THRESHOLDS: Floats = np.array([0.0] + [each / 1_000 for each in range(500, 1_001)])
CONFIDENCES: Floats = np.array(
    [each / 100 for each in range(99)] + [each / 1_000 for each in range(990, 1_000)]
)
ONE_CONFIDENCE: Floats = np.array([0.0])


@dataclass(frozen=True, slots=True)
class Point:
    """A setting, and what it serves of the pairs that ask the same and of those that do not."""

    threshold: float
    min_confidence: float
    served: Share
    wrong: Share


@dataclass(frozen=True, slots=True)
class Curve:
    """One method on one set of pairs. `has_confidence`: whether a least confidence changes anything."""

    similarity: Floats
    confidence: Floats
    is_same: NDArray[np.bool_]
    has_confidence: bool

    def at(self, threshold: float, min_confidence: float) -> Point:
        # A pair that was vetoed has a confidence of NEVER, which a least confidence of 0 keeps out.
        served = (self.similarity >= threshold) & (self.confidence >= min_confidence)
        return self._point(
            threshold,
            min_confidence,
            int(np.count_nonzero(served & self.is_same)),
            int(np.count_nonzero(served & ~self.is_same)),
        )

    def by_threshold(self, min_confidence: float) -> list[Point]:
        return [self.at(float(threshold), min_confidence) for threshold in THRESHOLDS]

    def by_confidence(self, threshold: float) -> list[Point]:
        return [self.at(threshold, float(each)) for each in self._confidences()]

    def best(self, cap: float) -> Point | None:
        """What serves most with a share of wrong answers of at most `cap`."""
        return self.most_served(int(cap * np.count_nonzero(~self.is_same) + 1e-9))

    def most_served(self, most_wrong: int) -> Point | None:
        """What serves most with at most so many wrong answers; None where there is one side only.

        Among equals the one with fewer wrong answers, then the stricter: it serves no less, and errs later.
        """
        if self.is_same.all() or not self.is_same.any():
            return None
        served, wrong = self._grid(self.is_same), self._grid(~self.is_same)
        allowed = np.argwhere(wrong <= most_wrong)
        if not len(allowed):
            return None
        rank = np.lexsort(
            (
                allowed[:, 0],
                allowed[:, 1],
                -wrong[tuple(allowed.T)],
                served[tuple(allowed.T)],
            )
        )
        row, column = allowed[rank[-1]]
        return self._cell(served, wrong, row, column)

    def frontier(self) -> list[Point]:
        """What is best at each share of wrong answers, from none to all: no setting serves more for less."""
        served, wrong = self._grid(self.is_same), self._grid(~self.is_same)
        order = np.lexsort((-served.ravel(), wrong.ravel()))
        most = np.maximum.accumulate(served.ravel()[order])
        cells = order[np.flatnonzero(np.diff(most, prepend=-1))]
        return [self._cell(served, wrong, *np.unravel_index(cell, served.shape)) for cell in cells]

    def _confidences(self) -> Floats:
        return CONFIDENCES if self.has_confidence else ONE_CONFIDENCE

    def _grid(self, side: NDArray[np.bool_]) -> Counts:
        """How many pairs of a side each setting serves: rows by threshold, columns by confidence."""
        confidences = self._confidences()
        # The strictest setting that each pair still passes; from there on down it passes all.
        rows = np.searchsorted(FINE_THRESHOLDS, self.similarity[side], side="right") - 1
        columns = np.searchsorted(confidences, self.confidence[side], side="right") - 1
        counts = np.zeros((len(FINE_THRESHOLDS), len(confidences)), np.int64)
        passes = (rows >= 0) & (columns >= 0)
        np.add.at(counts, (rows[passes], columns[passes]), 1)
        summed: Counts = counts[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
        return summed

    def _cell(self, served: Counts, wrong: Counts, row: np.intp, column: np.intp) -> Point:
        threshold, least = float(FINE_THRESHOLDS[row]), float(self._confidences()[column])
        return self._point(threshold, least, int(served[row, column]), int(wrong[row, column]))

    def _point(self, threshold: float, min_confidence: float, served: int, wrong: int) -> Point:
        same = int(np.count_nonzero(self.is_same))
        return Point(threshold, min_confidence, Share(served, same), Share(wrong, len(self.is_same) - same))


def curve_of(
    similarity: Sequence[float], confidence: Sequence[float], is_same: Sequence[bool], *, has_confidence: bool
) -> Curve:
    return Curve(
        np.array(similarity, np.float64),
        np.array(confidence, np.float64),
        np.array(is_same, np.bool_),
        has_confidence,
    )
