"""Holding keys to their pace, in memory: a restart forgives what was spent."""

from collections.abc import Callable
from typing import TypeAlias

from askonce.errors import RateExceeded
from askonce.model.key import Key
from askonce.model.pace import Allowance

TellAllowance: TypeAlias = Callable[[Allowance], None]

MOST_REMEMBERED = (
    10_000  # Keys; beyond it those that have rested are forgotten, which changes nothing for them.
)


class Paces:
    def __init__(self) -> None:
        self._spent_until_ms: dict[str, float] = {}

    def spend(self, key: Key, now_ms: int, tell: TellAllowance) -> None:
        """Raises `RateExceeded` if the key asks faster than it may; such a request spends nothing.

        What is left to a key that has a pace is told first, so that a refusal can be answered with it too.
        """
        pace = key.pace
        if pace is None:
            return
        verdict = pace.ask(self._spent_until_ms.get(key.id, 0.0), now_ms)
        tell(pace.allowance(verdict.spent_until_ms, now_ms))
        if not verdict.is_let_in:
            raise RateExceeded(pace.per_second, wait_ms=verdict.wait_ms)
        self._spent_until_ms[key.id] = verdict.spent_until_ms
        if len(self._spent_until_ms) > MOST_REMEMBERED:
            self._forget_rested(now_ms)

    def _forget_rested(self, now_ms: int) -> None:
        self._spent_until_ms = {
            key_id: until for key_id, until in self._spent_until_ms.items() if until > now_ms
        }
