"""The writing side of entries.db: what each change does to the tables, and to the memory index after it.

A method runs inside a transaction of the writer's and may run again in another one if that is rolled back. It
returns its result with the effects that the index is to follow once the commit has succeeded.
Invariant: effects say exactly what the transaction did, in its order.
"""

import json
import sqlite3
from collections.abc import Sequence

from askonce.engine.embedded.effects import Added, Effect, Flushed, Kept, Outcome, Removed
from askonce.engine.embedded.eviction import NO_GROWTH, Eviction, Growth
from askonce.engine.embedded.removal import Removal
from askonce.engine.embedded.rows import attributes_text, vector_bytes
from askonce.engine.embedded.spaces import Spaces
from askonce.errors import EngineUnavailable, OutOfSpace
from askonce.model.bounds import UNBOUNDED, Bounds, entry_bytes
from askonce.model.entry import Entry
from askonce.ports import Vector

# A step takes about 10 ms with its commit: a put can wait behind it. bench/engine_measure.py sweep.
SWEEP_BATCH = 200
USES_BATCH = 1_000  # Rows of 20 bytes, at a few microseconds each.
VACUUM_BATCH = 64  # Pages given back to the disk in one step: what 200 entries of 1 KB leave.
VACUUM_WHEN_FREE = 4  # One page in four: free pages are used again first, and most caches fill up again.

# In each space by its own index. Entries of a flushed space may be among them: they are swept all the same.
_OVER = "space IN (SELECT space FROM spaces) AND expires_at_ms <= ? LIMIT ?"


class Store:
    def __init__(self, connection: sqlite3.Connection, spaces: Spaces) -> None:
        self._connection = connection
        self._spaces = spaces
        self._removal = Removal(connection, spaces)
        self._eviction = Eviction(self._removal, spaces)

    def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> Outcome[None]:
        size = entry_bytes(entry, 0 if vector is None else len(vector))
        if not bounds.hold(1, size):
            return Outcome(None, refusal=OutOfSpace("The entry alone is larger than its cache may be."))
        space = self._space_for(cache_id, None if vector is None else len(vector))
        former = self._removal.find("space = ? AND id = ?", (space, bytes.fromhex(entry.id)))
        growth = Growth(1, size)
        for one in former:
            growth = Growth(0, size - one.size, one.seq)
        may_come, evicted = self._eviction.make_room(space, growth, bounds, entry.created_at_ms)
        if not may_come:
            return Outcome(None, evicted, OutOfSpace("The cache is full, and its policy evicts nothing."))
        frequency = self._frequency_of_newcomer(space, former)
        self._removal.take(former)
        # Counted up even if this is rolled back: the index must never meet a number twice.
        added = Added(cache_id, space, next(self._spaces.moments), entry, vector, size, frequency)
        self._insert(added)
        # Of two versions the new one first: a search between the two sees both, never neither.
        return Outcome(None, (*evicted, added, *former))

    def _frequency_of_newcomer(self, space: int, former: Sequence[Removed]) -> int:
        """A question that was asked often goes on as such when it gets another answer."""
        least = self._spaces.ledger.account(space).level + 1
        return max([least, *(self._spaces.frequency_of(one) for one in former)])

    def _insert(self, added: Added) -> None:
        entry = added.entry
        self._connection.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                added.seq,
                added.space,
                bytes.fromhex(entry.id),
                entry.prompt,
                entry.response,
                attributes_text(entry.attributes),
                entry.context,
                entry.created_at_ms,
                entry.expires_at_ms,
                entry.renewed_at_ms,
                added.frequency,
            ),
        )
        if added.vector is not None:
            vector = vector_bytes(added.vector)
            self._connection.execute("INSERT INTO vectors VALUES (?, ?)", (added.seq, vector))
        self._spaces.ledger.record((added,))

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
        removed = self._removal.find(f"{space} AND id = ?", (cache_id, key))
        self._removal.take(removed)
        return Outcome(_count_live(removed, now_ms) > 0, removed)

    def remove_all(self, seqs: Sequence[int], now_ms: int) -> Outcome[int]:
        listed = "seq IN (SELECT value FROM json_each(?))"
        removed = self._removal.find(listed, (json.dumps(list(seqs)),))
        self._removal.take(removed)
        return Outcome(_count_live(removed, now_ms), removed)

    def flush(self, cache_id: str) -> Outcome[None]:
        ended = self._connection.execute(
            "UPDATE spaces SET flushed = 1 WHERE cache_id = ? AND flushed = 0 RETURNING space", (cache_id,)
        ).fetchall()
        flushed = tuple(Flushed(cache_id, space) for (space,) in ended)
        self._spaces.ledger.record(flushed)
        return Outcome(None, flushed)

    def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> Outcome[int]:
        """One bounded step towards bounds that were lowered."""
        space = self._spaces.find(cache_id)
        if space is None:
            return Outcome(0)
        _, effects = self._eviction.make_room(space.number, NO_GROWTH, bounds, now_ms)
        self._give_back_pages()
        return Outcome(sum(isinstance(effect, Removed) for effect in effects), effects)

    def keep_uses(self) -> Outcome[int]:
        """One bounded step: the hits of entries that the store has not been told of."""
        space = max((space for _, space in self._spaces.all()), key=lambda one: len(one.uses), default=None)
        uses = {} if space is None else space.uses.some(USES_BATCH)
        if space is None or not uses:
            return Outcome(0)
        return Outcome(len(uses), (self._removal.keep(space.number, uses),))

    def sweep(self, now_ms: int) -> Outcome[int]:
        """One bounded step: entries that are over, then what flushed spaces left, then free pages."""
        removed, kept = self._removal.over(_OVER, (now_ms, SWEEP_BATCH), now_ms)
        self._removal.take(removed)
        count = len(removed)
        if count < SWEEP_BATCH:
            count += self._sweep_flushed(SWEEP_BATCH - count)
        self._give_back_pages()
        return Outcome(count, (*kept, *removed))

    def _sweep_flushed(self, limit: int) -> int:
        # Nothing in memory belongs to a flushed space any more, so these deletions have no effects.
        row = self._connection.execute("SELECT space FROM spaces WHERE flushed = 1 LIMIT 1").fetchone()
        if row is None:
            return 0
        left = "SELECT seq FROM entries WHERE space = ? LIMIT ?"
        seqs = [seq for (seq,) in self._connection.execute(left, (*row, limit)).fetchall()]
        self._removal.delete(seqs)
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

    def has_happened(self, effect: Effect) -> bool:
        """Whether the change of a commit with an unknown end is in the store."""
        if isinstance(effect, Kept):
            return False  # Whatever was written may be written again.
        if isinstance(effect, Flushed):
            query, number = "SELECT 1 FROM spaces WHERE flushed = 0 AND space = ?", effect.space
        else:
            query, number = "SELECT 1 FROM entries WHERE seq = ?", effect.seq
        is_there = self._connection.execute(query, (number,)).fetchone() is not None
        return is_there == isinstance(effect, Added)


def _count_live(removed: Sequence[Removed], now_ms: int) -> int:
    return sum(each.expires_at_ms is None or each.expires_at_ms > now_ms for each in removed)
