"""Reading entries.db: rows become entries here and nowhere else.

Invariant: what `fetch` returns stood together in one committed state: it is one statement.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from askonce.engine.embedded.database import connect_reader, refusal
from askonce.errors import EngineUnavailable
from askonce.model.attributes import Attributes
from askonce.model.entry import Entry
from askonce.ports import Vector

_COLUMNS = (
    "seq, space, id, prompt, response, attributes, context, created_at_ms, expires_at_ms, renewed_at_ms,"
    " frequency"
)
_ONE = f"SELECT {_COLUMNS} FROM entries WHERE seq = ?"
_SOME = f"SELECT {_COLUMNS} FROM entries WHERE seq > ?"
# The list travels as one JSON text, so that the statement is prepared once whatever its length.
_SEVERAL = f"SELECT {_COLUMNS} FROM entries WHERE seq IN (SELECT value FROM json_each(?))"

# An entry with its vector, by its number, or by its id within a space that the caller names.
_WITH_VECTOR = f"SELECT {_COLUMNS}, vector FROM entries LEFT JOIN vectors USING (seq)"
KEPT_BY_SEQ = f"{_WITH_VECTOR} WHERE seq = ?"
KEPT_BY_ID = _WITH_VECTOR + " WHERE space = {space} AND id = ?"

_VECTOR_BYTES = np.dtype("<f4")  # Written in one byte order, so that a copied file reads the same anywhere.

_Row: TypeAlias = tuple[int, int, bytes, str, str, str | None, str, int, int | None, int | None, int]
_KeptRow: TypeAlias = tuple[
    int, int, bytes, str, str, str | None, str, int, int | None, int | None, int, bytes | None
]


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the store has it. `frequency` is what it came in with, before any hit."""

    seq: int
    space: int
    entry: Entry
    frequency: int


class Reader:
    """Point reads by one owner: the event loop, or one search thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_reader(path)

    def fetch(self, seqs: Sequence[int]) -> dict[int, Stored]:
        """Those of `seqs` that are still there."""
        try:
            if len(seqs) == 1:
                rows = self._connection.execute(_ONE, seqs).fetchall()
            else:
                rows = self._connection.execute(_SEVERAL, (json.dumps(list(seqs)),)).fetchall()
            return {row[0]: stored_of(row) for row in rows}
        except sqlite3.Error as error:
            raise refusal(error) from error
        except ValueError as error:
            raise EngineUnavailable("A stored entry can not be read; run `askonce check`.") from error

    def close(self) -> None:
        self._connection.close()


def stored_of(row: _Row) -> Stored:
    seq, space, key, prompt, response, attributes, context, created_at_ms, expires_at_ms = row[:9]
    renewed_at_ms, frequency = row[9:]
    entry = Entry(
        id=key.hex(),
        prompt=prompt,
        response=response,
        attributes=attributes_of(attributes),
        context=context,
        created_at_ms=created_at_ms,
        expires_at_ms=expires_at_ms,
        renewed_at_ms=renewed_at_ms,
    )
    return Stored(seq, space, entry, frequency)


def stored_with_vector(row: _KeptRow) -> tuple[Stored, Vector | None]:
    """From `KEPT_BY_SEQ` or `KEPT_BY_ID`."""
    return stored_of(row[:11]), vector_of(row[11])


def attributes_of(text: str | None) -> Attributes:
    """From the column: a JSON object, or NULL for none, which most entries have."""
    if text is None:
        return {}
    attributes: dict[str, str] = json.loads(text)
    return attributes


def attributes_text(attributes: Attributes) -> str | None:
    return json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":")) if attributes else None


def vector_bytes(vector: Vector) -> bytes:
    return vector.astype(_VECTOR_BYTES).tobytes()


def vector_of(stored: bytes | None) -> Vector | None:
    return None if stored is None else np.frombuffer(stored, _VECTOR_BYTES).astype(np.float32)


def read_some(connection: sqlite3.Connection, after: int, limit: int) -> list[tuple[Stored, Vector | None]]:
    """Up to `limit` entries written after `after`, oldest first, those of flushed spaces among them."""
    entries = connection.execute(f"{_SOME} ORDER BY seq LIMIT ?", (after, limit)).fetchall()
    if not entries:
        return []
    between = "SELECT seq, vector FROM vectors WHERE seq BETWEEN ? AND ?"
    vectors = dict(connection.execute(between, (entries[0][0], entries[-1][0])).fetchall())
    return [(stored_of(row), vector_of(vectors.get(row[0]))) for row in entries]


def read_uses(connection: sqlite3.Connection, first: int, last: int) -> dict[int, tuple[int, int]]:
    """Last use and frequency of the entries between two seqs that were ever served."""
    query = "SELECT seq, last, frequency FROM uses WHERE seq BETWEEN ? AND ?"
    return {seq: (last_use, often) for seq, last_use, often in connection.execute(query, (first, last))}
