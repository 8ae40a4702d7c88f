"""How fast a key may ask: so many requests a second, and so many at once after a rest.

The rule is a token bucket in the form of GCRA: all that is remembered of a key is one moment, up to which its
requests have been spent (`spent_until_ms`). A request is let in while that moment is less than a burst ahead.
"""

from dataclasses import dataclass
from math import ceil, floor

MAX_PER_SECOND = 1_000_000  # Far above what one process serves; a larger number is a typing mistake.
LEAST_PER_SECOND = 0.001  # One in a quarter of an hour; less is a key that should be revoked.
MAX_BURST = 1_000_000
TOLERANCE_MS = 1e-3  # What additions of float milliseconds since the epoch may be wrong by.


@dataclass(frozen=True, slots=True)
class Pace:
    per_second: float
    burst: int

    @property
    def window_s(self) -> int:
        """After so many seconds of rest a whole burst is free again."""
        return max(1, ceil(self.burst / self.per_second))

    def ask(self, spent_until_ms: float, now_ms: int) -> "Verdict":
        """Whether a request is let in, of a key that has spent its requests up to `spent_until_ms`."""
        each_ms = 1_000 / self.per_second
        begins_ms = max(spent_until_ms, float(now_ms))
        wait_ms = begins_ms - now_ms - (self.burst - 1) * each_ms
        if wait_ms > TOLERANCE_MS:
            return Verdict(False, spent_until_ms, ceil(wait_ms - TOLERANCE_MS))
        return Verdict(True, begins_ms + each_ms, 0)

    def allowance(self, spent_until_ms: float, now_ms: int) -> "Allowance":
        """What a key that has spent its requests up to `spent_until_ms` may still ask."""
        each_ms = 1_000 / self.per_second
        ahead_ms = max(0.0, spent_until_ms - now_ms)
        left = floor((self.burst * each_ms - ahead_ms + TOLERANCE_MS) / each_ms)
        left = min(max(left, 0), self.burst)
        more_in_ms = ahead_ms - (self.burst - left - 1) * each_ms
        return Allowance(self.burst, self.window_s, left, max(1, ceil((more_in_ms - TOLERANCE_MS) / 1_000)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`spent_until_ms` is to be remembered; `wait_ms` is when a refused request would be let in."""

    is_let_in: bool
    spent_until_ms: float
    wait_ms: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """`left` of `quota` requests may be asked now, and one more in `more_in_s`; all of them again after
    `window_s` seconds of rest.
    """

    quota: int
    window_s: int
    left: int
    more_in_s: int
