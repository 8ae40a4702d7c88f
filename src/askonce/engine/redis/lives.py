"""The lives of caches: what a cache is in Redis from its first put to its flush, and the index of that life.

A flush ends a life in one small step, whatever it held; the next put begins another under other names. Each
process remembers the life that it saw last, and every search asks for it anew in the same round trip, so that
a flush by another process is seen by the next search.

Invariants:

* A life's index shows all of its entries: it is made before the first of them or, if it is made later, named
  in the life only once it has taken in all that is there. What is put is indexed before Redis answers.
* An index is trusted once it was seen whole in this run of Redis. One that was restarted reads its indexes
  anew, in the background, while it answers already.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from askonce.engine.redis import queries
from askonce.engine.redis.connection import Command, Connection, IndexGone, IndexThere, Reply, read
from askonce.engine.redis.names import Names, new_generation
from askonce.engine.redis.options import Options
from askonce.engine.redis.scripts import BEGIN, SWITCH, TOUCH
from askonce.errors import EngineUnavailable, Refusal

log = logging.getLogger(__name__)

# What moves under a call (a flush, a new index) moves now and then; a call that meets it so often meets
# something else.
TRIES = 8
TAKEN_IN = 200  # Entries indexed again at once; as many as `removal` takes.
LOOK_AGAIN_S = 0.02  # While Redis reads an index anew.


@dataclass(frozen=True, slots=True)
class Life:
    """`dimensions` of 0: no entry has a vector yet."""

    generation: str
    index: str
    dimensions: int


class Lives:
    def __init__(self, connection: Connection, names: Names, options: Options) -> None:
        self._connection = connection
        self._names = names
        self._kind = options.index
        self._patience_s = options.timeout_s
        self._known: dict[str, Life] = {}  # By slot.
        self._seen_whole: dict[str, str] = {}  # Index to the run of Redis in which it was.
        self._rebuilding: dict[str, asyncio.Task[None]] = {}  # By slot.

    async def close(self) -> None:
        for task in list(self._rebuilding.values()):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def search(self, slot: str, command: Callable[[Life], Command | None]) -> Reply | None:
        """The reply to the command for the cache's present life; None without a life or a command."""
        for _ in range(TRIES):
            life = self._known.get(slot) or await self.now(slot)
            if life is None:
                return None
            asked = command(life)
            if asked is None:
                if await self.now(slot) == life:
                    return None
                continue
            told, found = await self._connection.ask_all(self._question(slot), asked)
            if self._learn(slot, read(told)) != life:
                continue
            try:
                answer = read(found)
            except IndexGone:
                await self.reindex(slot, life, life.dimensions)
                continue
            if self._is_trusted(life):
                return answer
            await self._see_whole(life)
        raise EngineUnavailable("The cache changed under the search again and again.")

    def known(self, slot: str) -> Life | None:
        """As it was seen last."""
        return self._known.get(slot)

    async def now(self, slot: str) -> Life | None:
        return self._learn(slot, await self._connection.ask(self._question(slot)))

    async def to_write(self, cache_id: str, dimensions: int) -> Life:
        """A life that takes vectors of `dimensions` (0: none), begun if need be."""
        slot = self._names.slot(cache_id)
        for _ in range(TRIES):
            life = self._known.get(slot) or await self.now(slot) or await self._begin(cache_id, dimensions)
            if dimensions in (0, life.dimensions):
                return life
            if await self.now(slot) != life:
                continue  # Another process has flushed it since, or has given it an index with vectors.
            refuse_other_dimensions(life, dimensions)
            await self.reindex(slot, life, dimensions)
        raise EngineUnavailable("The cache changed under the set again and again.")

    def forget(self, slot: str) -> None:
        self._known.pop(slot, None)

    async def _begin(self, cache_id: str, dimensions: int) -> Life:
        slot, generation = self._names.slot(cache_id), new_generation()
        index, prefix = self._names.new_index(slot, generation), self._names.entries(slot, generation)
        register: Command = ("SADD", self._names.caches, cache_id.encode("utf-8"))
        await self._connection.ask(register)
        # Nobody has put anything under a name that is new, so there is nothing to take in.
        await self._create(index, prefix, dimensions, scans=False)
        values = (generation, index, dimensions)
        told = await self._connection.change(BEGIN, [self._names.meta(slot)], values, is_repeatable=True)
        life = self._learn(slot, told)
        assert life is not None
        if life.index != index:
            await self._drop(index)  # Another caller was first.
        # Once more: a flush in between may have taken it out.
        await self._connection.ask(register)
        return life

    async def reindex(self, slot: str, life: Life, dimensions: int) -> None:
        """Give `life` a new index from its entries, and wait for it, up to the usual patience.

        Where its index is lost, Redis looks for them among all that it holds; where it only gets vectors, the
        former index names them.
        """
        task = self._rebuilding.get(slot)
        if task is None:
            task = asyncio.create_task(self._reindex(slot, life, dimensions))
            self._rebuilding[slot] = task
            task.add_done_callback(lambda ended: self._end_rebuilding(slot, ended))
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.shield(task)
        except TimeoutError:
            raise EngineUnavailable("The index of the cache is being rebuilt.") from None

    def _end_rebuilding(self, slot: str, ended: asyncio.Task[None]) -> None:
        del self._rebuilding[slot]
        if not ended.cancelled() and ended.exception() is not None:
            # Whoever waited was told so; perhaps nobody waits any more.
            log.warning("an index was not built", extra={"reason": str(ended.exception())})

    async def _reindex(self, slot: str, life: Life, dimensions: int) -> None:
        index = self._names.new_index(slot, life.generation)
        prefix = self._names.entries(slot, life.generation)
        log.info("building an index", extra={"index": index, "former": life.index})
        is_lost = dimensions == life.dimensions
        await self._create(index, prefix, dimensions, scans=is_lost)
        try:
            if not is_lost:
                await self._take_in(slot, life)
            while await self._is_indexing(index):
                await asyncio.sleep(LOOK_AGAIN_S)
            values = (life.generation, life.index, index, dimensions)
            switched = await self._connection.change(
                SWITCH, [self._names.meta(slot)], values, is_repeatable=True
            )
        except BaseException:
            with suppress(Refusal):
                await self._drop(index)
            raise
        self.forget(slot)
        # What was switched, but told twice, is in use: only what the life says now may be dropped by.
        is_in_use = bool(switched) or await self.now(slot) == Life(life.generation, index, dimensions)
        await self._drop(life.index if is_in_use else index)

    async def _take_in(self, slot: str, life: Life) -> None:
        """Have Redis index each entry of `life` again, by every index there is. Whatever is put meanwhile is
        indexed by both anyway.
        """
        last = int(await self._connection.ask(("HGET", self._names.meta(slot), "seq")) or 0)
        for first in range(1, last + 1, TAKEN_IN):
            query = queries.put_between(first, first + TAKEN_IN - 1)
            try:
                reply = await self._connection.ask(queries.some_keys(life.index, query, 0, TAKEN_IN))
            except IndexGone as error:
                if await self.now(slot) != life:
                    return  # Another process was first: the switch changes nothing.
                raise EngineUnavailable("The index of the cache is lost; a search rebuilds it.") from error
            keys, _ = queries.read_keys(reply)
            if keys:
                await self._connection.change(TOUCH, keys, (), is_repeatable=True)

    async def _see_whole(self, life: Life) -> None:
        """Wait until the index has been seen whole, up to the usual patience."""
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    run = self._connection.run
                    if not await self._is_indexing(life.index):
                        self._seen_whole[life.index] = run
                        return
                    await asyncio.sleep(LOOK_AGAIN_S)
        except TimeoutError:
            raise EngineUnavailable("Redis is reading the index of the cache anew.") from None
        except IndexGone:
            return  # The search that is tried again meets it, and mends it.

    def _is_trusted(self, life: Life) -> bool:
        return self._seen_whole.get(life.index) == self._connection.run

    async def _is_indexing(self, index: str) -> bool:
        _, is_indexing = queries.read_description(await self._connection.ask(queries.describe(index)))
        return is_indexing

    async def _create(self, index: str, prefix: str, dimensions: int, *, scans: bool) -> None:
        # Its name is new. If it is there, it is from a try of ours whose answer was lost.
        with suppress(IndexThere):
            await self._connection.ask(queries.create(index, prefix, dimensions, self._kind, scans=scans))

    async def _drop(self, index: str) -> None:
        self._seen_whole.pop(index, None)
        with suppress(IndexGone):
            await self._connection.ask(queries.drop(index))

    def _question(self, slot: str) -> Command:
        return ("HMGET", self._names.meta(slot), "generation", "index", "dimensions")

    def _learn(self, slot: str, told: Reply) -> Life | None:
        generation, index, dimensions = told
        former = self._known.get(slot)
        if generation is None:
            life = None
            self._known.pop(slot, None)
        else:
            life = Life(generation.decode(), index.decode(), int(dimensions))
            self._known[slot] = life
        if former is not None and former != life:
            self._seen_whole.pop(former.index, None)
        return life


def refuse_other_dimensions(life: Life | None, dimensions: int) -> None:
    if life is not None and life.dimensions not in (0, dimensions):
        raise EngineUnavailable(f"The cache holds vectors of {life.dimensions} dimensions, not {dimensions}.")
