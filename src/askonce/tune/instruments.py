"""What a measurement is made with: a server's embedder and judge, and the similarity of its engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askonce.ports import Embedder, Judge, Vector

# The similarity of each row of float32 to a vector, from 0 to 1. It comes from outside since it is the
# engine's: a measurement that computed its own would measure something else.
Similarities: TypeAlias = Callable[[NDArray[np.float32], Vector], NDArray[np.float64]]

Progress: TypeAlias = Callable[[str, int, int], None]  # What is done, how many of them, of how many.


@dataclass(frozen=True, slots=True)
class Instruments:
    """`judge_model` names the judge's model down to its weights: what a kept judgement depends on."""

    embedder: Embedder
    judge: Judge
    judge_model: str
    similarities: Similarities
