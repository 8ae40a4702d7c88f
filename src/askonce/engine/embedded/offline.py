"""What a data directory holds, for the command line: read from the file, with or without a server beside it.

Invariant: nothing of entries.db is changed while a server has it; to change it, the directory is taken first,
and kept until `close`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from askonce.engine.embedded.browse import (
    LIVE_SPACE,
    numbers_of_table,
    page_of,
    read_one,
)
from askonce.engine.embedded.database import connect_reader, refusal
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine, key_of
from askonce.engine.paging import begin_or_go_on
from askonce.errors import DataInUse, EngineUnavailable
from askonce.model.bounds import UNBOUNDED, Bounds, Size
from askonce.model.browsing import Selection
from askonce.model.entry import Entry
from askonce.ports import Clock, Kept, Page, Vector

T = TypeVar("T")

_ENTRIES = "FROM entries JOIN spaces USING (space) WHERE flushed = 0 AND cache_id = ?"
_COUNT = f"SELECT count(*) {_ENTRIES} AND (expires_at_ms IS NULL OR expires_at_ms > ?)"
# As `entry_bytes` counts: texts in UTF-8, names and values of attributes, four bytes a dimension.
_BYTES = f"""
    SELECT coalesce(sum(
        length(CAST(prompt AS BLOB)) + length(CAST(response AS BLOB))
        + coalesce((SELECT sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB)))
                    FROM json_each(entries.attributes)), 0)
        + coalesce((SELECT length(vector) FROM vectors WHERE vectors.seq = entries.seq), 0)
    ), 0) {_ENTRIES}
"""


class OfflineInventory:
    """Satisfies `Inventory` and `Holdings`. What changes entries raises `EngineUnavailable` while a server
    runs on the directory.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._engine: EmbeddedEngine | None = None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        def read(connection: sqlite3.Connection) -> Size:
            (entries,) = connection.execute(_COUNT, (cache_id, now_ms)).fetchone()
            (size,) = connection.execute(_BYTES, (cache_id,)).fetchone()
            return Size(int(entries), int(size))

        return await asyncio.to_thread(self._read, read, Size(0, 0))

    async def cache_ids(self) -> Sequence[str]:
        def read(connection: sqlite3.Connection) -> list[str]:
            query = "SELECT cache_id FROM spaces WHERE flushed = 0"
            return [cache_id for (cache_id,) in connection.execute(query)]

        return await asyncio.to_thread(self._read, read, [])

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        def read(connection: sqlite3.Connection) -> Page:
            def newest() -> int:
                (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()
                return int(seq)

            start = begin_or_go_on(after, selection.order, newest)
            row = connection.execute(f"SELECT {LIVE_SPACE}", (cache_id,)).fetchone()
            if row[0] is None:
                return Page((), None)
            numbers = numbers_of_table(connection, row[0], selection.order)
            return page_of(connection, numbers, selection, start, limit, now_ms, is_sure=False)

        return await asyncio.to_thread(self._read, read, Page((), None))

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        key = key_of(entry_id)
        if key is None:
            return None
        return await asyncio.to_thread(
            self._read, lambda connection: read_one(connection, cache_id, key, now_ms), None
        )

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        await self._taken().put(cache_id, entry, vector, bounds)

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        return await self._taken().remove(cache_id, entry_id, now_ms)

    async def flush(self, cache_id: str) -> None:
        await self._taken().flush(cache_id)

    def _taken(self) -> EmbeddedEngine:
        if self._engine is None:
            try:
                self._engine = EmbeddedEngine.open(self._directory, now_ms=self._clock.now_ms())
            except DataInUse as error:
                raise EngineUnavailable(f"{error} Send it the call: --server URL.") from error
        return self._engine

    def _read(self, read: Callable[[sqlite3.Connection], T], empty: T) -> T:
        path = self._directory / ENTRIES_NAME
        if not path.exists():
            return empty
        try:
            with closing(connect_reader(path)) as connection:
                return read(connection)
        except sqlite3.Error as error:
            raise refusal(error) from error
