"""The Redis engine: entries are hashes, one index for each life of a cache finds them, nothing is kept here.

Any number of processes may use one Redis. What a process remembers (which life a cache is in) is only ever a
guess, which Redis confirms in the same round trip (`lives.py`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from askonce.engine.embedded.check import CheckReport
from askonce.engine.redis import queries
from askonce.engine.redis.browse import Browsing
from askonce.engine.redis.check import Check
from askonce.engine.redis.connection import Connection, IndexGone, NoQueryEngine, read
from askonce.engine.redis.ledger import REMOVE, TRIM
from askonce.engine.redis.lives import TRIES, Lives
from askonce.engine.redis.lookup import Lookup
from askonce.engine.redis.names import Names
from askonce.engine.redis.options import Options
from askonce.engine.redis.puts import Puts, told
from askonce.engine.redis.removal import Removal
from askonce.engine.redis.scripts import MOVED
from askonce.engine.redis.uses import Uses
from askonce.engine.similarity import checked_unit
from askonce.errors import EngineUnavailable, StartRefused
from askonce.model.attributes import Attributes
from askonce.model.bounds import UNBOUNDED, Bounds, Size
from askonce.model.browsing import Selection
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Kept, Page, Vector


class RedisEngine:
    """Satisfies `KeptEngine`. Used in one event loop; connects when first asked."""

    def __init__(self, options: Options) -> None:
        self._connection = Connection(options)
        self._names = Names(options.key_prefix)
        self._lives = Lives(self._connection, self._names, options)
        self._lookup = Lookup(self._lives)
        self._uses = Uses(self._connection, self._names, self._lives)
        self._puts = Puts(self._connection, self._names, self._lives, self._uses)
        self._browsing = Browsing(self._connection, self._names, self._lives)
        self._removal = Removal(self._connection, self._names, self._lives)
        # Whoever removes by attributes counts all that is there, as on the embedded engine.
        self._removing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def close(self) -> None:
        await self._puts.close()
        await self._uses.close()
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

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        kept = None if vector is None else checked_unit(vector)
        await self._puts.put(cache_id, entry, kept, bounds)

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        self._uses.note(self._names.slot(cache_id), entries)

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        slot = self._names.slot(cache_id)
        await self._uses.settle_renewed(slot)
        return await self._lookup.exact(slot, prompt, scope, limit, now_ms)

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        slot, asked = self._names.slot(cache_id), checked_unit(vector)
        await self._uses.settle_renewed(slot)
        return await self._lookup.nearest(slot, asked, scope, floor, limit, now_ms)

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        slot = self._names.slot(cache_id)
        await self._uses.settle(slot)
        for _ in range(TRIES):
            life = self._lives.known(slot) or await self._lives.now(slot)
            if life is None:
                return False
            keys = [*self._names.ledger(slot, life.generation), self._names.meta(slot)]
            values = (self._names.entries(slot, life.generation), life.generation, entry_id, now_ms)
            # Not repeated: the second time would say that there was nothing to remove.
            removed = await self._connection.change(REMOVE, keys, values, is_repeatable=False)
            if removed != MOVED:
                return bool(removed)
            self._lives.forget(slot)
        raise EngineUnavailable("The cache changed under the removal again and again.")

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        slot = self._names.slot(cache_id)
        await self._uses.settle(slot)
        async with self._removing[cache_id]:
            return await self._removal.matching(slot, attributes, now_ms)

    async def flush(self, cache_id: str) -> None:
        await self._removal.flush(cache_id)

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        slot = self._names.slot(cache_id)
        await self._uses.settle_renewed(slot)
        return await self._browsing.page(slot, selection, after, limit, now_ms)

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        slot = self._names.slot(cache_id)
        await self._uses.settle_renewed(slot)
        return await self._browsing.one(slot, entry_id, now_ms)

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        slot = self._names.slot(cache_id)
        await self._uses.settle_renewed(slot)
        life = await self._lives.now(slot)
        if life is None:
            return Size(0, 0)
        totals, *_, ends, sizes = self._names.ledger(slot, life.generation)
        replies = await self._connection.ask_all(
            ("HLEN", sizes), ("ZCOUNT", ends, "-inf", now_ms), ("HGET", totals, "bytes")
        )
        entries, over, size = (int(read(reply) or 0) for reply in replies)
        return Size(max(0, entries - over), size)

    async def cache_ids(self) -> Sequence[str]:
        caches = await self._connection.ask(("SMEMBERS", self._names.caches))
        return [each.decode() for each in caches]

    async def sweep(self, now_ms: int) -> int:
        await self._uses.settle_all()
        return await self._removal.sweep(now_ms)

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        if bounds.max_entries is None and bounds.max_bytes is None:
            return 0
        slot = self._names.slot(cache_id)
        await self._uses.settle(slot)
        life = await self._lives.now(slot)
        if life is None:
            return 0
        values = (self._names.entries(slot, life.generation), now_ms, *told(bounds))
        keys = self._names.ledger(slot, life.generation)
        # Not repeated: the second time would say that there was nothing to evict.
        return int(await self._connection.change(TRIM, keys, values, is_repeatable=False))

    async def check(self, now_ms: int) -> CheckReport:
        """Hold every entry and index against their promises; reads everything."""
        return await Check(self._connection, self._names, self._lives, now_ms).run(await self.cache_ids())

    async def ping(self) -> None:
        await self._connection.ask(("PING",))
