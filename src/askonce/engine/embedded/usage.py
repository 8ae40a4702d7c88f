"""When keys and caches were last used, in usage.db.

A file of its own: it changes all the time, and every commit to catalog.db makes its readers read that anew.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Self

from askonce.engine.embedded.database import Durability, Schema, connect, connect_reader, prepare, refusal

USAGE_NAME = "usage.db"
_FIRST = ("CREATE TABLE last_used (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)",)
USAGE = Schema(application_id=0x41734F55, migrations=(_FIRST,))  # "AsOU"


class EmbeddedUsage:
    """Satisfies `UsageStore`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        prepare(path, USAGE)
        return cls(path)

    async def last_used(self) -> Mapping[str, int]:
        return await asyncio.to_thread(self._read)

    async def keep(self, used: Mapping[str, int]) -> None:
        await asyncio.to_thread(self._write, used)

    def _read(self) -> Mapping[str, int]:
        try:
            with closing(connect_reader(self._path)) as connection:
                return dict(connection.execute("SELECT id, at_ms FROM last_used").fetchall())
        except sqlite3.Error as error:
            raise refusal(error) from error

    def _write(self, used: Mapping[str, int]) -> None:
        insert = (
            "INSERT INTO last_used VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)"
        )
        try:
            with closing(connect(self._path, Durability.PROCESS)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(insert, used.items())
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise refusal(error) from error
