"""`askonce check` in Redis: every entry read and held against its promises, each index against its entries.

Reads in steps, and servers may go on meanwhile: a count that differs is told if the index stood still.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from askonce.engine.embedded.check import MOST_PROBLEMS, CheckReport
from askonce.engine.redis import queries
from askonce.engine.redis.connection import Connection, read
from askonce.engine.redis.lives import Life, Lives
from askonce.engine.redis.names import Names
from askonce.engine.redis.rows import ALONE, IN_CONTEXT, STORED, stored, tokens_field, vector_field
from askonce.model.entry import entry_id

STEP = 500  # Keys of one SCAN; Redis takes a moment for each, whatever it holds.
_READ = (*STORED, "tokens", ALONE, IN_CONTEXT)


class Check:
    def __init__(self, connection: Connection, names: Names, lives: Lives, now_ms: int) -> None:
        self._connection = connection
        self._names = names
        self._lives = lives
        self._now_ms = now_ms
        self._entries = self._over = self._without_vector = 0
        self._problems: list[str] = []

    async def run(self, cache_ids: Sequence[str]) -> CheckReport:
        for cache_id in cache_ids:
            slot = self._names.slot(cache_id)
            life = await self._lives.now(slot)
            if life is not None:
                await self._cache(cache_id, slot, life)
        # What was flushed has no name any more that this could begin from; `sweep` takes it out.
        problems = tuple(self._problems[:MOST_PROBLEMS])
        return CheckReport(self._entries, self._over, 0, self._without_vector, problems)

    async def _cache(self, cache_id: str, slot: str, life: Life) -> None:
        before, count = await self._indexed(slot), 0
        prefix, ids = self._names.entries(slot, life.generation), []
        async for key, fields in self._each(prefix):
            count += 1
            ids.append(key.rpartition(b":")[2].decode(errors="replace"))
            self._problems += [f"cache {cache_id}, {what}" for what in self._faults(key, fields, life)]
        self._entries += count
        if await self._indexed(slot) == before != count:
            self._problems.append(f"cache {cache_id}: the index shows {before} of {count} entries")
        sizes = self._names.ledger(slot, life.generation)[-1]
        for first in range(0, len(ids), STEP):
            async for each in self._not_in_ledger(prefix, sizes, ids[first : first + STEP]):
                self._problems.append(f"cache {cache_id}, entry {each}: it counts for no bound")

    async def _not_in_ledger(self, prefix: str, sizes: str, ids: Sequence[str]) -> AsyncIterator[str]:
        """Looked at twice: what is missing may have been removed a moment ago."""
        known = await self._connection.ask(("HMGET", sizes, *ids))
        for missing in [each for each, size in zip(ids, known, strict=True) if size is None]:
            replies = await self._connection.ask_all(
                ("HEXISTS", sizes, missing), ("EXISTS", prefix + missing)
            )
            stands, is_there = (int(read(reply)) for reply in replies)
            if is_there and not stands:
                yield missing

    async def _indexed(self, slot: str) -> int:
        reply = await self._lives.search(slot, lambda life: queries.describe(life.index))
        return 0 if reply is None else queries.read_description(reply)[0]

    async def _each(self, prefix: str) -> AsyncIterator[tuple[bytes, Mapping[str, bytes | None]]]:
        """Every entry below `prefix`, once, also where Redis names a key twice."""
        cursor, seen = b"0", set[bytes]()
        while True:
            command = ("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", STEP)
            cursor, keys = await self._connection.ask(command)
            fresh = [key for key in keys if key not in seen]
            seen.update(fresh)
            if fresh:
                replies = await self._connection.ask_all(*(("HMGET", key, *_READ) for key in fresh))
                for key, reply in zip(fresh, replies, strict=True):
                    fields = dict(zip(_READ, read(reply), strict=True))
                    if any(value is not None for value in fields.values()):  # Else it went a moment ago.
                        yield key, fields
            if int(cursor) == 0:
                return

    def _faults(self, key: bytes, fields: Mapping[str, bytes | None], life: Life) -> list[str]:
        name = f"entry {key.rpartition(b':')[2].decode(errors='replace')}"
        flat = [
            part for pair in fields.items() if pair[1] is not None for part in (pair[0].encode(), pair[1])
        ]
        try:
            entry, vector = (known := stored(key, flat)).entry, known.vector
        except (KeyError, ValueError) as error:
            return [f"{name}: it can not be read ({type(error).__name__})"]
        self._over += entry.is_over(self._now_ms)
        self._without_vector += vector is None
        tokens = tokens_field(entry).encode()
        holds = {
            "its id is not that of its question": entry.id
            == entry_id(entry.prompt, entry.attributes, entry.context),
            "its tokens are not those of its question": fields["tokens"] == tokens,
            "its vector is not of the cache's length": vector is None or len(vector) == life.dimensions,
            "its vector is where searches in its context do not look": vector is None
            or fields[vector_field(entry.context)] is not None,
        }
        return [f"{name}: {what}" for what, is_so in holds.items() if not is_so]
