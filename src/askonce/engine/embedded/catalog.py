"""The catalog: which caches there are and who may use them, in catalog.db.

`askonce cache create` writes it while the server runs, so it takes no lock of its own. Every call asks
SQLite whether another connection has committed (`PRAGMA data_version`, 2 microseconds) and answers from
memory if not.

Invariant: what is in memory is one committed state of the file, read whole. Tokens are here by digest only.
"""

import asyncio
import hmac
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from askonce.engine.embedded.database import Schema, connect, connect_reader, prepare, refusal, start_refusal
from askonce.errors import Fault, InvalidRequest
from askonce.model.attributes import AttributeNames
from askonce.model.cache import Cache, Fingerprint
from askonce.model.judgement import JudgeMode
from askonce.model.key import Access, Grant, Key
from askonce.model.query import Strategy

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

# The caches made before there was a trained judge keep their threshold, and are judged from now on.
_JUDGED = (
    "ALTER TABLE caches ADD COLUMN judge TEXT NOT NULL DEFAULT 'model'",
    "ALTER TABLE caches ADD COLUMN min_confidence REAL NOT NULL DEFAULT 0.5",
)

CATALOG = Schema(application_id=0x41734F43, migrations=(_FIRST, _JUDGED))  # "AsOC"


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything in the file, as of `version`."""

    version: int
    caches: Mapping[str, Cache]
    keys: Mapping[bytes, Key]
    admin_digest: bytes | None


class EmbeddedCatalog:
    """Satisfies `Catalog` and `Keyring`. Used from one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect_reader(path)
        self._snapshot = _read(self._connection)

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

    async def add_cache(self, cache: Cache) -> None:
        """Refused if there is a cache of this id."""
        await self._change(lambda connection: _insert_cache(connection, cache))

    async def find_key(self, digest: bytes) -> Key | None:
        key = self._current().keys.get(digest)
        # The dict's own comparison may end early. That tells nothing about a token of 256 random bits, but
        # nobody should have to follow that argument to trust this line.
        return key if key is not None and hmac.compare_digest(key.digest, digest) else None

    async def add_key(self, key: Key) -> None:
        await self._change(lambda connection: _insert_key(connection, key))

    async def admin_digest(self) -> bytes | None:
        return self._current().admin_digest

    async def set_admin_digest(self, digest: bytes) -> None:
        await self._change(
            lambda connection: connection.execute("INSERT OR REPLACE INTO admin VALUES (1, ?)", (digest,))
        )

    def _current(self) -> _Snapshot:
        try:
            if _data_version(self._connection) != self._snapshot.version:
                self._snapshot = _read(self._connection)
        except sqlite3.Error as error:
            raise refusal(error) from error
        return self._snapshot

    async def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        # In a thread, because the disk, or another process that writes, may be slow; `_current` sees it by
        # itself, as it would another process's.
        await asyncio.to_thread(_commit, self._path, change)


def _commit(path: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    try:
        connection = connect(path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            change(connection)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise refusal(error) from error


def _insert_cache(connection: sqlite3.Connection, cache: Cache) -> None:
    if connection.execute("SELECT 1 FROM caches WHERE id = ?", (cache.id,)).fetchone():
        raise InvalidRequest([Fault("id", "unique", f"There is a cache {cache.id!r} already.")])
    connection.execute(
        "INSERT INTO caches VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            cache.id,
            cache.name,
            json.dumps(cache.attributes.listed()),
            cache.default_threshold,
            cache.default_ttl_ms,
            json.dumps([str(strategy) for strategy in cache.strategies]),
            cache.embedder,
            cache.fingerprint.model,
            cache.fingerprint.dimensions,
            cache.fingerprint.digest,
            cache.created_at_ms,
            cache.judge.value,
            cache.min_confidence,
        ),
    )


def _insert_key(connection: sqlite3.Connection, key: Key) -> None:
    same = "SELECT digest FROM keys WHERE id = ? OR digest = ?"
    connection.execute(f"DELETE FROM grants WHERE digest IN ({same})", (key.id, key.digest))
    connection.execute("DELETE FROM keys WHERE id = ?", (key.id,))
    connection.execute(
        "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)", (key.digest, key.id, key.name, key.created_at_ms)
    )
    connection.executemany(
        "INSERT INTO grants VALUES (NULL, ?, ?, ?)",
        [(key.digest, grant.cache_id, int(grant.access)) for grant in key.grants],
    )


def _data_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def _read(connection: sqlite3.Connection) -> _Snapshot:
    connection.execute("BEGIN")  # Three tables of one state.
    try:
        caches = [_cache_of(*row) for row in connection.execute("SELECT * FROM caches ORDER BY position")]
        keys = _keys(connection)
        admin = connection.execute("SELECT digest FROM admin").fetchone()
        # Read inside the transaction: a commit after it shows as another version at the next call.
        version = _data_version(connection)
    finally:
        connection.execute("ROLLBACK")
    return _Snapshot(version, {cache.id: cache for cache in caches}, keys, admin[0] if admin else None)


def _cache_of(
    _position: int,
    cache_id: str,
    name: str,
    attributes: str,
    default_threshold: float,
    default_ttl_ms: int | None,
    strategies: str,
    embedder: str,
    model: str,
    dimensions: int,
    model_digest: str,
    created_at_ms: int,
    judge: str,
    min_confidence: float,
) -> Cache:
    return Cache(
        id=cache_id,
        name=name,
        attributes=AttributeNames.declared(json.loads(attributes)),
        default_threshold=default_threshold,
        judge=JudgeMode(judge),
        min_confidence=min_confidence,
        default_ttl_ms=default_ttl_ms,
        strategies=tuple(Strategy(name) for name in json.loads(strategies)),
        embedder=embedder,
        fingerprint=Fingerprint(model, dimensions, model_digest),
        created_at_ms=created_at_ms,
    )


def _keys(connection: sqlite3.Connection) -> dict[bytes, Key]:
    grants: dict[bytes, list[Grant]] = {}
    for digest, cache_id, access in connection.execute(
        "SELECT digest, cache_id, access FROM grants ORDER BY position"
    ):
        grants.setdefault(digest, []).append(Grant(cache_id, Access(access)))
    return {
        digest: Key(key_id, name, digest, tuple(grants.get(digest, ())), created_at_ms)
        for digest, key_id, name, created_at_ms in connection.execute(
            "SELECT digest, id, name, created_at_ms FROM keys"
        )
    }
