"""The slots of an index: small numbers, each for one version of an entry, used again after it is removed.

Invariants:

* A slot is visible from `show` to `hide`; before and after its expiry is `HIDDEN`.
* A hidden slot rests until every search that began before is over. Only then is it given out again, so that
  nobody ever compares a row which is being written over, or takes one entry for another.

Not locked: the index that owns it is.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded.vectors import Slots

HIDDEN = np.iinfo(np.int64).min  # Over at every time there is.
_FOREVER = np.iinfo(np.int64).max


class SlotTable:
    def __init__(self) -> None:
        self._seqs: NDArray[np.int64] = np.zeros(16, np.int64)
        self._expiry: NDArray[np.int64] = np.full(16, HIDDEN, np.int64)
        self._top = 0  # Slots from here on were never used.
        self._free: list[int] = []
        self._resting: deque[tuple[int, int]] = deque()  # (the first search that can not have seen it, slot)
        self._searches: dict[int, None] = {}  # Under way, oldest first.
        self._next_search = 0
        self.hidden_so_far = 0

    def take(self) -> int:
        """A slot that nobody can see."""
        if self._free:
            return self._free.pop()
        if self._top == len(self._seqs):
            self._seqs = np.concatenate((self._seqs, np.zeros_like(self._seqs)))
            self._expiry = np.concatenate((self._expiry, np.full_like(self._expiry, HIDDEN)))
        self._top += 1
        return self._top - 1

    def show(self, slot: int, seq: int, expires_at_ms: int | None) -> None:
        self._seqs[slot] = seq
        self._expiry[slot] = _FOREVER if expires_at_ms is None else expires_at_ms

    def hide(self, slot: int) -> None:
        self._expiry[slot] = HIDDEN
        self.hidden_so_far += 1
        self._resting.append((self._next_search, slot))

    def take_rested(self) -> list[int]:
        """Slots whose rest is over. The caller clears what belongs to them, then gives them to `free`."""
        oldest = next(iter(self._searches), self._next_search)
        rested = []
        while self._resting and self._resting[0][0] <= oldest:
            rested.append(self._resting.popleft()[1])
        return rested

    def free(self, slots: list[int]) -> None:
        self._free.extend(slots)

    def begin_search(self) -> int:
        search = self._next_search
        self._next_search += 1
        self._searches[search] = None
        return search

    def end_search(self, search: int) -> None:
        del self._searches[search]

    def live(self, slots: Slots, now_ms: int) -> Slots:
        """Those of `slots` that show and are not over."""
        return slots[self._expiry[slots] > now_ms]

    def is_live(self, slot: int, now_ms: int) -> bool:
        return bool(self._expiry[slot] > now_ms)

    def seq(self, slot: int) -> int:
        return int(self._seqs[slot])

    def seqs(self, slots: Slots) -> NDArray[np.int64]:
        return self._seqs[slots]

    def expiry(self, slots: Slots) -> NDArray[np.int64]:
        return self._expiry[slots]

    @property
    def ever_used(self) -> int:
        """How many slots there are: what memory is taken for."""
        return self._top

    def count_live(self, now_ms: int) -> int:
        return int(np.count_nonzero(self._expiry[: self._top] > now_ms))

    def live_seqs(self, now_ms: int) -> NDArray[np.int64]:
        """Of every slot that shows and is not over. Needs no lock: what shows since before the call and until
        its end is in the answer; of what changes meanwhile a number may be there or not.
        """
        # The arrays only grow, and before the top does; so they reach as far as this.
        top = self._top
        expiry, seqs = self._expiry[:top], self._seqs[:top]
        live: NDArray[np.int64] = seqs[expiry > now_ms]
        return live

    def shown_seqs(self) -> list[int]:
        shown: list[int] = self._seqs[: self._top][self._expiry[: self._top] != HIDDEN].tolist()
        return shown
