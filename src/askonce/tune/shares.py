"""Shares of a count, and how sure a sample makes one of them."""

from dataclasses import dataclass
from math import ceil, sqrt

Z = 1.96  # 95 %: the usual bound, and what the tables of others are given with.


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing, which is no share."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of all questions lies, with 95 % confidence: Wilson's interval.

        It holds for small samples and shares near 0, where the usual ± does not: none wrong of 20 may well be
        one of 6.
        """
        if not self.of:
            return 0.0, 1.0
        share, spread = self.count / self.of, Z * Z / self.of
        middle = (share + spread / 2) / (1 + spread)
        around = Z * sqrt(share * (1 - share) / self.of + spread / self.of / 4) / (1 + spread)
        # At the ends the formula is exact and its arithmetic is not.
        low = 0.0 if self.count == 0 else max(0.0, middle - around)
        return low, 1.0 if self.count == self.of else min(1.0, middle + around)


def least_sample(cap: float) -> int:
    """How many pairs of other questions it takes, with none of them served, to be sure of `cap`."""
    return ceil(Z * Z * (1 - cap) / cap)
