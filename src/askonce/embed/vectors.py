"""Unit vectors. Every vector that leaves an embedder was made here: float32, finite, of length one,
read-only.
"""

import numpy as np
from numpy.typing import ArrayLike

from askonce.ports import Vector

# A shorter sum has no direction worth the name: it is rounding. Models give components around 0.05.
LEAST_LENGTH = 1e-6


def unit(components: ArrayLike) -> Vector:
    """`components` scaled to length one. Raises ValueError if they have no direction: zero, NaN, infinite."""
    exact = np.asarray(components, dtype=np.float64)
    length = float(np.linalg.norm(exact))
    if not np.isfinite(length) or length < LEAST_LENGTH:
        raise ValueError("not the components of a vector with a direction")
    vector = (exact / length).astype(np.float32)
    # The memo gives one array to many callers: none of them may change it under another.
    vector.setflags(write=False)
    return vector
