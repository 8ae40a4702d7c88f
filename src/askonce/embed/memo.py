"""Remembers the vectors of the texts embedded lately: a search and the set after it embed a prompt once.

Invariants:

* What comes back is what the embedder gave for exactly this text: the key is the whole text, not a digest of
  it.
* A failure is never kept. None is: that the model can not read a text is as lasting as a vector.
* Callers of one text at one time share one embedding. A caller who leaves does not end it for the others;
  when the last has left, it is cancelled.
"""

import asyncio
import sys
from collections import OrderedDict
from dataclasses import dataclass

from askonce.model.cache import Fingerprint
from askonce.ports import Embedder, Vector

# 10,000 questions of 60 characters with vectors of 384 dimensions take 20 MB. The bound is for the longer
# ones.
MOST_BYTES = 67_108_864
ENTRY_BYTES = 260  # The place in the table and the objects' own heads: bench/embedder_measure.py says 258.


@dataclass(frozen=True, slots=True)
class _Kept:
    """The size is kept too: Python may change what it says of a text's size, and the sum has to come out
    even.
    """

    vector: Vector | None
    size: int


@dataclass(slots=True)
class _Flight:
    """An embedding under way and the number of callers that wait for it."""

    task: asyncio.Task[Vector | None]
    waiting: int = 0


class Memo:
    """`embedder`, and at most `entries` texts and `most_bytes` remembered; the longest unused go."""

    def __init__(self, embedder: Embedder, *, entries: int = 10_000, most_bytes: int = MOST_BYTES) -> None:
        self._embedder = embedder
        self._most_entries = entries
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._flights: dict[str, _Flight] = {}

    @property
    def fingerprint(self) -> Fingerprint:
        return self._embedder.fingerprint

    async def embed(self, text: str) -> Vector | None:
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text].vector
        flight = self._flights.get(text)
        if flight is None:
            flight = self._flights[text] = self._take_off(text)
        flight.waiting += 1
        try:
            # Without the shield, one caller's cancellation would reach the embedding that the others wait
            # for.
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                # At once, not when the task has ended: a caller who comes in between needs a new one.
                self._land(text, flight)

    def _take_off(self, text: str) -> _Flight:
        flight = _Flight(asyncio.create_task(self._embedder.embed(text)))

        def landed(task: asyncio.Task[Vector | None]) -> None:
            self._land(text, flight)
            # Asking for the exception also marks it as seen, where the last caller left in that very moment.
            if not task.cancelled() and task.exception() is None:
                self._keep(text, task.result())

        flight.task.add_done_callback(landed)
        return flight

    def _land(self, text: str, flight: _Flight) -> None:
        if self._flights.get(text) is flight:
            del self._flights[text]

    def _keep(self, text: str, vector: Vector | None) -> None:
        if vector is not None:
            vector.setflags(write=False)
        size = ENTRY_BYTES + sys.getsizeof(text) + (0 if vector is None else vector.nbytes)
        # There may be one already: a flight that was given up can end all the same, after the next one.
        if text in self._kept or size > self._most_bytes:
            return
        self._kept[text] = _Kept(vector, size)
        self._bytes += size
        while len(self._kept) > self._most_entries or self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size
