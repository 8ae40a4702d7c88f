"""Sets on their way to Redis: those of one cache that came by the same time, in one round trip.

Invariant: what one process puts into a cache arrives in the order in which it was handed over, so that of two
versions of an entry the later stays, and among equals the later is the newer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from askonce.engine.redis.connection import Argument, Connection, Reply, read
from askonce.engine.redis.ledger import PUT
from askonce.engine.redis.lives import TRIES, Life, Lives
from askonce.engine.redis.names import Names
from askonce.engine.redis.rows import hash_fields
from askonce.engine.redis.scripts import FULL, MOVED
from askonce.engine.redis.uses import Uses
from askonce.errors import EngineUnavailable, OutOfSpace, Refusal
from askonce.model.bounds import Bounds, entry_bytes
from askonce.model.entry import Entry
from askonce.ports import Vector

# What is sent at once: a guess. Each script is alone in Redis, so others get in between.
MOST_AT_ONCE = 64
MOST_BYTES_AT_ONCE = 1_048_576


@dataclass(frozen=True, slots=True)
class Put:
    cache_id: str
    entry: Entry
    vector: Vector | None
    bounds: Bounds
    done: asyncio.Future[None]

    @property
    def dimensions(self) -> int:
        return 0 if self.vector is None else len(self.vector)

    @property
    def size(self) -> int:
        return entry_bytes(self.entry, self.dimensions)

    def end(self, failure: BaseException | None = None) -> None:
        if self.done.done():
            return  # Nobody waits any more.
        if failure is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(failure)


class Puts:
    """Used by one event loop; everything by slot."""

    def __init__(self, connection: Connection, names: Names, lives: Lives, uses: Uses) -> None:
        self._connection = connection
        self._names = names
        self._lives = lives
        self._uses = uses
        self._waiting: dict[str, list[Put]] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        while self._sending:
            await asyncio.wait(list(self._sending.values()))

    async def put(self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds) -> None:
        slot = self._names.slot(cache_id)
        put = Put(cache_id, entry, vector, bounds, asyncio.get_running_loop().create_future())
        if not bounds.hold(1, put.size):
            raise OutOfSpace("The entry alone is larger than its cache may be.")
        self._waiting.setdefault(slot, []).append(put)
        if slot not in self._sending:
            self._sending[slot] = asyncio.create_task(self._send_all(slot))
        await put.done

    async def _send_all(self, slot: str) -> None:
        try:
            while waiting := self._waiting.pop(slot, None):
                batch = _first_of(waiting)
                if rest := waiting[len(batch) :]:
                    self._waiting[slot] = rest
                await self._send(slot, batch)
        finally:
            del self._sending[slot]

    async def _send(self, slot: str, batch: Sequence[Put]) -> None:
        left = list(batch)
        try:
            await self._uses.settle(slot)
            for _ in range(TRIES + len(batch)):  # Each further index may cut the batch once.
                if not left:
                    return
                left = await self._try(slot, left)
            raise EngineUnavailable("The cache changed under the set again and again.")
        except Refusal as error:
            for put in left:
                put.end(error)
        except BaseException:
            for put in left:
                put.end(EngineUnavailable("The set was given up."))
            raise

    async def _try(self, slot: str, batch: Sequence[Put]) -> list[Put]:
        """Those that are to be sent once more."""
        together: list[Put] = []
        life: Life | None = None
        for put in batch:
            try:
                own = await self._lives.to_write(put.cache_id, put.dimensions)
            except Refusal as error:
                put.end(error)
                if life is None:
                    return list(batch[1:])
                break
            if life is not None and own != life:
                break  # It has another index now, and what was to go before it goes first.
            life = own
            together.append(put)
        if life is None:
            return []
        calls = [self._call(slot, life, put) for put in together]
        # Twice the same put is the same put.
        replies = await self._connection.change_all(PUT, calls)
        moved = [put for put, reply in zip(together, replies, strict=True) if not _is_ended(put, reply)]
        if moved:
            self._lives.forget(slot)
        return moved + [put for put in batch[len(together) :] if not put.done.done()]

    def _call(self, slot: str, life: Life, put: Put) -> tuple[Sequence[str], Sequence[Argument]]:
        entry, bounds = put.entry, put.bounds
        keys = [*self._names.ledger(slot, life.generation), self._names.meta(slot)]
        begin = (self._names.entries(slot, life.generation), life.generation, life.index)
        ends = "" if entry.expires_at_ms is None else entry.expires_at_ms
        own = (entry.id, put.size, entry.created_at_ms, ends)
        return keys, (*begin, *own, *told(bounds), *hash_fields(entry, put.vector))


def told(bounds: Bounds) -> tuple[Argument, Argument, Argument]:
    """As the ledger's scripts read them."""
    entries, size = ("" if bound is None else bound for bound in (bounds.max_entries, bounds.max_bytes))
    return entries, size, bounds.eviction.value


def _first_of(waiting: Sequence[Put]) -> Sequence[Put]:
    size, count = 0, 0
    for put in waiting[:MOST_AT_ONCE]:
        size += put.size
        if count and size > MOST_BYTES_AT_ONCE:
            break
        count += 1
    return waiting[:count]


def _is_ended(put: Put, reply: Reply) -> bool:
    """Whether Redis did or refused it; else it is to be tried on what the cache is now."""
    try:
        answer = read(reply)
    except Refusal as error:
        put.end(error)
        return True
    if answer == MOVED:
        return False
    full = OutOfSpace("The cache is full, and its policy evicts nothing.")
    put.end(full if answer == FULL else None)
    return True
