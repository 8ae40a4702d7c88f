"""Taking many entries out, in steps that each keep Redis from others for a moment only.

Invariant: every entry is counted by the one script that removed it, so that counts are right however many
remove at the same time, and whoever writes meanwhile.
"""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from askonce.engine.redis import queries
from askonce.engine.redis.connection import Argument, Command, Connection, IndexGone
from askonce.engine.redis.ledger import REMOVE_SOME, SWEEP
from askonce.engine.redis.lives import Life, Lives
from askonce.engine.redis.names import Names
from askonce.engine.redis.scripts import FLUSH, NOTE
from askonce.model.attributes import Attributes
from askonce.model.entry import NO_CONTEXT
from askonce.model.tokens import scope_tokens

BATCH = 200  # docs/scale.md tells how long Redis takes for one.
# Caches that one sweep looks at for entries that are over. Redis removes those by itself; this is for what
# its sampling leaves, for clocks that do not agree, and for the ledger, which Redis does not know.
LOOKED_AT = 8


class Removal:
    def __init__(self, connection: Connection, names: Names, lives: Lives) -> None:
        self._connection = connection
        self._names = names
        self._lives = lives
        self._to_look_at: deque[str] = deque()

    async def matching(self, slot: str, attributes: Attributes, now_ms: int) -> int:
        """Remove what carries all of `attributes` and was put before now; the number of live ones."""
        last = await self._connection.ask(("HGET", self._names.meta(slot), "seq"))
        if last is None:
            return 0
        query = f"{queries.carrying(scope_tokens(attributes, NO_CONTEXT))} {queries.put_up_to(int(last))}"
        count = 0
        async for keys in self._batches(slot, query.removeprefix(f"{queries.EVERYTHING} ")):
            prefix, _, first = keys[0].rpartition(":")  # All of one life, be it the present one or not.
            ids = [first, *(key.rpartition(":")[2] for key in keys[1:])]
            values: list[Argument] = [f"{prefix}:", now_ms, int(last), *ids]
            ledger = self._names.ledger(slot, prefix.rpartition(":")[2])
            count += int(await self._connection.change(REMOVE_SOME, ledger, values, is_repeatable=False))
        return count

    async def _batches(self, slot: str, query: str) -> AsyncIterator[Sequence[str]]:
        """Keys that match, until none does. Whoever takes a batch removes it before the next."""
        offset, has_given = 0, False
        while True:
            keys, nameless = await self._some_keys(slot, query, offset)
            if keys:
                has_given = True
                yield keys
            elif not nameless:
                if not (has_given and offset):
                    return
                # Those that were stepped over may be gone by now, and others have taken their places.
                offset, has_given = 0, False
                continue
            offset += nameless

    async def _some_keys(self, slot: str, query: str, offset: int) -> tuple[list[str], int]:
        def command(life: Life) -> Command:
            return queries.some_keys(life.index, query, offset, BATCH)

        reply = await self._lives.search(slot, command)
        return ([], 0) if reply is None else queries.read_keys(reply)

    async def flush(self, cache_id: str) -> None:
        """The note is written before and after: a process that ends in between leaves a name too many, which
        `sweep` takes out, and never one too few.
        """
        slot = self._names.slot(cache_id)
        await self._connection.ask(("SREM", self._names.caches, cache_id.encode("utf-8")))
        await self._note_flushed(slot)
        keys = [self._names.meta(slot), self._names.retired(slot)]
        await self._connection.change(FLUSH, keys, (), is_repeatable=True)
        await self._note_flushed(slot)
        self._lives.forget(slot)

    async def _note_flushed(self, slot: str) -> None:
        await self._connection.change(NOTE, [self._names.flushed], (slot,), is_repeatable=True)

    async def sweep(self, now_ms: int) -> int:
        return await self._sweep_flushed() + await self._sweep_over(now_ms)

    async def _sweep_flushed(self) -> int:
        """A batch of what some flushed cache left; at the end of a life, its index."""
        told = await self._connection.ask(("SRANDMEMBER", self._names.flushed))
        if told is None:
            return 0
        slot = told.decode()
        retired = self._names.retired(slot)
        first = await self._connection.ask(("LINDEX", retired, 0))
        if first is None:
            await self._connection.ask(("SREM", self._names.flushed, slot))
            return 0
        generation, index = first.decode().split(" ")
        try:
            reply = await self._connection.ask(queries.some_keys(index, queries.EVERYTHING, 0, BATCH))
            keys, nameless = queries.read_keys(reply)
        except IndexGone:
            keys, nameless = await self._keys_by_name(slot, generation), 0
        if keys:
            return int(await self._connection.ask(("UNLINK", *keys)))
        if not nameless:
            with suppress(IndexGone):
                await self._connection.ask(queries.drop(index))
            await self._connection.ask(("UNLINK", *self._names.ledger(slot, generation)))
            await self._connection.ask(("LREM", retired, 1, first))
        return 0

    async def _keys_by_name(self, slot: str, generation: str) -> list[str]:
        """Without an index there is only a walk through all that Redis holds."""
        prefix = self._names.entries(slot, generation)
        cursor: bytes | int = 0
        while True:
            command = ("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", 1_000)
            cursor, found = await self._connection.ask(command)
            if found or int(cursor) == 0:
                return [key.decode() for key in found]

    async def _sweep_over(self, now_ms: int) -> int:
        """A batch from each of the next few caches."""
        if not self._to_look_at:
            caches = await self._connection.ask(("SMEMBERS", self._names.caches))
            self._to_look_at.extend(self._names.slot(each.decode()) for each in caches)
        count = 0
        for _ in range(min(LOOKED_AT, len(self._to_look_at))):
            slot = self._to_look_at.popleft()
            life = self._lives.known(slot) or await self._lives.now(slot)
            if life is not None:
                ledger = self._names.ledger(slot, life.generation)
                values = (self._names.entries(slot, life.generation), now_ms)
                count += int(await self._connection.change(SWEEP, ledger, values, is_repeatable=True))
        return count
