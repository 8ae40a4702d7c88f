"""A pace against a bucket that is filled drop by drop."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from askonce.model.pace import Allowance, Pace

# Rates of which each request takes whole milliseconds, so that the model needs no tolerance.
PACES = st.builds(
    lambda each_ms, burst: Pace(1_000 / each_ms, burst), st.sampled_from([1, 4, 50, 1_000]), st.integers(1, 9)
)
PAUSES = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 5_000)), max_size=60)
START_MS = 1_767_225_600_000


class Bucket:
    """Full at first; a request takes a whole drop."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.drops = Fraction(pace.burst)

    def wait(self, ms: int) -> None:
        per_ms = Fraction(round(self.pace.per_second * 1_000), 1_000_000)
        self.drops = min(Fraction(self.pace.burst), self.drops + ms * per_ms)

    def take(self) -> bool:
        if self.drops < 1:
            return False
        self.drops -= 1
        return True


@given(PACES, PAUSES)
def test_it_lets_in_what_the_bucket_holds(pace: Pace, pauses: list[int]) -> None:
    bucket, spent, now_ms = Bucket(pace), 0.0, START_MS
    for pause in pauses:
        now_ms += pause
        bucket.wait(pause)
        verdict = pace.ask(spent, now_ms)
        spent = verdict.spent_until_ms

        assert verdict.is_let_in == bucket.take()


@given(st.floats(0.01, 5_000), st.integers(1, 50), PAUSES)
def test_no_span_of_time_sees_more_than_a_burst_and_the_rate(
    per_second: float, burst: int, pauses: list[int]
) -> None:
    pace, spent, now_ms, let_in = Pace(per_second, burst), 0.0, START_MS, []
    for pause in pauses:
        now_ms += pause
        verdict = pace.ask(spent, now_ms)
        spent = verdict.spent_until_ms
        if verdict.is_let_in:
            let_in.append(now_ms)

    for first, begin in enumerate(let_in):
        for last, end in enumerate(let_in[first:], first):
            assert last - first + 1 <= burst + per_second * (end - begin) / 1_000 + 0.01


@given(st.floats(0.01, 5_000), st.integers(1, 20))
def test_who_waits_as_long_as_was_said_is_let_in_and_not_before(per_second: float, burst: int) -> None:
    pace, spent = Pace(per_second, burst), 0.0
    for _ in range(burst):
        spent = pace.ask(spent, START_MS).spent_until_ms
    refused = pace.ask(spent, START_MS)

    assert not refused.is_let_in
    assert pace.ask(refused.spent_until_ms, START_MS + refused.wait_ms).is_let_in
    assert not pace.ask(refused.spent_until_ms, START_MS + refused.wait_ms - 1).is_let_in


def test_a_clock_that_goes_back_lets_nobody_in_twice() -> None:
    pace = Pace(1, 1)
    spent = pace.ask(0.0, START_MS).spent_until_ms

    assert not pace.ask(spent, START_MS - 5_000).is_let_in


@given(PACES, PAUSES)
def test_what_is_left_is_what_would_be_let_in_now(pace: Pace, pauses: list[int]) -> None:
    spent, now_ms = 0.0, START_MS
    for pause in pauses:
        now_ms += pause
        spent = pace.ask(spent, now_ms).spent_until_ms
        allowance = pace.allowance(spent, now_ms)

        assert allowance.left == let_in_at_once(pace, spent, now_ms)
        later_ms = now_ms + 1_000 * allowance.more_in_s
        assert let_in_at_once(pace, spent, later_ms) > allowance.left or allowance.left == pace.burst


def let_in_at_once(pace: Pace, spent: float, now_ms: int) -> int:
    for count in range(pace.burst + 1):
        verdict = pace.ask(spent, now_ms)
        if not verdict.is_let_in:
            return count
        spent = verdict.spent_until_ms
    raise AssertionError("More than a burst was let in at once.")


def test_a_clock_that_goes_back_leaves_nothing() -> None:
    pace = Pace(1, 2)
    spent = pace.ask(0.0, START_MS).spent_until_ms

    assert pace.allowance(spent, START_MS - 60_000) == Allowance(2, 2, left=0, more_in_s=60)
