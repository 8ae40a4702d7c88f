"""One pair of vectors, one similarity."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from askonce.engine.similarity import similarities


def unit_rows(seed: int, count: int, dimensions: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, dimensions))
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@given(some.integers(0, 10**6), some.integers(1, 70), some.sampled_from([1, 3, 8, 31, 384, 1536]))
def test_a_row_has_the_same_similarity_alone_and_in_any_company(
    seed: int, count: int, dimensions: int
) -> None:
    rows, query = unit_rows(seed, count, dimensions), unit_rows(seed + 1, 1, dimensions)[0]
    together = similarities(rows, query)
    strided = similarities(np.asfortranarray(rows)[::-1], query)[::-1]

    assert together.tolist() == strided.tolist()
    assert together.tolist() == [similarities(row[np.newaxis], query)[0] for row in rows]


@given(some.integers(0, 10**6), some.sampled_from([1, 3, 8, 384, 1536]))
def test_it_is_symmetric_and_one_for_itself_and_zero_for_its_opposite(seed: int, dimensions: int) -> None:
    one, other = unit_rows(seed, 2, dimensions)

    assert similarities(one[np.newaxis], other)[0] == similarities(other[np.newaxis], one)[0]
    assert similarities(one[np.newaxis], one)[0] == 1.0
    assert similarities(one[np.newaxis], -one)[0] == 0.0


def test_a_row_of_zeros_passes_no_threshold() -> None:
    query = unit_rows(1, 1, 8)[0]

    assert not similarities(np.zeros((1, 8), np.float32), query)[0] >= 0.0


def test_a_similarity_that_looks_like_a_threshold_is_that_threshold() -> None:
    query = np.array([1.0, 0.0], np.float32)
    for threshold in (0.1, 0.7, 0.85, 0.9, 0.95):
        cosine = 2 * threshold - 1
        row = np.array([[cosine, np.sqrt(1 - cosine**2)]], np.float32)

        assert similarities(row, query)[0] == threshold
