"""The Redis engine: entries are hashes, one index for each life of a cache finds them, nothing is kept here.

Any number of processes may use one Redis. What a process remembers (which life a cache is in) is only ever a
guess, which Redis confirms in the same round trip (`lives.py`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from askonce.engine.embedded.check import CheckReport
from askonce.engine.redis import queries
from askonce.engine.redis.check import Check
from askonce.engine.redis.connection import Connection, IndexGone, NoQueryEngine
from askonce.engine.redis.lives import TRIES, Lives
from askonce.engine.redis.lookup import Lookup
from askonce.engine.redis.names import Names
from askonce.engine.redis.options import Options
from askonce.engine.redis.removal import Removal
from askonce.engine.redis.rows import hash_fields
from askonce.engine.redis.scripts import MOVED, PUT, REMOVE
from askonce.engine.similarity import checked_unit
from askonce.errors import EngineUnavailable, StartRefused
from askonce.model.attributes import Attributes
from askonce.model.bounds import Size
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Vector

MEASURED = 10_000  # Entries whose bytes are summed; a larger cache is estimated from so many of its entries.


class RedisEngine:
    """Satisfies `Engine`, `Inventory` and `Upkeep`. Used in one event loop; connects when first asked."""

    def __init__(self, options: Options) -> None:
        self._connection = Connection(options)
        self._names = Names(options.key_prefix)
        self._lives = Lives(self._connection, self._names, options)
        self._lookup = Lookup(self._lives)
        self._removal = Removal(self._connection, self._names, self._lives)
        # Whoever removes by attributes counts all that is there, as on the embedded engine.
        self._removing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def close(self) -> None:
        await self._lives.close()
        await self._connection.close()

    async def refuse_other_servers(self) -> None:
        """Raises `StartRefused` if there is no query engine, `EngineUnavailable` if nothing answers."""
        try:
            await self._connection.ask(queries.describe(self._names.caches))
        except IndexGone:
            return  # There is no index of that name, and something that knows it.
        except NoQueryEngine as error:
            raise StartRefused(str(error)) from error

    async def put(self, cache_id: str, entry: Entry, vector: Vector | None) -> None:
        kept = None if vector is None else checked_unit(vector)
        slot, fields = self._names.slot(cache_id), hash_fields(entry, kept)
        ends = "" if entry.expires_at_ms is None else entry.expires_at_ms
        for _ in range(TRIES):
            life = await self._lives.to_write(cache_id, 0 if kept is None else len(kept))
            keys = [self._names.meta(slot), self._names.entries(slot, life.generation) + entry.id]
            values = (life.generation, life.index, ends, *fields)
            # Twice the same put is the same put.
            if await self._connection.change(PUT, keys, values, is_repeatable=True) != MOVED:
                return
            self._lives.forget(slot)
        raise EngineUnavailable("The cache changed under the set again and again.")

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        return await self._lookup.exact(self._names.slot(cache_id), prompt, scope, limit, now_ms)

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        asked = checked_unit(vector)
        return await self._lookup.nearest(self._names.slot(cache_id), asked, scope, floor, limit, now_ms)

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        slot = self._names.slot(cache_id)
        for _ in range(TRIES):
            life = self._lives.known(slot) or await self._lives.now(slot)
            if life is None:
                return False
            keys = [self._names.meta(slot), self._names.entries(slot, life.generation) + entry_id]
            values = (life.generation, now_ms)
            # Not repeated: the second time would say that there was nothing to remove.
            removed = await self._connection.change(REMOVE, keys, values, is_repeatable=False)
            if removed != MOVED:
                return bool(removed)
            self._lives.forget(slot)
        raise EngineUnavailable("The cache changed under the removal again and again.")

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        async with self._removing[cache_id]:
            return await self._removal.matching(self._names.slot(cache_id), attributes, now_ms)

    async def flush(self, cache_id: str) -> None:
        await self._removal.flush(cache_id)

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        slot = self._names.slot(cache_id)
        ask = self._lives.search
        described = await ask(slot, lambda life: queries.describe(life.index))
        over = await ask(slot, lambda life: queries.count(life.index, queries.over_by(now_ms)))
        sums = await ask(slot, lambda life: queries.sum_bytes(life.index, MEASURED))
        if described is None or over is None or sums is None:
            return Size(0, 0)
        entries, _ = queries.read_description(described)
        measured_bytes, measured = queries.read_sums(sums)
        estimated = measured_bytes if measured == 0 else measured_bytes * max(entries, measured) // measured
        return Size(max(0, entries - queries.read_count(over)), estimated)

    async def cache_ids(self) -> Sequence[str]:
        caches = await self._connection.ask(("SMEMBERS", self._names.caches))
        return [each.decode() for each in caches]

    async def sweep(self, now_ms: int) -> int:
        return await self._removal.sweep(now_ms)

    async def check(self, now_ms: int) -> CheckReport:
        """Hold every entry and index against their promises; reads everything."""
        return await Check(self._connection, self._names, self._lives, now_ms).run(await self.cache_ids())

    async def ping(self) -> None:
        await self._connection.ask(("PING",))
