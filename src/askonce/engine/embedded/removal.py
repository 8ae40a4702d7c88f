"""Taking entries out of entries.db, with everything that belongs to them.

Invariant: what is removed is told as it was at that moment: the accounts and indexes find it by that.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from askonce.engine.embedded.effects import Kept, Removed, Use
from askonce.engine.embedded.rows import attributes_of
from askonce.engine.embedded.spaces import Spaces
from askonce.model.bounds import question_bytes

# A row's size but for its attributes, as `entry_bytes` counts; the prompt is read anyway.
_FIND = """
    SELECT seq, space, prompt, attributes, context, expires_at_ms,
        length(CAST(response AS BLOB))
        + coalesce((SELECT length(vector) FROM vectors WHERE vectors.seq = entries.seq), 0)
    FROM entries WHERE
"""
_TABLES = ("entries", "vectors", "uses")


class Removal:
    """Plain functions on the writer's connection, inside its transaction."""

    def __init__(self, connection: sqlite3.Connection, spaces: Spaces) -> None:
        self._connection = connection
        self._spaces = spaces

    def find(self, condition: str, values: Sequence[str | int | bytes]) -> list[Removed]:
        """What would be removed, with the lives that hits have left it."""
        rows = self._connection.execute(_FIND + condition, values).fetchall()
        return [self._removed(*row) for row in rows]

    def _removed(
        self,
        seq: int,
        space: int,
        prompt: str,
        attributes: str | None,
        context: str,
        expires_at_ms: int | None,
        rest: int,
    ) -> Removed:
        use = self._spaces.use_of(space, seq)
        ends_ms = expires_at_ms if use is None else use.expires_at_ms
        carried = attributes_of(attributes)
        return Removed(space, seq, prompt, carried, context, ends_ms, question_bytes(prompt, carried) + rest)

    def take(self, found: Sequence[Removed]) -> None:
        self._spaces.ledger.record(found)
        self.delete([each.seq for each in found])

    def delete(self, seqs: Sequence[int]) -> None:
        """Without an account of it: of flushed spaces."""
        if len(seqs) == 1:  # What an eviction is; a third of the time of a list.
            for table in _TABLES:
                self._connection.execute(f"DELETE FROM {table} WHERE seq = ?", seqs)
        elif seqs:
            listed = (json.dumps(list(seqs)),)
            for table in _TABLES:
                self._connection.execute(
                    f"DELETE FROM {table} WHERE seq IN (SELECT value FROM json_each(?))", listed
                )

    def over(
        self, condition: str, values: Sequence[str | int], now_ms: int
    ) -> tuple[list[Removed], list[Kept]]:
        """Those of the rows that are over. Of others, which only the store takes for over because a hit has
        renewed them since, it is told here.
        """
        kept: list[Kept] = []
        while True:
            found = self.find(condition, values)
            over: list[Removed] = []
            for one in found:
                use = self._spaces.use_of(one.space, one.seq)
                if use is not None and one.expires_at_ms is not None and one.expires_at_ms > now_ms:
                    kept.append(self.keep(one.space, {one.seq: use}))
                else:
                    over.append(one)
            if over or not found:
                return over, kept

    def keep(self, space: int, uses: Mapping[int, Use]) -> Kept:
        """Write how entries were used, of those that are still there."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO uses SELECT seq, ?, ? FROM entries WHERE seq = ?",
            [(use.last, use.frequency, seq) for seq, use in uses.items()],
        )
        self._connection.executemany(
            "UPDATE entries SET expires_at_ms = ?, renewed_at_ms = ? WHERE seq = ?",
            [
                (use.expires_at_ms, use.renewed_at_ms, seq)
                for seq, use in uses.items()
                if use.renewed_at_ms is not None
            ],
        )
        return Kept(space, uses)
