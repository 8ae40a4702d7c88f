"""Who of a cache is evicted next, by its policy, without ever ordering all of it.

One look over the indexes picks the few percent that are next in line (numpy selects them in a millisecond at
100,000 entries); evictions take them one by one, and the next look comes when they are used up. So an
eviction costs microseconds however large the cache is, a hit costs nothing here, and an entry 24 bytes of
memory, where an ordered structure of Python objects takes 200.

Why a line that was picked a while ago gives the policy's own victim: a use only ever raises an entry's key.
So nobody outside the line gets ahead of it, and whoever in it was used since is found so when their turn
comes, and stands back. Only newcomers may begin below its end (LFU); they join the line when they show.

Invariant: every entry that shows and whose key is at most `_end` is in `_line`, under that key or a former
one. Within a transaction the store is ahead of the indexes: what it put is in `_unshown`, what it removed is
still proposed here and found missing by the caller.
"""

import heapq
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded.index import Index
from askonce.engine.embedded.slots import ShownUses
from askonce.model.bounds import EvictionPolicy

# A look costs 50 microseconds however few entries there are, and about 10 nanoseconds an entry: shared among
# so many evictions neither shows.
FEWEST_AHEAD = 256
SHARE_AHEAD = 64  # One entry in so many.

Key: TypeAlias = tuple[int, int]  # What the policy goes by, then the seq: among equals the oldest goes first.
_BEFORE_ALL: Key = (-1, -1)


class Victims:
    """Used by the writer alone."""

    def __init__(self, policy: EvictionPolicy) -> None:
        self.policy = policy
        self._line: list[tuple[int, int, int, Index]] = []  # A heap: the key, and the slot in its index.
        self._end = _BEFORE_ALL
        self._unshown: list[Key] = []  # A heap: put in the transaction under way.
        self._taken: set[int] = set()  # By the transaction under way.
        self._is_used_up = False  # A look in this transaction has found nobody.

    def put(self, seq: int, frequency: int) -> None:
        heapq.heappush(self._unshown, (self._rank(seq, seq, frequency), seq))

    def show(self, index: Index, slot: int, seq: int, last_use: int, frequency: int) -> None:
        """An entry that was put shows in its index now."""
        key = (self._rank(seq, last_use, frequency), seq)
        if key <= self._end:
            heapq.heappush(self._line, (*key, slot, index))

    def settle(self) -> None:
        """The transaction is over and the indexes show what it did."""
        self._unshown.clear()
        self._taken.clear()
        self._is_used_up = False

    def next(self, indexes: Sequence[Index]) -> Key | None:
        """Take the next in line; None if nobody is left."""
        self._settle_first(indexes)
        if self._line and (not self._unshown or self._line[0][:2] < self._unshown[0]):
            rank, seq, _, _ = heapq.heappop(self._line)
            self._taken.add(seq)
            return rank, seq
        return heapq.heappop(self._unshown) if self._unshown else None

    def _settle_first(self, indexes: Sequence[Index]) -> None:
        """See to it that the first in line stands there by the key it has now."""
        while self._line or self._look(indexes):
            rank, seq, slot, index = self._line[0]
            use = index.use_of(slot, seq)
            key = None if use is None else (self._rank(seq, *use), seq)
            if key == (rank, seq):
                return
            heapq.heappop(self._line)
            if key is not None and key <= self._end:
                heapq.heappush(self._line, (*key, slot, index))

    def _look(self, indexes: Sequence[Index]) -> bool:
        """Pick those who are next in line; False if there is nobody."""
        if self._is_used_up:
            return False
        shown = [(index, index.shown_uses()) for index in indexes]
        count = max(FEWEST_AHEAD, sum(len(uses.seqs) for _, uses in shown) // SHARE_AHEAD)
        picked = (one for index, uses in shown for one in self._first_of(index, uses, count))
        self._line = sorted(picked)[:count]
        self._end = self._line[-1][:2] if self._line else _BEFORE_ALL
        self._is_used_up = not self._line
        return bool(self._line)

    def _first_of(self, index: Index, uses: ShownUses, count: int) -> list[tuple[int, int, int, Index]]:
        ranks = self._ranks(uses)
        left = np.arange(len(ranks))
        if self._taken:
            left = left[~np.isin(uses.seqs, list(self._taken))]
        picked = left[_lowest(ranks[left], uses.seqs[left], count)]
        columns = (column[picked].tolist() for column in (ranks, uses.seqs, uses.slots))
        return [(rank, seq, slot, index) for rank, seq, slot in zip(*columns, strict=True)]

    def _rank(self, seq: int, last_use: int, frequency: int) -> int:
        match self.policy:
            case EvictionPolicy.LRU:
                return last_use
            case EvictionPolicy.LFU:
                return frequency
            case _:
                return seq

    def _ranks(self, uses: ShownUses) -> NDArray[np.int64]:
        match self.policy:
            case EvictionPolicy.LRU:
                return uses.last_use
            case EvictionPolicy.LFU:
                return uses.frequency
            case _:
                return uses.seqs


def _lowest(ranks: NDArray[np.int64], seqs: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The places of the `count` lowest, by rank and then by seq, in no order."""
    if len(ranks) <= count:
        return np.arange(len(ranks))
    limit = np.partition(ranks, count - 1)[count - 1]
    below, ties = np.flatnonzero(ranks < limit), np.flatnonzero(ranks == limit)
    needed = count - len(below)
    return np.concatenate((below, ties[np.argpartition(seqs[ties], needed - 1)[:needed]]))
