"""Looking through a cache's entries, a page at a time, in the order of writing.

What to look at comes from the ledger, which has the order; where
attributes are asked for, from the index. The entries themselves have the last word. Invariant: a page costs a
bounded number of reads and holds a bounded number of bytes, whatever is looked for.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from askonce.engine.paging import MOST_PAGE_BYTES, Gathering, Position, begin_or_go_on
from askonce.engine.redis import queries
from askonce.engine.redis.connection import Command, Connection, Reply, read
from askonce.engine.redis.lives import Life, Lives
from askonce.engine.redis.names import Names
from askonce.engine.redis.rows import READ, read_stored
from askonce.model.browsing import Order, Selection
from askonce.model.entry import NO_CONTEXT
from askonce.model.tokens import scope_tokens
from askonce.ports import Kept, Page

MOST_EXAMINED = 2_000  # Prompts read in a step for a prefix. A guess.
READ_AT_ONCE = 200  # Commands in one round trip.


@dataclass(frozen=True, slots=True)
class Place:
    seq: int
    id: str


@dataclass(frozen=True, slots=True)
class Cache:
    slot: str
    prefix: str  # Of the entries' keys.
    seqs: str
    sizes: str


class Browsing:
    def __init__(self, connection: Connection, names: Names, lives: Lives) -> None:
        self._connection = connection
        self._names = names
        self._lives = lives

    async def page(self, slot: str, selection: Selection, after: str | None, limit: int, now_ms: int) -> Page:
        last = int(await self._connection.ask(("HGET", self._names.meta(slot), "seq")) or 0)
        start = begin_or_go_on(after, selection.order, lambda: last)
        life = await self._lives.now(slot)
        if life is None:
            return Page((), None)
        cache = self._cache(slot, life)
        most = MOST_EXAMINED if selection.prefix else limit
        ahead = await self._places(cache, selection, start, most + 1, now_ms)
        gathering = Gathering(selection, start, [place.seq for place in ahead], most, limit, now_ms)
        async for place, one in self._each(cache, selection, ahead[:most]):
            page = gathering.take(place.seq, one)
            if page is not None:
                return page
        return gathering.end()

    async def one(self, slot: str, entry_id: str, now_ms: int) -> Kept | None:
        life = await self._lives.now(slot)
        if life is None:
            return None
        key = self._names.entries(slot, life.generation) + entry_id
        found = read_stored(key.encode(), await self._connection.ask(("HMGET", key, *READ)))
        return None if found is None or found.entry.is_over(now_ms) else Kept(found.entry, found.vector)

    def _cache(self, slot: str, life: Life) -> Cache:
        _, seqs, *_, sizes = self._names.ledger(slot, life.generation)
        return Cache(slot, self._names.entries(slot, life.generation), seqs, sizes)

    async def _places(
        self, cache: Cache, selection: Selection, start: Position, most: int, now_ms: int
    ) -> list[Place]:
        """The next ones from a position, up to so many, in the order of the walk."""
        is_newest = selection.order is Order.NEWEST
        if selection.attributes:
            tokens = queries.carrying(scope_tokens(selection.attributes, NO_CONTEXT))
            first, last = ("-inf", f"({start.seq}") if is_newest else (f"({start.seq}", start.last)
            query = f"{tokens} @seq:[{first} {last}] @expires:[({now_ms} inf]"

            def command(life: Life) -> Command:
                return queries.places(life.index, query, most, is_descending=is_newest)

            reply = await self._lives.search(cache.slot, command)
            rows = [] if reply is None else queries.read_found(reply)[1]
            places = [
                Place(int(row.fields[1]), row.key.rpartition(b":")[2].decode()) for row in rows if row.fields
            ]
            if places or len(rows) < most:
                return places
            # Redis has ended all of them by its own clock, and they do not say where they stand.
        limits = ("BYSCORE", "LIMIT", 0, most, "WITHSCORES")
        if is_newest:
            span: Command = (f"({start.seq}", "-inf", "REV")
        else:
            span = (f"({start.seq}", start.last)
        return _places_of(await self._connection.ask(("ZRANGE", cache.seqs, *span, *limits)))

    async def _each(
        self, cache: Cache, selection: Selection, places: Sequence[Place]
    ) -> AsyncIterator[tuple[Place, Kept | None]]:
        """Those whose prompt has the prefix; None for one that has gone or was set again."""
        for first in range(0, len(places), READ_AT_ONCE):
            some = places[first : first + READ_AT_ONCE]
            if selection.prefix:
                prompts = await self._connection.ask_all(
                    *(("HGET", cache.prefix + one.id, "prompt") for one in some)
                )
                some = [
                    one
                    for one, prompt in zip(some, prompts, strict=True)
                    if _may_fit(selection, read(prompt))
                ]
            async for each in self._read(cache, some):
                yield each

    async def _read(self, cache: Cache, places: Sequence[Place]) -> AsyncIterator[tuple[Place, Kept | None]]:
        """In round trips that bring about as much as a page may hold."""
        if not places:
            return
        told = await self._connection.ask(("HMGET", cache.sizes, *(one.id for one in places)))
        at, sizes = 0, [int(size or 0) for size in told]
        while at < len(places):
            end, size = at + 1, sizes[at]
            while end < len(places) and size + sizes[end] <= MOST_PAGE_BYTES:
                size += sizes[end]
                end += 1
            some = places[at:end]
            replies = await self._connection.ask_all(
                *(("HMGET", cache.prefix + one.id, *READ) for one in some)
            )
            for place, reply in zip(some, replies, strict=True):
                found = read_stored(place.id.encode(), read(reply))
                is_there = found is not None and found.seq == place.seq
                yield place, Kept(found.entry, found.vector) if found is not None and is_there else None
            at = end


def _may_fit(selection: Selection, prompt: bytes | None) -> bool:
    """What has no prompt is gone, which the walk has to know."""
    return prompt is None or selection.has_prompt(prompt.decode())


def _places_of(reply: Reply) -> list[Place]:
    return [Place(int(seq), entry_id.decode()) for entry_id, seq in zip(reply[::2], reply[1::2], strict=True)]
