"""Pages of a cache's entries, for every engine: where a walk stands, and what makes the page.

A position is a number in the order of writing; each engine says which numbers come next and reads them.
Invariant: a page holds a bounded number of bytes, whatever is looked for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askonce.errors import Fault, InvalidRequest
from askonce.model.browsing import Order, Selection
from askonce.ports import Kept, Page

MOST_PAGE_BYTES = 4_194_304  # As much as a body may carry by default; one entry may be more.
_POSITION = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?")
_SEQ_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a walk stands: `seq` was the last looked at. `last` ends one in `OLDEST` order."""

    seq: int
    last: int

    def told(self, order: Order) -> str:
        return f"{self.seq}-{self.last}" if order is Order.OLDEST else str(self.seq)


def begin_or_go_on(after: str | None, order: Order, newest: Callable[[], int]) -> Position:
    """`newest` tells the largest number there is now. Raises `InvalidRequest`."""
    if after is None:
        last = newest() if order is Order.OLDEST else _SEQ_MOST
        return Position(_SEQ_MOST if order is Order.NEWEST else 0, last)
    found = _POSITION.fullmatch(after)
    if found is None or (found[2] is None) == (order is Order.OLDEST):
        message = "cursor must be the nextCursor of a page in the same order."
        raise InvalidRequest([Fault("cursor", "cursor", message)])
    return Position(min(int(found[1]), _SEQ_MOST), int(found[2] or _SEQ_MOST))


class Gathering:
    """One page in the making. `ahead` are the next numbers; the first `most` of them are looked at."""

    def __init__(
        self, selection: Selection, start: Position, ahead: Sequence[int], most: int, limit: int, now_ms: int
    ) -> None:
        self._selection = selection
        self._start = start
        self._ahead = ahead
        self._most = most
        self._limit = limit
        self._now_ms = now_ms
        self._kept: list[Kept] = []
        self._bytes = 0
        self._is_moving = False

    def take(self, seq: int, one: Kept | None) -> Page | None:
        """The page, once it is full. `one` of None: what stood there has gone, or was set again."""
        if one is None:
            self._is_moving = True
            return None
        if one.entry.is_over(self._now_ms) or not self._selection.has(one.entry):
            return None
        self._kept.append(one)
        self._bytes += one.bytes
        if len(self._kept) < self._limit and self._bytes < MOST_PAGE_BYTES:
            return None
        return self._page(seq, is_last=seq == self._ahead[-1])

    def end(self) -> Page:
        """The page when all that was to be looked at was taken."""
        # What is gone may have been set again, and then stands after all that was ahead.
        may_come_again = self._is_moving and self._selection.order is Order.WRITTEN
        is_last = len(self._ahead) <= self._most and not may_come_again
        return self._page(self._ahead[: self._most][-1] if self._ahead else 0, is_last=is_last)

    def _page(self, seq: int, *, is_last: bool) -> Page:
        after = None if is_last else Position(seq, self._start.last).told(self._selection.order)
        return Page(self._kept, after)
