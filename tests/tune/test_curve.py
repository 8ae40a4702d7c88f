"""The arithmetic of a measurement, on pairs few enough to count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askonce.tune.curve import NEVER, Curve, curve_of
from askonce.tune.shares import Share, least_sample

SHARES = st.floats(0, 1)


def few() -> Curve:
    return curve_of(
        similarity=[0.95, 0.90, 0.85, 0.95, 0.80, NEVER],
        confidence=[0.90, 0.60, 0.90, 0.70, NEVER, NEVER],
        is_same=[True, True, True, False, False, False],
        has_confidence=True,
    )


def counts(curve: Curve, threshold: float, least: float) -> tuple[int, int]:
    point = curve.at(threshold, least)
    return point.served.count, point.wrong.count


def test_a_pair_is_served_from_its_own_similarity_and_confidence_down() -> None:
    assert counts(few(), 0.95, 0.0) == (1, 1)
    assert counts(few(), 0.9500001, 0.0) == (0, 0)
    assert counts(few(), 0.0, 0.9) == (2, 0)
    assert counts(few(), 0.0, 0.0) == (3, 1)


def test_a_vetoed_pair_is_served_at_no_setting() -> None:
    assert all(point.wrong.count <= 1 for point in few().by_threshold(0.0))
    assert all(point.wrong.count <= 1 for point in few().by_confidence(0.0))


def test_the_best_setting_serves_most_under_the_cap_and_is_the_strictest_that_does() -> None:
    none_wrong, some_wrong = few().best(0.01), few().best(0.34)

    assert none_wrong is not None
    assert (none_wrong.served.count, none_wrong.wrong.count) == (2, 0)
    assert (none_wrong.threshold, none_wrong.min_confidence) == (0.85, 0.9)
    assert some_wrong is not None
    assert (some_wrong.served.count, some_wrong.wrong.count) == (3, 1)
    assert (some_wrong.threshold, some_wrong.min_confidence) == (0.85, 0.6)


def test_without_both_sides_there_is_no_best_setting() -> None:
    only_same = curve_of([0.9], [1.0], [True], has_confidence=False)

    assert only_same.best(0.5) is None
    assert only_same.at(0.5, 0).wrong.value is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(SHARES, SHARES, st.booleans()), min_size=1, max_size=30), SHARES)
def test_what_the_grid_finds_is_what_counting_finds(
    pairs: list[tuple[float, float, bool]], cap: float
) -> None:
    curve = curve_of(*zip(*pairs, strict=True), has_confidence=True)
    best = curve.best(cap)

    found = curve.frontier()
    assert all(curve.at(point.threshold, point.min_confidence) == point for point in found)
    if best is not None:
        assert curve.at(best.threshold, best.min_confidence) == best
        assert best.wrong.count <= cap * best.wrong.of + 1e-6
        assert best.served.count == max(
            (each.served.count for each in found if each.wrong.count <= cap * each.wrong.of + 1e-9), default=0
        )


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 20, 0.0, 0.1611), (1, 100, 0.0018, 0.0545), (50, 100, 0.4038, 0.5962)],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert list(Share(count, of).interval) == pytest.approx([low, high], abs=1e-4)


def test_nothing_is_known_of_nothing() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.001, 0.5))
def test_the_least_sample_is_the_first_that_could_show_the_cap(cap: float) -> None:
    least = least_sample(cap)

    assert Share(0, least).interval[1] <= cap + 1e-9
    assert Share(0, least - 1).interval[1] > cap
