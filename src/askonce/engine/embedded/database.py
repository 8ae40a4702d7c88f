"""Opening SQLite files: connections, numbered migrations, and what an error of SQLite means to us.

Invariants: a file is only ever changed when it carries our `application_id` (or is empty) and a
`user_version` that we know; each migration is one transaction, so a killed process leaves the version before
or after it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from askonce.errors import (
    DamagedDatabase,
    EngineUnavailable,
    NewerSchema,
    OutOfSpace,
    Refusal,
    StartRefused,
)

# 8 KiB packs five vectors of 1.5 KB a page where 4 KiB packs two: 2.9 KB an entry against 3.5 KB, and a
# durable commit costs the same. bench/engine_measure.py pages; docs/decisions/0003-embedded-engine.md.
PAGE_BYTES = 8192
BUSY_MS = 10_000  # Nobody holds a write lock for long; ten seconds without it means that something is stuck.
AUTO_VACUUM_INCREMENTAL = 2

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Durability(StrEnum):
    """What an acknowledged write survives: a power cut, or the death of the process only."""

    POWER_LOSS = "power-loss"
    PROCESS = "process"


_SYNCHRONOUS = {Durability.POWER_LOSS: "FULL", Durability.PROCESS: "NORMAL"}


@dataclass(frozen=True, slots=True)
class Schema:
    """`migrations[n]` are the statements that take a file from `user_version` n to n + 1."""

    application_id: int
    migrations: Sequence[Sequence[str]]

    @property
    def version(self) -> int:
        return len(self.migrations)


def connect(path: Path, durability: Durability = Durability.POWER_LOSS) -> sqlite3.Connection:
    """A connection in autocommit, which never runs a checkpoint of its own.

    It may be used by any thread, by one at a time: each of ours has one owner.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    # FAST wipes deleted text from the pages that are written anyway. Python builds differ in their default.
    connection.execute("PRAGMA secure_delete = FAST")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA query_only = 1")
    return connection


def prepare(path: Path, schema: Schema) -> None:
    """Make or migrate the file, or refuse it with the way out."""
    try:
        if not path.exists():
            path.touch(mode=0o600)  # SQLite gives the log the same mode.
        connection = connect(path)
        try:
            refuse_foreign(connection, path, schema)  # Before anything is changed: is it ours at all?
            _settle_format(connection, path)
            migrate(connection, path, schema)
        finally:
            connection.close()
    except OSError as error:
        raise StartRefused(f"{path} can not be made: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise start_refusal(error, path) from error


def _settle_format(connection: sqlite3.Connection, path: Path) -> None:
    # These two only take effect before the first page is written, so before WAL is chosen.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute(f"PRAGMA auto_vacuum = {AUTO_VACUUM_INCREMENTAL}")
    # At every start: a copy made by VACUUM INTO or .backup comes back without WAL.
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StartRefused(f"{path} lies on a file system without shared memory; move it to a local disk.")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return (
        _pragma(connection, "application_id") == 0
        and not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def migrate(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    """`path` is what a refusal names."""
    while True:
        # The lock comes before the look: another process may be migrating the same file.
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = refuse_foreign(connection, path, schema)
            if version == schema.version:
                return
            for statement in schema.migrations[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {schema.application_id}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def refuse_foreign(connection: sqlite3.Connection, path: Path, schema: Schema) -> int:
    """The file's version. Raises `DamagedDatabase` or `NewerSchema`."""
    version = _pragma(connection, "user_version")
    if not _is_empty(connection) and _pragma(connection, "application_id") != schema.application_id:
        raise DamagedDatabase(f"{path} is not the AskOnce database it should be. {_way_out(path)}")
    if version > schema.version:
        raise NewerSchema(
            f"{path} was written by a newer AskOnce (schema {version}; this one knows {schema.version}). "
            "Run that version or a later one."
        )
    return version


def _way_out(path: Path) -> str:
    return (
        f"Restore it from a copy, or move {path.name} (with its -wal and -shm) away to start empty; "
        "`askonce check` tells what can be read."
    )


def start_refusal(error: sqlite3.Error, path: Path) -> StartRefused:
    """What keeps us from starting, in words for the person who starts us."""
    if _code(error) in _DAMAGE:
        return damaged(path, error)
    return StartRefused(f"{path} can not be opened: {error}.")


def damaged(path: Path, error: Exception) -> DamagedDatabase:
    return DamagedDatabase(f"{path} is damaged ({error}). {_way_out(path)}")


def refusal(error: sqlite3.Error) -> Refusal:
    """What a caller is told of an error of SQLite while running. No text of an entry is in it."""
    if _code(error) == sqlite3.SQLITE_FULL:
        return OutOfSpace("The disk is full (or the database has reached its limit).")
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return EngineUnavailable(f"The entries can not be reached now ({name}).")


def _code(error: sqlite3.Error) -> int | None:
    """The primary result code; errors that Python itself raises have none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
