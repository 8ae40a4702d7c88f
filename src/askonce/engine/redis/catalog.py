"""The catalog in Redis: caches, keys and the audit log, for servers that share them.

What is small and changes seldom is kept whole: an image of the very tables that catalog.db has, in one field
of a hash, so that every rule of a change is the one that the data directory has (`catalog_caches`,
`catalog_keys`), run in memory and then put in the place of the image that it began with, or begun again if
that is no longer the image. Acts are no part of the image: they go to a list, in the same script.

Invariants:

* Each call asks Redis for the version first and answers from memory if it is the known one: 30 bytes, and no
  call misses what another process did before it.
* A version is a random name, so a change whose answer was lost can be sent again: it is done once.
"""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from askonce.engine.embedded.catalog import CATALOG, Snapshot, read_snapshot
from askonce.engine.embedded.catalog_acts import add_act
from askonce.engine.embedded.catalog_caches import change_cache, insert_cache, read_dropped, remove_cache
from askonce.engine.embedded.catalog_keys import change_key, put_key, revoke_key, rotate_key
from askonce.engine.embedded.database import migrate, refusal
from askonce.engine.redis.connection import Argument, Connection
from askonce.engine.redis.names import Names
from askonce.engine.redis.options import Options
from askonce.engine.redis.scripts import COMMIT_CATALOG, MOVED
from askonce.errors import EngineUnavailable
from askonce.model.audit import Act, Caller
from askonce.model.cache import Cache
from askonce.model.key import Key

T = TypeVar("T")

TRIES = 50  # Of a change that others keep overtaking; each time one of them gets on.
PAGE_BYTES = 1_024  # Two dozen tables and indexes, most of them nearly empty, begin with a page each.
_WHERE = Path("the catalog in Redis")  # What a refusal calls it.


class RedisCatalog:
    """Satisfies `Catalog`, `Register`, `Keyring`, `KeyRegister` and `UsageStore`. Of one event loop."""

    def __init__(self, options: Options) -> None:
        names = Names(options.key_prefix)
        self._connection = Connection(options)
        self._key, self._acts, self._usage = names.catalog, names.acts, names.usage
        self._version: str | None = None
        self._image = b""
        self._snapshot = Snapshot({}, {})
        self._changing = asyncio.Lock()  # Our own changes need not overtake each other.

    async def close(self) -> None:
        await self._connection.close()

    async def caches(self) -> Sequence[Cache]:
        return list((await self._current()).caches.values())

    async def find_cache(self, cache_id: str) -> Cache | None:
        return (await self._current()).caches.get(cache_id)

    async def add_cache(self, cache: Cache, act: Act) -> None:
        """Refused if there is a cache of this id."""
        await self._change(lambda tables: insert_cache(tables, cache, act))

    async def change_cache(self, cache_id: str, change: Callable[[Cache], tuple[Cache, Act]]) -> Cache:
        return await self._change(lambda tables: change_cache(tables, cache_id, change))

    async def remove_cache(self, cache_id: str, act: Act, *, keeps_entries: bool) -> None:
        await self._change(lambda tables: remove_cache(tables, cache_id, act, keeps_entries=keeps_entries))

    async def dropped(self) -> Sequence[str]:
        await self._current()
        with closing(_opened(self._image)) as tables:
            return read_dropped(tables)

    async def record(self, act: Act) -> None:
        await self._change(lambda tables: add_act(tables, act))

    async def acts(self, before: int | None, limit: int) -> Sequence[tuple[int, Act]]:
        """Positions count from 1, in the order of the list."""
        count = int(await self._connection.ask(("LLEN", self._acts)))
        last = count if before is None else min(count, before - 1)
        first = max(1, last - limit + 1)
        if last < first:
            return []
        told = await self._connection.ask(("LRANGE", self._acts, first - 1, last - 1))
        return [(first + place, _act_of(one)) for place, one in enumerate(told)][::-1]

    async def find_key(self, digest: bytes) -> Key | None:
        return (await self._current()).key_of(digest)

    async def find_key_and_cache(self, digest: bytes, cache_id: str) -> tuple[Key | None, Cache | None]:
        snapshot = await self._current()
        return snapshot.key_of(digest), snapshot.caches.get(cache_id)

    async def keys(self) -> Sequence[Key]:
        return (await self._current()).each_key_once()

    async def add_key(self, key: Key, act: Act) -> None:
        await self._change(lambda tables: put_key(tables, key, act))

    async def change_key(self, known: Key, change: Callable[[Key], tuple[Key, Act]]) -> Key:
        return await self._change(lambda tables: change_key(tables, known, change))

    async def rotate_key(self, known: Key, digest: bytes, former_until_ms: int, act: Act) -> Key:
        return await self._change(lambda tables: rotate_key(tables, known, digest, former_until_ms, act))

    async def revoke_key(self, known: Key, act: Act) -> None:
        await self._change(lambda tables: revoke_key(tables, known, act))

    async def last_used(self) -> Mapping[str, int]:
        told = await self._connection.ask(("HGETALL", self._usage))
        return {name.decode(): int(at) for name, at in zip(told[::2], told[1::2], strict=True)}

    async def keep(self, used: Mapping[str, int]) -> None:
        """What another server keeps a moment later may be a moment earlier: people read it by the day."""
        pairs = [part for pair in used.items() for part in pair]
        if pairs:
            await self._connection.ask(("HSET", self._usage, *pairs))

    async def _current(self) -> Snapshot:
        version = _text(await self._connection.ask(("HGET", self._key, "version")))
        if version != self._version or self._version is None:
            await self._load()
        return self._snapshot

    async def _load(self) -> None:
        version, image = await self._connection.ask(("HMGET", self._key, "version", "image"))
        with closing(_opened(image or b"")) as tables:
            # Both together, and without a pause between them.
            self._version, self._image = _text(version), image or b""
            self._snapshot = read_snapshot(tables)

    async def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        async with self._changing:
            for _ in range(TRIES):
                await self._current()
                with closing(_opened(self._image)) as tables:
                    result, image, acts = _changed(tables, change)
                values: list[Argument] = [self._version or "", secrets.token_hex(8), image, *acts]
                keys = [self._key, self._acts]
                told = await self._connection.change(COMMIT_CATALOG, keys, values, is_repeatable=True)
                if told != MOVED:
                    return result
        raise EngineUnavailable("The catalog was changed by others again and again.")


def _opened(image: bytes) -> sqlite3.Connection:
    """The tables in memory, brought up to date."""
    tables = sqlite3.connect(":memory:", isolation_level=None)
    tables.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    if image:
        tables.deserialize(image)
    migrate(tables, _WHERE, CATALOG)
    # In a file these keep acts from being changed. Here acts only pass through, on their way to the list.
    for trigger in ("acts_stay", "acts_hold"):
        tables.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    return tables


def _changed(
    tables: sqlite3.Connection, change: Callable[[sqlite3.Connection], T]
) -> tuple[T, bytes, list[str]]:
    """What `change` returns, the image that it leaves, and its acts."""
    try:
        result = change(tables)
        rows = tables.execute("SELECT at_ms, who, address, what, subject, details FROM acts").fetchall()
        tables.execute("DELETE FROM acts")
        return result, tables.serialize(), [json.dumps(row) for row in rows]
    except sqlite3.Error as error:
        raise refusal(error) from error


def _act_of(told: bytes) -> Act:
    at_ms, who, address, what, subject, details = json.loads(told)
    return Act(at_ms, Caller(who, address), what, subject, json.loads(details))


def _text(told: bytes | None) -> str | None:
    return None if told is None else told.decode()
