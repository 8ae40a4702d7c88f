"""The circuit breaker, by a clock that stands still."""

import pytest

from askonce.engine.redis.breaker import Breaker
from askonce.errors import EngineUnavailable


class Monotonic:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_it_opens_after_failures_in_a_row_and_refuses_at_once() -> None:
    breaker = Breaker(failures=2, pause_s=1, monotonic=Monotonic())
    breaker.failed()
    breaker.ask()
    breaker.failed()

    with pytest.raises(EngineUnavailable):
        breaker.ask()


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker = Breaker(failures=2, pause_s=1, monotonic=Monotonic())
    breaker.failed()
    breaker.succeeded()
    breaker.failed()

    breaker.ask()


def test_after_a_pause_one_call_finds_out_and_the_others_are_refused() -> None:
    monotonic = Monotonic()
    breaker = Breaker(failures=1, pause_s=1, monotonic=monotonic)
    breaker.failed()
    monotonic.at += 1

    breaker.ask()
    with pytest.raises(EngineUnavailable):
        breaker.ask()


def test_it_closes_when_the_call_that_found_out_succeeded() -> None:
    monotonic = Monotonic()
    breaker = Breaker(failures=1, pause_s=1, monotonic=monotonic)
    breaker.failed()
    monotonic.at += 1
    breaker.ask()
    breaker.succeeded()

    breaker.ask()
    breaker.ask()
