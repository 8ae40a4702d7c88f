import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from askonce.embed.vectors import unit
from askonce.embed.windows import OVERLAP, Window, pooled, windows

counts = st.integers(min_value=1, max_value=5_000)
sizes = st.integers(min_value=OVERLAP + 1, max_value=512)


def test_a_text_that_fits_is_one_window() -> None:
    assert windows(254, 254) == [Window(0, 254, 254)]


def test_a_text_one_token_longer_is_two_windows_that_overlap() -> None:
    assert windows(255, 254) == [Window(0, 254, 254), Window(254 - OVERLAP, 255, 1)]


@given(counts, sizes)
def test_every_token_is_in_a_window_and_counts_once(tokens: int, size: int) -> None:
    found = windows(tokens, size)

    assert {at for window in found for at in range(window.start, window.end)} == set(range(tokens))
    assert sum(window.new for window in found) == tokens


@given(counts, sizes)
def test_no_window_is_larger_than_the_model_s_nor_without_something_new(tokens: int, size: int) -> None:
    found = windows(tokens, size)

    assert all(window.end - window.start <= size and window.new > 0 for window in found)


def test_vectors_are_pooled_by_what_each_window_was_first_to_cover() -> None:
    east, north = unit([1, 0]), unit([0, 1])

    vector = pooled([east, north], [Window(0, 4, 4), Window(2, 5, 3)])

    np.testing.assert_allclose(vector, [0.8, 0.6], rtol=1e-6)
