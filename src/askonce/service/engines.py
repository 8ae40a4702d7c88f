"""Which engine keeps which cache: each says so once, at its creation, by its `databaseId`.

Invariant: what one engine can not do fails the caches that it keeps, and never those of another.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from askonce.errors import EngineUnavailable, Refusal, UnknownCache
from askonce.model.attributes import Attributes
from askonce.model.bounds import UNBOUNDED, Bounds, Size
from askonce.model.browsing import Selection
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Catalog, Engine, Holdings, Inventory, Kept, Page, Upkeep, Vector

log = logging.getLogger(__name__)


class Holder(Inventory, Holdings, Protocol):
    """What an engine gives to those who administer."""


class KeptEngine(Engine, Holder, Upkeep, Protocol):
    """Everything a server needs of an engine."""


Kind = TypeVar("Kind", bound=Holder)


class Inventories(Generic[Kind]):
    """Satisfies `Inventory` and `Holdings`, over every engine there is."""

    def __init__(self, by_database: Mapping[str, Kind], catalog: Catalog) -> None:
        self._by_database = by_database
        self._catalog = catalog
        self._known: dict[str, str] = {}  # A cache stays where it is for life.

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        return await (await self.of(cache_id)).size_of(cache_id, now_ms)

    async def cache_ids(self) -> Sequence[str]:
        """Without those of an engine that does not answer."""
        found: list[str] = []
        for engine in self._each():
            try:
                found += await engine.cache_ids()
            except EngineUnavailable as error:
                log.warning("an engine does not tell what it holds", extra={"reason": str(error)})
        return found

    async def flush(self, cache_id: str) -> None:
        """Also of a cache that the catalog knows no more, wherever something is left of it."""
        if await self._database_of(cache_id) is not None:
            await (await self.of(cache_id)).flush(cache_id)
            return
        for engine in self._each():
            if cache_id in await engine.cache_ids():
                await engine.flush(cache_id)

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        await (await self.of(cache_id)).put(cache_id, entry, vector, bounds)

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        return await (await self.of(cache_id)).remove(cache_id, entry_id, now_ms)

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        return await (await self.of(cache_id)).browse(cache_id, selection, after, limit, now_ms)

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        return await (await self.of(cache_id)).read(cache_id, entry_id, now_ms)

    async def of(self, cache_id: str) -> Kind:
        """The engine that keeps the cache. Raises `EngineUnavailable` if this server has no such engine."""
        name = await self._database_of(cache_id)
        if name is None:
            raise UnknownCache(cache_id)
        engine = self._by_database.get(name)
        if engine is None:
            raise EngineUnavailable(f"This server has no engine {name!r}; the cache is kept there.")
        return engine

    def _each(self) -> Sequence[Kind]:
        """Once each: one of them may stand under two names."""
        return list(dict.fromkeys(self._by_database.values()))

    async def _database_of(self, cache_id: str) -> str | None:
        known = self._known.get(cache_id)
        if known is None:
            cache = await self._catalog.find_cache(cache_id)
            if cache is None:
                return None
            known = self._known[cache_id] = cache.database
        return known


class Engines(Inventories[KeptEngine]):
    """Satisfies `KeptEngine`."""

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        """Whoever was served has searched, so it is known where."""
        engine = self._by_database.get(self._known.get(cache_id, ""))
        if engine is not None:
            engine.note_hits(cache_id, entries)

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        return await (await self.of(cache_id)).exact(cache_id, prompt, scope, limit, now_ms)

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        return await (await self.of(cache_id)).nearest(cache_id, vector, scope, floor, limit, now_ms)

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        return await (await self.of(cache_id)).remove_matching(cache_id, attributes, now_ms)

    async def sweep(self, now_ms: int) -> int:
        """A step of each, also where another one fails."""
        count, failure = 0, None
        for engine in self._each():
            try:
                count += await engine.sweep(now_ms)
            except Refusal as error:
                failure = error
        if failure is not None and not count:
            raise failure
        return count

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        return await (await self.of(cache_id)).trim(cache_id, bounds, now_ms)

    async def ping(self) -> None:
        """Raises `EngineUnavailable` if any of them does not answer."""
        await asyncio.gather(*(engine.ping() for engine in self._each()))
