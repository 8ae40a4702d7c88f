"""The rows of keys in catalog.db: reading, adding, changing, rotating and revoking them.

Plain functions on a connection, which run inside a transaction of `catalog.py`: a rotation and a revocation
at once happen one after the other, and the second finds what the first left.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from askonce.engine.embedded.catalog_acts import add_act
from askonce.errors import Fault, InvalidRequest, UnknownKey
from askonce.model.audit import Act
from askonce.model.key import EVERY_CACHE, Access, Grant, Key
from askonce.model.pace import Pace


def read_keys(connection: sqlite3.Connection) -> list[Key]:
    """Every key, once for each of its tokens; the token in use last."""
    grants: dict[str, list[Grant]] = {}
    for key_id, cache_id, access in connection.execute(
        "SELECT key_id, cache_id, access FROM key_grants ORDER BY position"
    ):
        grants.setdefault(key_id, []).append(Grant(cache_id, Access(access)))
    former: dict[str, int] = {}
    rows = connection.execute(
        "SELECT id, name, is_admin, created_at_ms, k.expires_at_ms, digest, t.expires_at_ms,"
        " per_second, burst FROM api_keys k JOIN tokens t ON t.key_id = k.id ORDER BY k.rowid, t.position"
    ).fetchall()
    keys = []
    for key_id, name, is_admin, created_at_ms, expires_at_ms, digest, token_expires_at_ms, *pace in rows:
        if token_expires_at_ms is not None:
            former[key_id] = max(token_expires_at_ms, former.get(key_id, 0))
        keys.append(
            Key(
                id=key_id,
                name=name,
                digest=digest,
                grants=tuple(grants.get(key_id, ())),
                created_at_ms=created_at_ms,
                expires_at_ms=_first_of(expires_at_ms, token_expires_at_ms),
                is_admin=bool(is_admin),
                former_until_ms=former.get(key_id),
                pace=None if pace[0] is None else Pace(*pace),
            )
        )
    return keys


def put_key(connection: sqlite3.Connection, key: Key, act: Act) -> None:
    """Add a key, or put this one and its token in the place of the one with its id or its token."""
    connection.execute("DELETE FROM tokens WHERE key_id = ? OR digest = ?", (key.id, key.digest))
    connection.execute(
        "INSERT OR REPLACE INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key.id, key.name, key.is_admin, key.created_at_ms, key.expires_at_ms, *_pace_of(key)),
    )
    connection.execute("INSERT INTO tokens VALUES (NULL, ?, ?, NULL)", (key.digest, key.id))
    connection.execute("DELETE FROM api_keys WHERE id NOT IN (SELECT key_id FROM tokens)")
    _write_grants(connection, key)
    add_act(connection, act)


def change_key(connection: sqlite3.Connection, known: Key, change: Callable[[Key], tuple[Key, Act]]) -> Key:
    """The key with the name, grants and end that `change` gives it. `known` says which, as it was."""
    changed, act = change(_find(connection, known))
    connection.execute(
        "UPDATE api_keys SET name = ?, expires_at_ms = ?, per_second = ?, burst = ? WHERE id = ?",
        (changed.name, changed.expires_at_ms, *_pace_of(changed), changed.id),
    )
    _write_grants(connection, changed)
    add_act(connection, act)
    return changed


def rotate_key(
    connection: sqlite3.Connection, known: Key, digest: bytes, former_until_ms: int, act: Act
) -> Key:
    """Give the key a new token. Its former ones end at `former_until_ms`, or earlier if they did."""
    key = _find(connection, known)
    connection.execute(
        "UPDATE tokens SET expires_at_ms = min(coalesce(expires_at_ms, ?1), ?1) WHERE key_id = ?2",
        (former_until_ms, key.id),
    )
    connection.execute("DELETE FROM tokens WHERE key_id = ? AND expires_at_ms <= ?", (key.id, act.at_ms))
    connection.execute("INSERT INTO tokens VALUES (NULL, ?, ?, NULL)", (digest, key.id))
    add_act(connection, act)
    return _find(connection, replace(key, digest=digest))


def revoke_key(connection: sqlite3.Connection, known: Key, act: Act) -> None:
    key = _find(connection, known)
    if key.is_admin and not _has_other_admin(connection, key.id, act.at_ms):
        message = "It is the last admin token: whoever revokes it shuts everybody out. Make another first."
        raise InvalidRequest([Fault("tokenId", "last", message)])
    connection.execute("DELETE FROM tokens WHERE key_id = ?", (key.id,))
    connection.execute("DELETE FROM key_grants WHERE key_id = ?", (key.id,))
    connection.execute("DELETE FROM api_keys WHERE id = ?", (key.id,))
    add_act(connection, act)


def _find(connection: sqlite3.Connection, known: Key) -> Key:
    """The key as it is now, as its token in use opens it."""
    found = [key for key in read_keys(connection) if key.id == known.id and key.is_admin == known.is_admin]
    if not found:
        raise UnknownKey(known.id)
    return found[-1]


def _write_grants(connection: sqlite3.Connection, key: Key) -> None:
    _refuse_unknown_caches(connection, key.grants)
    connection.execute("DELETE FROM key_grants WHERE key_id = ?", (key.id,))
    connection.executemany(
        "INSERT INTO key_grants VALUES (NULL, ?, ?, ?)",
        [(key.id, grant.cache_id, int(grant.access)) for grant in key.grants],
    )


def _refuse_unknown_caches(connection: sqlite3.Connection, grants: Sequence[Grant]) -> None:
    """Here, so that a cache can not be deleted between the look and the grant."""
    known = {cache_id for (cache_id,) in connection.execute("SELECT id FROM caches")} | {EVERY_CACHE}
    faults = [
        Fault(f"grants[{place}].resourceId", "known", f"There is no cache {grant.cache_id!r}.")
        for place, grant in enumerate(grants)
        if grant.cache_id not in known
    ]
    if faults:
        raise InvalidRequest(faults)


def _has_other_admin(connection: sqlite3.Connection, key_id: str, now_ms: int) -> bool:
    return any(key.is_admin and key.id != key_id and not key.is_over(now_ms) for key in read_keys(connection))


def _pace_of(key: Key) -> tuple[float | None, int | None]:
    return (None, None) if key.pace is None else (key.pace.per_second, key.pace.burst)


def _first_of(one: int | None, other: int | None) -> int | None:
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None
