"""The writing side of entries.db: what each change does to the tables, and to the memory index after it.

A method runs inside a transaction of the writer's and may run again in another one if that is rolled back. It
returns its result with the effects that the index is to follow once the commit has succeeded.
Invariant: effects say exactly what the transaction did, in its order.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from askonce.engine.embedded.rows import attributes_of, attributes_text, vector_bytes
from askonce.errors import EngineUnavailable
from askonce.model.attributes import Attributes
from askonce.model.entry import Entry
from askonce.ports import Vector

T = TypeVar("T")

# A step takes about 10 ms with its commit: a put can wait behind it. bench/engine_measure.py sweep.
SWEEP_BATCH = 200
VACUUM_BATCH = 64  # Pages given back to the disk in one step: what 200 entries of 1 KB leave.
VACUUM_WHEN_FREE = 4  # One page in four: free pages are used again first, and most caches fill up again.


@dataclass(frozen=True, slots=True)
class Added:
    cache_id: str
    space: int
    seq: int
    entry: Entry
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Removed:
    space: int
    seq: int
    prompt: str
    attributes: Attributes
    context: str
    expires_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Flushed:
    cache_id: str
    space: int


Effect: TypeAlias = Added | Removed | Flushed


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    result: T
    effects: Sequence[Effect] = field(default=())


class Store:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()
        self._last_seq = int(last)

    def put(self, cache_id: str, entry: Entry, vector: Vector | None) -> Outcome[None]:
        space = self._space_for(cache_id, None if vector is None else len(vector))
        key = bytes.fromhex(entry.id)
        replaced = self._delete_where("space = ? AND id = ?", (space, key))
        # Counted up even if this is rolled back: the index must never meet a number twice.
        self._last_seq += 1
        seq = self._last_seq
        self._connection.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                space,
                key,
                entry.prompt,
                entry.response,
                attributes_text(entry.attributes),
                entry.context,
                entry.created_at_ms,
                entry.expires_at_ms,
            ),
        )
        if vector is not None:
            self._connection.execute("INSERT INTO vectors VALUES (?, ?)", (seq, vector_bytes(vector)))
        # The new version first: a search between the two sees both, never neither.
        return Outcome(None, (Added(cache_id, space, seq, entry, vector), *replaced))

    def _space_for(self, cache_id: str, dimensions: int | None) -> int:
        """The cache's space, made if need be; all vectors in it have the same dimensions."""
        row = self._connection.execute(
            "SELECT space, dimensions FROM spaces WHERE cache_id = ? AND flushed = 0", (cache_id,)
        ).fetchone()
        if row is None:
            insert = "INSERT INTO spaces (cache_id, dimensions) VALUES (?, ?) RETURNING space"
            (space,) = self._connection.execute(insert, (cache_id, dimensions)).fetchone()
            return int(space)
        space, known = row
        if dimensions is not None and known is None:
            self._connection.execute("UPDATE spaces SET dimensions = ? WHERE space = ?", (dimensions, space))
        elif dimensions is not None and known != dimensions:
            raise EngineUnavailable(f"The cache holds vectors of {known} dimensions, not {dimensions}.")
        return int(space)

    def remove(self, cache_id: str, key: bytes, now_ms: int) -> Outcome[bool]:
        space = "space = (SELECT space FROM spaces WHERE cache_id = ? AND flushed = 0)"
        removed = self._delete_where(f"{space} AND id = ?", (cache_id, key))
        return Outcome(_count_live(removed, now_ms) > 0, removed)

    def remove_all(self, seqs: Sequence[int], now_ms: int) -> Outcome[int]:
        listed = "seq IN (SELECT value FROM json_each(?))"
        removed = self._delete_where(listed, (json.dumps(list(seqs)),))
        return Outcome(_count_live(removed, now_ms), removed)

    def flush(self, cache_id: str) -> Outcome[None]:
        ended = self._connection.execute(
            "UPDATE spaces SET flushed = 1 WHERE cache_id = ? AND flushed = 0 RETURNING space", (cache_id,)
        ).fetchall()
        return Outcome(None, tuple(Flushed(cache_id, space) for (space,) in ended))

    def sweep(self, now_ms: int) -> Outcome[int]:
        """One bounded step: entries that are over, then what flushed spaces left, then free pages."""
        over = "SELECT seq FROM entries WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?"
        removed = self._delete_where(f"seq IN ({over})", (now_ms, SWEEP_BATCH))
        count = len(removed)
        if count < SWEEP_BATCH:
            count += self._sweep_flushed(SWEEP_BATCH - count)
        self._give_back_pages()
        return Outcome(count, removed)

    def _sweep_flushed(self, limit: int) -> int:
        # Nothing in memory belongs to a flushed space any more, so these deletions have no effects.
        row = self._connection.execute("SELECT space FROM spaces WHERE flushed = 1 LIMIT 1").fetchone()
        if row is None:
            return 0
        left = "SELECT seq FROM entries WHERE space = ? LIMIT ?"
        seqs = [seq for (seq,) in self._connection.execute(left, (*row, limit)).fetchall()]
        self._delete_seqs(seqs)
        if len(seqs) < limit:
            self._connection.execute("DELETE FROM spaces WHERE space = ?", row)
        return len(seqs)

    def _give_back_pages(self) -> None:
        (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        if free > VACUUM_BATCH and free * VACUUM_WHEN_FREE > pages:
            for _ in range(VACUUM_BATCH):
                # Python's sqlite3 takes one step of a statement without columns, and a step frees one page.
                self._connection.execute("PRAGMA incremental_vacuum(1)")

    def _delete_where(self, condition: str, values: Sequence[str | int | bytes]) -> list[Removed]:
        """Delete entries with their vectors; what they were, for the index to find them."""
        rows = self._connection.execute(
            f"SELECT seq, space, prompt, attributes, context, expires_at_ms FROM entries WHERE {condition}",
            values,
        ).fetchall()
        self._delete_seqs([row[0] for row in rows])
        return [
            Removed(space, seq, prompt, attributes_of(attributes), context, expires_at_ms)
            for seq, space, prompt, attributes, context, expires_at_ms in rows
        ]

    def _delete_seqs(self, seqs: Sequence[int]) -> None:
        if not seqs:
            return
        listed = (json.dumps(list(seqs)),)
        for table in ("entries", "vectors"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE seq IN (SELECT value FROM json_each(?))", listed
            )

    def has_happened(self, effect: Effect) -> bool:
        """Whether the change of a commit with an unknown end is in the store."""
        if isinstance(effect, Flushed):
            query, number = "SELECT 1 FROM spaces WHERE flushed = 0 AND space = ?", effect.space
        else:
            query, number = "SELECT 1 FROM entries WHERE seq = ?", effect.seq
        is_there = self._connection.execute(query, (number,)).fetchone() is not None
        return is_there == isinstance(effect, Added)


def _count_live(removed: Sequence[Removed], now_ms: int) -> int:
    return sum(each.expires_at_ms is None or each.expires_at_ms > now_ms for each in removed)
