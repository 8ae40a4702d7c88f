"""Administering caches: what there is, what it holds, and every change, each with its act in the audit log.

Invariant: a cache that was deleted together with its entries never shows one of them again, whatever was
under way or crashed: the catalog remembers that they are to go until the engine has none (`clear_dropped`).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from askonce.errors import EngineUnavailable, UnknownCache
from askonce.model.audit import Act, Caller, Details
from askonce.model.bounds import Size
from askonce.model.cache import Cache, Fingerprint
from askonce.ports import Catalog, Clock, Inventory, NearMissLog, Register
from askonce.service.caches import Caches, CacheSpec, configuration
from askonce.service.usage import Usage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheReport:
    """A cache and how it is. `database` is the name of its engine for people; `failure` says why searches by
    meaning fail in it; None where they do not.
    """

    cache: Cache
    database: str
    size: Size
    last_used_ms: int | None
    failure: str | None


class Control:
    def __init__(
        self,
        catalog: Catalog,
        register: Register,
        caches: Caches,
        inventory: Inventory,
        usage: Usage,
        clock: Clock,
        near_miss_log: NearMissLog | None = None,
    ) -> None:
        self._catalog = catalog
        self._near_miss_log = near_miss_log
        self._register = register
        self._caches = caches
        self._inventory = inventory
        self._usage = usage
        self._clock = clock

    @property
    def embedders(self) -> Mapping[str, Fingerprint]:
        return self._caches.embedders

    @property
    def databases(self) -> Mapping[str, str]:
        """Every engine by its `databaseId`, with its name for people."""
        return self._caches.databases

    async def reports(self) -> list[CacheReport]:
        return [await self._report(cache) for cache in await self._catalog.caches()]

    async def report(self, cache_id: str) -> CacheReport:
        return await self._report(await self._find(cache_id))

    async def create(self, spec: CacheSpec, by: Caller) -> Cache:
        return await self._caches.create(spec, by=by)

    async def change(self, cache_id: str, edit: Callable[[Cache], Cache], by: Caller) -> CacheReport:
        """`edit` may run in another thread, and raises `InvalidRequest` for what it does not take."""

        def change(cache: Cache) -> tuple[Cache, Act]:
            edited = edit(cache)
            return edited, self._act(by, "cache.update", cache_id, _differences(cache, edited))

        return await self._report(await self._register.change_cache(cache_id, change))

    async def remove(self, cache_id: str, by: Caller, *, flush: bool) -> None:
        """The catalog first: from then on nobody is let in, and a crash before the flush is mended later."""
        act = self._act(by, "cache.delete", cache_id, {"flush": flush})
        await self._register.remove_cache(cache_id, act, keeps_entries=not flush)
        if flush:
            try:
                await self._empty(cache_id)
            except EngineUnavailable:
                # The cache is gone all the same, and nobody is let in to its entries: `clear_dropped`.
                log.warning("the entries of a deleted cache wait to be cleared", extra={"cache_id": cache_id})

    async def flush(self, cache_id: str, by: Caller) -> None:
        await self._find(cache_id)
        # Before the deed: a crash in between leaves an act too many, not a deed that nobody knows of.
        await self._register.record(self._act(by, "cache.flush", cache_id))
        await self._empty(cache_id)

    async def _empty(self, cache_id: str) -> None:
        await self._inventory.flush(cache_id)
        # Whoever empties a cache does not expect its prompts in a log beside it.
        if self._near_miss_log is not None:
            self._near_miss_log.forget(cache_id)

    async def acts(self, before: int | None, limit: int) -> Sequence[tuple[int, Act]]:
        return await self._register.acts(before, limit)

    async def _find(self, cache_id: str) -> Cache:
        cache = await self._catalog.find_cache(cache_id)
        if cache is None:
            raise UnknownCache(cache_id)
        return cache

    async def _report(self, cache: Cache) -> CacheReport:
        size = await self._inventory.size_of(cache.id, self._clock.now_ms())
        database = self.databases.get(cache.database, cache.database)
        last_used_ms = self._usage.last_used_ms(cache.id)
        return CacheReport(cache, database, size, last_used_ms, self._failure(cache))

    def _failure(self, cache: Cache) -> str | None:
        today = self._caches.fingerprint_of(cache.embedder)
        if today == cache.fingerprint:
            return None
        what = "is not in the settings" if today is None else f"is now {today}"
        return (
            f"The cache was filled by the embedder {cache.embedder!r}: {cache.fingerprint}. That name {what}."
        )

    def _act(self, by: Caller, what: str, subject: str, details: Details | None = None) -> Act:
        return Act(self._clock.now_ms(), by, what, subject, details or {})


async def clear_dropped(register: Register, inventory: Inventory) -> None:
    """Flush what is left of caches that were deleted with their entries: a set that was under way may write
    after the flush, and a crash may come before it.
    """
    held = set(await inventory.cache_ids())
    for cache_id in await register.dropped():
        if cache_id in held:
            await inventory.flush(cache_id)


async def clear_dropped_for_ever(register: Register, inventory: Inventory, *, interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await clear_dropped(register, inventory)
        except Exception:
            log.exception("clearing removed caches failed")


def _differences(before: Cache, after: Cache) -> Details:
    was = configuration(before)
    return {name: value for name, value in configuration(after).items() if was[name] != value}
