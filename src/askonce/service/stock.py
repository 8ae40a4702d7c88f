"""The entries of a cache, for those who administer it: listed, read, removed, taken out and taken in.

Invariant: of what is taken in at once nothing is stored before all of it has its vector. What is stored is so
durable as a set's, and taking the same in again changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from askonce.errors import EngineUnavailable, UnknownCache, UnknownEntry
from askonce.model.audit import Act, Caller, Details
from askonce.model.browsing import Order, Selection
from askonce.model.cache import Cache
from askonce.model.canonical import canonical
from askonce.model.entry import Entry
from askonce.ports import Catalog, Clock, Holdings, Kept, Page, Register, Vector

TAKEN_OUT_AT_ONCE = 500
MOST_TIMES = 4  # As much as a cache holds is taken out at most, before it is said that there is no end.
EMBEDDED_AT_ONCE = 8  # The questions of searches wait behind so many of ours at most.


class Vectors(Protocol):
    """`Embedding`, or what makes one when it is first needed."""

    async def of(self, text: str, cache: Cache) -> Vector | None: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry to take in. With `is_embedded` the vector is what the cache's own embedder made, which may be
    none.
    """

    entry: Entry
    vector: Vector | None = None
    is_embedded: bool = False


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How many were stored, how many of them embedded anew, and how many were over already."""

    stored: int
    embedded: int
    over: int


class Stock:
    def __init__(
        self, catalog: Catalog, register: Register, holdings: Holdings, vectors: Vectors, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._register = register
        self._holdings = holdings
        self._vectors = vectors
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    async def cache(self, cache_id: str) -> Cache:
        """Raises `UnknownCache`."""
        cache = await self._catalog.find_cache(cache_id)
        if cache is None:
            raise UnknownCache(cache_id)
        return cache

    async def page(self, cache: Cache, selection: Selection, after: str | None, limit: int) -> Page:
        return await self._holdings.browse(cache.id, selection, after, limit, self.now_ms())

    async def entry(self, cache: Cache, entry_id: str) -> Kept:
        kept = await self._holdings.read(cache.id, entry_id, self.now_ms())
        if kept is None:
            raise UnknownEntry(entry_id)
        return kept

    async def remove(self, cache: Cache, entry_id: str, by: Caller) -> None:
        await self.entry(cache, entry_id)
        # Before the deed, as with a flush: rather an act too many than a deed that nobody knows of.
        await self._record(by, "entry.delete", cache, {"entry_id": entry_id})
        if not await self._holdings.remove(cache.id, entry_id, self.now_ms()):
            raise UnknownEntry(entry_id)

    async def begin_to_take_out(self, cache: Cache, by: Caller) -> None:
        await self._record(by, "cache.export", cache, {})

    async def taken_out(self, cache: Cache, expected: int) -> AsyncIterator[Sequence[Kept]]:
        """Every live entry in the order of writing, some at a time; `expected` is about how many. One that is
        set again meanwhile comes again; the later is the one that counts, here as where it is taken in.

        Raises `EngineUnavailable` if it never comes to an end, because others set more than is taken.
        """
        selection = Selection(Order.WRITTEN)
        left = max(expected, TAKEN_OUT_AT_ONCE) * MOST_TIMES
        after: str | None = None
        while left > 0:
            page = await self.page(cache, selection, after, TAKEN_OUT_AT_ONCE)
            yield page.kept
            if page.after is None:
                return
            after = page.after
            left -= len(page.kept)
        raise EngineUnavailable("Entries are set faster than they are taken out.")

    async def take_in(self, cache: Cache, arrivals: Sequence[Arrival], by: Caller) -> TakenIn:
        """Store them in their order, so that among equals the later stays the newer."""
        now_ms = self.now_ms()
        living = [one for one in arrivals if not one.entry.is_over(now_ms)]
        vectors = await self._vectors_of(cache, living)
        await self._record(by, "cache.import", cache, {"entries": len(living)})
        # All at once: they share commits. The engine takes them in the order in which they are handed over.
        puts = (
            self._holdings.put(cache.id, one.entry, vector, cache.bounds)
            for one, vector in zip(living, vectors, strict=True)
        )
        await asyncio.gather(*puts)
        embedded = sum(not one.is_embedded for one in living)
        return TakenIn(len(living), embedded, len(arrivals) - len(living))

    async def _vectors_of(self, cache: Cache, arrivals: Sequence[Arrival]) -> list[Vector | None]:
        turn = asyncio.Semaphore(EMBEDDED_AT_ONCE)

        async def vector_of(one: Arrival) -> Vector | None:
            if one.is_embedded:
                return one.vector
            async with turn:
                return await self._vectors.of(canonical(one.entry.prompt).question, cache)

        tasks = [asyncio.create_task(vector_of(one)) for one in arrivals]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:  # Where one has failed, nobody waits for the others.
                task.cancel()

    async def _record(self, by: Caller, what: str, cache: Cache, details: Details) -> None:
        await self._register.record(Act(self.now_ms(), by, what, cache.id, details))
