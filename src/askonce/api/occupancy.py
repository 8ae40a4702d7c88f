"""Requests under way, and room for those of caches that have few: a noisy cache must not shut others out."""

from collections import Counter

RESERVED = 8  # One place in so many, on top, for caches that hold no more than as many themselves.


class Occupancy:
    """`limit` requests at once; beyond it an eighth more, each of a cache that has less than that under way.

    Whoever makes ids up gains nothing by it: those places are few, and bounded.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._reserve = limit // RESERVED
        self._by_cache: Counter[str] = Counter()
        self._all = 0

    def __len__(self) -> int:
        return self._all

    def enter(self, cache_id: str) -> bool:
        """Whether there is room; if so, it is taken until `leave`."""
        if self._all >= self._limit and not self._is_spared(cache_id):
            return False
        self._by_cache[cache_id] += 1
        self._all += 1
        return True

    def leave(self, cache_id: str) -> None:
        self._all -= 1
        self._by_cache[cache_id] -= 1
        if not self._by_cache[cache_id]:
            del self._by_cache[cache_id]

    def _is_spared(self, cache_id: str) -> bool:
        return self._all < self._limit + self._reserve and self._by_cache[cache_id] < self._reserve
