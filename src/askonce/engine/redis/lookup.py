"""Looking entries up: the index proposes, float32 arithmetic and the entry itself decide.

Invariant: an answer does not depend on the engine. What Redis proposes is ranked by `similarities` and then
by age as everywhere, and more is asked for until nothing that was not proposed could be in the answer.
"""

from collections.abc import Callable, Sequence

import numpy as np

from askonce.engine.redis import queries
from askonce.engine.redis.connection import Command
from askonce.engine.redis.lives import Life, Lives, refuse_other_dimensions
from askonce.engine.redis.queries import Row
from askonce.engine.redis.rows import Stored, stored, vector_field
from askonce.engine.similarity import similarities
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.model.tokens import entry_tokens, scope_tokens
from askonce.ports import Vector

GROWTH = 4  # Times as many proposals where those so far do not settle the search.
# Redis measures distances in float32, ours are rounded to the sixth decimal. The differences seen at 384
# dimensions are below 1e-6; this leaves room for some thousand.
SLACK = 1e-5


class Lookup:
    def __init__(self, lives: Lives) -> None:
        self._lives = lives

    async def exact(self, slot: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        tokens = entry_tokens(prompt, scope.attributes, scope.context)
        folded = prompt.casefold()

        def command(count: int) -> Callable[[Life], Command]:
            return lambda life: queries.newest(life.index, queries.carrying(tokens), count)

        count = limit
        while (reply := await self._lives.search(slot, command(count))) is not None:
            total, rows = queries.read_found(reply)
            found = [each.entry for each in _read(rows) if _is_within(each.entry, scope, now_ms)]
            found = [entry for entry in found if entry.prompt.casefold() == folded][:limit]
            if len(found) == limit or total <= count:
                return found
            count *= GROWTH
        return []

    async def nearest(
        self, slot: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        field = vector_field(scope.context)
        query = queries.carrying(scope_tokens(scope.attributes, scope.context))

        def command(count: int) -> Callable[[Life], Command | None]:
            def of(life: Life) -> Command | None:
                fits = life.dimensions == len(vector)
                return queries.nearest(life.index, field, query, vector, count) if fits else None

            return of

        count = limit + 1  # One more than asked for tells whether the last one has an equal.
        while (reply := await self._lives.search(slot, command(count))) is not None:
            total, rows = queries.read_found(reply)
            passing = [each for each in _read(rows) if _is_within(each.entry, scope, now_ms)]
            ranked = _ranked(passing, vector, floor, limit)
            if total < count or _most_left_out(rows) < _to_beat(ranked, floor, limit):
                return ranked
            count *= GROWTH
        refuse_other_dimensions(self._lives.known(slot), len(vector))
        return []


def _read(rows: Sequence[Row]) -> list[Stored]:
    return [stored(row.key, row.fields) for row in rows if row.fields is not None]


def _ranked(candidates: Sequence[Stored], vector: Vector, floor: float, limit: int) -> list[Match]:
    """The best, and among equals the newest first."""
    kept = [(each, each.vector) for each in candidates if each.vector is not None]
    if not kept:
        return []
    similar = similarities(np.stack([own for _, own in kept]), vector).tolist()
    passing = [(similarity, each) for similarity, (each, _) in zip(similar, kept, strict=True)]
    passing = [(similarity, each) for similarity, each in passing if similarity >= floor]
    passing.sort(key=lambda pair: (-pair[0], -pair[1].seq))
    return [Match(each.entry, similarity) for similarity, each in passing[:limit]]


def _most_left_out(rows: Sequence[Row]) -> float:
    """No entry that was not proposed is more similar than this."""
    distances = [row.distance for row in rows if row.distance is not None]
    return 1.0 if not distances else 1.0 - max(distances) / 2.0 + SLACK


def _to_beat(ranked: Sequence[Match], floor: float, limit: int) -> float:
    return ranked[-1].similarity if len(ranked) == limit else floor


def _is_within(entry: Entry, scope: Scope, now_ms: int) -> bool:
    return (
        entry.context == scope.context
        and scope.attributes.items() <= entry.attributes.items()
        and not entry.is_over(now_ms)
    )
