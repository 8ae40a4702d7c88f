"""The rows of caches in catalog.db: reading, adding, changing and removing them.

Plain functions on a connection, which run inside a transaction of `catalog.py`.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence

from askonce.engine.embedded.catalog_acts import add_act
from askonce.errors import Fault, InvalidRequest, UnknownCache
from askonce.model.attributes import AttributeNames
from askonce.model.audit import Act
from askonce.model.bounds import Bounds, EvictionPolicy
from askonce.model.cache import Cache, Fingerprint, OnEmbedderFailure, TtlMode
from askonce.model.judgement import JudgeMode
from askonce.model.query import Strategy


def read_caches(connection: sqlite3.Connection) -> list[Cache]:
    return [_cache_of(row) for row in _rows(connection, "ORDER BY position")]


def insert_cache(connection: sqlite3.Connection, cache: Cache, act: Act) -> None:
    """Refused where the id is taken, or where entries of another model wait under it."""
    if connection.execute("SELECT 1 FROM caches WHERE id = ?", (cache.id,)).fetchone():
        raise InvalidRequest([Fault("id", "unique", f"There is a cache {cache.id!r} already.")])
    _refuse_entries_of_another_model(connection, cache)
    row = _row_of(cache)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO caches ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    add_act(connection, act)


def change_cache(
    connection: sqlite3.Connection, cache_id: str, change: Callable[[Cache], tuple[Cache, Act]]
) -> Cache:
    """The cache as `change` made it from what it is now, so that two changes at once both hold."""
    changed, act = change(_find(connection, cache_id))
    row = _row_of(changed)
    places = ", ".join(f"{column} = ?" for column in row)
    connection.execute(f"UPDATE caches SET {places} WHERE id = ?", [*row.values(), cache_id])
    add_act(connection, act)
    return changed


def remove_cache(connection: sqlite3.Connection, cache_id: str, act: Act, *, keeps_entries: bool) -> None:
    if not keeps_entries and _forget_kept(connection, cache_id):
        add_act(connection, act)
        return
    was = _find(connection, cache_id).fingerprint
    connection.execute("DELETE FROM caches WHERE id = ?", (cache_id,))
    connection.execute("DELETE FROM key_grants WHERE cache_id = ?", (cache_id,))
    connection.execute(
        "INSERT OR REPLACE INTO removed_caches VALUES (?, ?, ?, ?, ?)",
        (cache_id, keeps_entries, was.model, was.dimensions, was.digest),
    )
    add_act(connection, act)


def read_dropped(connection: sqlite3.Connection) -> list[str]:
    """The caches that were removed with their entries."""
    query = "SELECT id FROM removed_caches WHERE keeps_entries = 0"
    return [cache_id for (cache_id,) in connection.execute(query)]


def _forget_kept(connection: sqlite3.Connection, cache_id: str) -> bool:
    """Whether the cache was removed earlier and its entries were kept: till now."""
    forget = "UPDATE removed_caches SET keeps_entries = 0 WHERE id = ? AND keeps_entries = 1"
    return connection.execute(forget, (cache_id,)).rowcount > 0


def _refuse_entries_of_another_model(connection: sqlite3.Connection, cache: Cache) -> None:
    """Else the removed cache's row goes: its id is in use again."""
    query = "SELECT model, dimensions, model_digest FROM removed_caches WHERE id = ? AND keeps_entries = 1"
    kept = connection.execute(query, (cache.id,)).fetchone()
    if kept is not None and Fingerprint(*kept) != cache.fingerprint:
        message = (
            f"Entries of a removed cache {cache.id!r} are kept, embedded by {Fingerprint(*kept)}. Delete that"
            " cache again with `?flush=true`, or choose its embedder."
        )
        raise InvalidRequest([Fault("id", "embedder", message)])
    connection.execute("DELETE FROM removed_caches WHERE id = ?", (cache.id,))


def _find(connection: sqlite3.Connection, cache_id: str) -> Cache:
    rows = _rows(connection, "WHERE id = ?", (cache_id,))
    if not rows:
        raise UnknownCache(cache_id)
    return _cache_of(rows[0])


def _rows(connection: sqlite3.Connection, which: str, values: Sequence[str] = ()) -> list[sqlite3.Row]:
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(f"SELECT * FROM caches {which}", values).fetchall()


def _row_of(cache: Cache) -> dict[str, str | int | float | None]:
    """Every column but the position, by its name."""
    return {
        "id": cache.id,
        "name": cache.name,
        "attributes": json.dumps(cache.attributes.listed()),
        "default_threshold": cache.default_threshold,
        "default_ttl_ms": cache.default_ttl_ms,
        "strategies": json.dumps([str(strategy) for strategy in cache.strategies]),
        "embedder": cache.embedder,
        "model": cache.fingerprint.model,
        "dimensions": cache.fingerprint.dimensions,
        "model_digest": cache.fingerprint.digest,
        "created_at_ms": cache.created_at_ms,
        "database": cache.database,
        "max_prompt_chars": cache.bounds.max_prompt_chars,
        "max_response_chars": cache.bounds.max_response_chars,
        "max_entries": cache.bounds.max_entries,
        "max_bytes": cache.bounds.max_bytes,
        "eviction": cache.bounds.eviction.value,
        "ttl_mode": cache.ttl_mode.value,
        "on_embedder_failure": cache.on_embedder_failure.value,
        "judge": cache.judge.value,
        "min_confidence": cache.min_confidence,
    }


def _cache_of(row: sqlite3.Row) -> Cache:
    return Cache(
        id=row["id"],
        name=row["name"],
        attributes=AttributeNames.declared(json.loads(row["attributes"])),
        default_threshold=row["default_threshold"],
        default_ttl_ms=row["default_ttl_ms"],
        strategies=tuple(Strategy(name) for name in json.loads(row["strategies"])),
        embedder=row["embedder"],
        fingerprint=Fingerprint(row["model"], row["dimensions"], row["model_digest"]),
        created_at_ms=row["created_at_ms"],
        database=row["database"],
        bounds=Bounds(
            row["max_prompt_chars"],
            row["max_response_chars"],
            row["max_entries"],
            row["max_bytes"],
            EvictionPolicy(row["eviction"]),
        ),
        ttl_mode=TtlMode(row["ttl_mode"]),
        on_embedder_failure=OnEmbedderFailure(row["on_embedder_failure"]),
        judge=JudgeMode(row["judge"]),
        min_confidence=row["min_confidence"],
    )
