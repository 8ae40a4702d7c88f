"""The slots of an index: small numbers, each for one version of an entry, used again after it is removed.

Invariants:

* A slot is visible from `show` to `hide`; before and after its expiry is `HIDDEN`.
* A hidden slot rests until every search that began before is over. Only then is it given out again, so that
  nobody ever compares a row which is being written over, or takes one entry for another.

* `last_use` and `frequency` of a slot that shows only ever grow.

Not locked: the index that owns it is.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded.effects import FIRST_FREQUENCY
from askonce.engine.embedded.vectors import Slots

HIDDEN = np.iinfo(np.int64).min  # Over at every time there is.
_FOREVER = np.iinfo(np.int64).max


class Mark(NamedTuple):
    """What a slot knows of its entry beside when it is over. `version` tells one version of an entry from its
    others; `last_use` of None: its set.
    """

    version: int = 0
    last_use: int | None = None
    frequency: int = FIRST_FREQUENCY


UNMARKED = Mark()


class Hit(NamedTuple):
    """What a hit has met: the entry's seq, and how often it was used by now."""

    seq: int
    frequency: int


class ShownUses(NamedTuple):
    """Of the slots that show, one number each in the order of `slots`; the reader's own copies."""

    slots: Slots
    seqs: NDArray[np.int64]
    last_use: NDArray[np.int64]
    frequency: NDArray[np.int64]


class SlotTable:
    def __init__(self) -> None:
        self._seqs: NDArray[np.int64] = np.zeros(16, np.int64)
        self._expiry: NDArray[np.int64] = np.full(16, HIDDEN, np.int64)
        self._versions: NDArray[np.int64] = np.zeros(16, np.int64)  # Of the entry's id and its making.
        self._last_use: NDArray[np.int64] = np.zeros(16, np.int64)
        self._frequency: NDArray[np.int64] = np.zeros(16, np.int64)
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
            self._seqs = _doubled(self._seqs)
            self._expiry = np.concatenate((self._expiry, np.full_like(self._expiry, HIDDEN)))
            self._versions = _doubled(self._versions)
            self._last_use = _doubled(self._last_use)
            self._frequency = _doubled(self._frequency)
        self._top += 1
        return self._top - 1

    def show(self, slot: int, seq: int, expires_at_ms: int | None, mark: Mark = UNMARKED) -> None:
        self._seqs[slot] = seq
        self._versions[slot] = mark.version
        self._last_use[slot] = seq if mark.last_use is None else mark.last_use
        self._frequency[slot] = mark.frequency
        self._expiry[slot] = _FOREVER if expires_at_ms is None else expires_at_ms

    def use(self, slot: int, moment: int, expires_at_ms: int | None) -> Hit:
        """A hit, after which it lives till then."""
        self._last_use[slot] = moment
        self._frequency[slot] += 1
        if expires_at_ms is not None:
            self._expiry[slot] = max(int(self._expiry[slot]), expires_at_ms)
        return Hit(self.seq(slot), self.frequency(slot))

    def is_version(self, slot: int, version: int) -> bool:
        return bool(self._versions[slot] == version)

    def use_of(self, slot: int, seq: int) -> tuple[int, int] | None:
        """Last use and frequency, if that entry shows in the slot."""
        if self._seqs[slot] != seq or self._expiry[slot] == HIDDEN:
            return None
        return int(self._last_use[slot]), int(self._frequency[slot])

    def frequency(self, slot: int) -> int:
        return int(self._frequency[slot])

    def shown_uses(self) -> ShownUses:
        slots = np.flatnonzero(self._expiry[: self._top] != HIDDEN)
        return ShownUses(slots, self._seqs[slots], self._last_use[slots], self._frequency[slots])

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


def _doubled(column: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate((column, np.zeros_like(column)))
