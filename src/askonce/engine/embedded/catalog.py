"""The catalog: which caches there are and who may use them, in catalog.db.

`askonce cache create` writes it while the server runs, so it takes no lock of its own. Every call asks
SQLite whether another connection has committed (`PRAGMA data_version`, 2 microseconds) and answers from
memory if not.

Invariant: what is in memory is one committed state of the file, read whole. Tokens are here by digest only.
"""

import asyncio
import hmac
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from askonce.engine.embedded.catalog_acts import add_act, read_acts
from askonce.engine.embedded.catalog_caches import (
    change_cache,
    insert_cache,
    read_caches,
    read_dropped,
    remove_cache,
)
from askonce.engine.embedded.catalog_keys import (
    change_key,
    put_key,
    read_keys,
    revoke_key,
    rotate_key,
)
from askonce.engine.embedded.catalog_schema import LATER_MIGRATIONS
from askonce.engine.embedded.database import Schema, connect, connect_reader, prepare, refusal, start_refusal
from askonce.model.audit import Act
from askonce.model.cache import Cache
from askonce.model.key import Key

T = TypeVar("T")

CATALOG_NAME = "catalog.db"

_FIRST = (
    """
    CREATE TABLE caches (
        position          INTEGER PRIMARY KEY,
        id                TEXT NOT NULL UNIQUE,
        name              TEXT NOT NULL,
        attributes        TEXT NOT NULL,
        default_threshold REAL NOT NULL,
        default_ttl_ms    INTEGER,
        strategies        TEXT NOT NULL,
        embedder          TEXT NOT NULL,
        model             TEXT NOT NULL,
        dimensions        INTEGER NOT NULL,
        model_digest      TEXT NOT NULL,
        created_at_ms     INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE keys (
        digest        BLOB PRIMARY KEY,
        id            TEXT NOT NULL,
        name          TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE grants (
        position INTEGER PRIMARY KEY,
        digest   BLOB NOT NULL REFERENCES keys (digest) ON DELETE CASCADE,
        cache_id TEXT NOT NULL,
        access   INTEGER NOT NULL
    )
    """,
    "CREATE INDEX grants_of_key ON grants (digest)",
    "CREATE TABLE admin (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), digest BLOB NOT NULL)",
)

CATALOG = Schema(application_id=0x41734F43, migrations=(_FIRST, *LATER_MIGRATIONS))  # "AsOC"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state; a key stands once for each of its tokens, under the token's digest."""

    caches: Mapping[str, Cache]
    keys: Mapping[bytes, Key]

    def key_of(self, digest: bytes) -> Key | None:
        key = self.keys.get(digest)
        # The dict's own comparison may end early. That tells nothing about a token of 256 random bits, but
        # nobody should have to follow that argument to trust this line.
        return key if key is not None and hmac.compare_digest(key.digest, digest) else None

    def each_key_once(self) -> Sequence[Key]:
        # The token in use comes last.
        return list({key.id: key for key in self.keys.values()}.values())


class EmbeddedCatalog:
    """Satisfies `Catalog`, `Register`, `Keyring` and `KeyRegister`. Used from one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect_reader(path)
        self._version, self._snapshot = _read(self._connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, and make or migrate it if need be; or refuse to start."""
        prepare(path, CATALOG)
        try:
            return cls(path)
        except sqlite3.Error as error:
            raise start_refusal(error, path) from error

    def close(self) -> None:
        self._connection.close()

    async def caches(self) -> Sequence[Cache]:
        return list(self._current().caches.values())

    async def find_cache(self, cache_id: str) -> Cache | None:
        return self._current().caches.get(cache_id)

    async def add_cache(self, cache: Cache, act: Act) -> None:
        """Refused if there is a cache of this id."""
        await self._change(lambda connection: insert_cache(connection, cache, act))

    async def change_cache(self, cache_id: str, change: Callable[[Cache], tuple[Cache, Act]]) -> Cache:
        return await self._change(lambda connection: change_cache(connection, cache_id, change))

    async def remove_cache(self, cache_id: str, act: Act, *, keeps_entries: bool) -> None:
        await self._change(
            lambda connection: remove_cache(connection, cache_id, act, keeps_entries=keeps_entries)
        )

    async def dropped(self) -> Sequence[str]:
        return self._ask(read_dropped)

    async def record(self, act: Act) -> None:
        await self._change(lambda connection: add_act(connection, act))

    async def acts(self, before: int | None, limit: int) -> Sequence[tuple[int, Act]]:
        return self._ask(lambda connection: read_acts(connection, before, limit))

    async def find_key(self, digest: bytes) -> Key | None:
        return self._current().key_of(digest)

    async def find_key_and_cache(self, digest: bytes, cache_id: str) -> tuple[Key | None, Cache | None]:
        snapshot = self._current()
        return snapshot.key_of(digest), snapshot.caches.get(cache_id)

    async def keys(self) -> Sequence[Key]:
        return self._current().each_key_once()

    async def add_key(self, key: Key, act: Act) -> None:
        await self._change(lambda connection: put_key(connection, key, act))

    async def change_key(self, known: Key, change: Callable[[Key], tuple[Key, Act]]) -> Key:
        return await self._change(lambda connection: change_key(connection, known, change))

    async def rotate_key(self, known: Key, digest: bytes, former_until_ms: int, act: Act) -> Key:
        return await self._change(
            lambda connection: rotate_key(connection, known, digest, former_until_ms, act)
        )

    async def revoke_key(self, known: Key, act: Act) -> None:
        await self._change(lambda connection: revoke_key(connection, known, act))

    def _current(self) -> Snapshot:
        try:
            if _data_version(self._connection) != self._version:
                self._version, self._snapshot = _read(self._connection)
        except sqlite3.Error as error:
            raise refusal(error) from error
        return self._snapshot

    def _ask(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What is not in memory; only ever asked by those who administer."""
        try:
            return query(self._connection)
        except sqlite3.Error as error:
            raise refusal(error) from error

    async def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        # In a thread, because the disk, or another process that writes, may be slow; `_current` sees it by
        # itself, as it would another process's.
        return await asyncio.to_thread(_commit, self._path, change)


def _commit(path: Path, change: Callable[[sqlite3.Connection], T]) -> T:
    try:
        connection = connect(path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = change(connection)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return result
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise refusal(error) from error


def _data_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def _read(connection: sqlite3.Connection) -> tuple[int, Snapshot]:
    connection.execute("BEGIN")  # Three tables of one state.
    try:
        snapshot = read_snapshot(connection)
        # Read inside the transaction: a commit after it shows as another version at the next call.
        return _data_version(connection), snapshot
    finally:
        connection.execute("ROLLBACK")


def read_snapshot(connection: sqlite3.Connection) -> Snapshot:
    caches, keys = read_caches(connection), read_keys(connection)
    return Snapshot({cache.id: cache for cache in caches}, {key.digest: key for key in keys})
