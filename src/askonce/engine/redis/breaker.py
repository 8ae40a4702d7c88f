"""A circuit breaker: a Redis that does not answer costs each request microseconds, not a timeout.

Invariant: while it is open, at most one call in `pause_s` reaches Redis, to find out whether it is back.
"""

import time
from collections.abc import Callable

from askonce.errors import EngineUnavailable

FAILURES = 3  # In a row. One may be a dropped connection, and the pool makes another.
PAUSE_S = 0.5  # How much later than Redis we are back. A probe costs a dead Redis nothing.


class Breaker:
    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._failures = 0
        self._no_call_before = 0.0  # The first call after it is the probe.

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most

    def ask(self) -> None:
        """Raises `EngineUnavailable` if Redis is not to be asked now."""
        if not self.is_open:
            return
        now = self._monotonic()
        if now < self._no_call_before:
            raise EngineUnavailable("Redis does not answer; it is asked again in a moment.")
        self._no_call_before = now + self._pause_s

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._no_call_before = self._monotonic() + self._pause_s
