"""How a text longer than the model's window becomes one vector: overlapping windows, pooled. Nothing is cut.

Invariant: every token stands in a window, and counts once in the weights. So a change anywhere in a text
changes its vector, and no part of a text speaks louder than its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askonce.embed.vectors import unit
from askonce.ports import Vector

# A quarter of the window. A sentence has some 25 tokens: what a window's edge cuts in two stands whole, with
# what goes before it, in the next window. It costs a third more work than none; see docs/decisions/0005.
OVERLAP = 64


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens from `start` to before `end`; `new` of them stood in no window before this one."""

    start: int
    end: int
    new: int


def windows(tokens: int, size: int) -> list[Window]:
    """Windows of at most `size` tokens over a text of `tokens`, in order."""
    found: list[Window] = []
    start = covered = 0
    while covered < tokens:
        end = min(start + size, tokens)
        found.append(Window(start, end, end - covered))
        covered, start = end, end - OVERLAP
    return found


def pooled(vectors: Sequence[Vector], over: Sequence[Window]) -> Vector:
    """The mean of the windows' vectors, weighted by the tokens that each was first to cover, as a unit
    vector.
    """
    return unit(np.average(np.stack(vectors), axis=0, weights=[window.new for window in over]))
