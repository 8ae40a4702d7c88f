"""Looking at a data directory for what would keep a server from starting on it, or from keeping its promises.

Invariant: nothing is changed, made or migrated; a server may run on the directory meanwhile.
"""

import os
import pwd
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from askonce.engine.embedded.catalog import CATALOG, CATALOG_NAME
from askonce.engine.embedded.database import Schema, refuse_foreign, start_refusal
from askonce.engine.embedded.engine import ENTRIES_NAME
from askonce.engine.embedded.schema import ENTRIES
from askonce.engine.embedded.usage import USAGE, USAGE_NAME
from askonce.errors import StartRefused
from askonce.model.finding import Finding, Weight

OTHERS = 0o077
# About 35,000 entries of 2,850 bytes (docs/decisions/0003), and room for the log that SQLite writes first.
FULL_BYTES = 100_000_000
LOW_BYTES = 1_000_000_000  # Ten times as much: time enough to act.
DRIFT_MS = 5_000  # Clocks that are set by NTP stay well below it.


@dataclass(frozen=True, slots=True)
class _Database:
    schema: Schema
    newest_ms: str  # The query for the last moment that was written down.


DATABASES: Mapping[str, _Database] = {
    CATALOG_NAME: _Database(CATALOG, "SELECT at_ms FROM acts ORDER BY position DESC LIMIT 1"),
    ENTRIES_NAME: _Database(ENTRIES, "SELECT created_at_ms FROM entries ORDER BY seq DESC LIMIT 1"),
    USAGE_NAME: _Database(USAGE, "SELECT max(at_ms) FROM last_used"),
}


def examine(directory: Path, now_ms: int) -> Sequence[Finding]:
    if not directory.exists():
        parent = next(one for one in directory.absolute().parents if one.exists())
        if not os.access(parent, os.W_OK | os.X_OK):
            return [_wrong("data", f"{directory} is not there, and {_user()} can not make it in {parent}.")]
        told = f"{directory} is not there; the first start makes it."
        return [Finding("data", Weight.NOTICE, told), _space(parent)]
    if not directory.is_dir():
        return [_wrong("data", f"{directory} is a file; name a directory with --data.")]
    rights = list(_rights(directory))
    if any(finding.weight is Weight.WRONG for finding in rights):
        return [*rights, _space(directory)]
    return [*rights, _space(directory), *_databases(directory, now_ms)]


def _rights(directory: Path) -> Iterator[Finding]:
    kept = [directory, *sorted(one for one in directory.iterdir() if one.is_file())]
    closed = [one for one in kept if not os.access(one, os.R_OK | os.W_OK)]
    if not os.access(directory, os.X_OK):
        closed = [directory]
    if closed:
        names = ", ".join(map(str, closed))
        yield _wrong("data", f"{_user()} can not read and write {names}. Give it the files with chown.")
        return
    owners = {one.stat().st_uid for one in kept}
    if len(owners) > 1:
        yield Finding(
            "data",
            Weight.NOTICE,
            f"Files in {directory} belong to different users ({', '.join(map(_name_of, sorted(owners)))});"
            " the server needs all of them. Give it the files with chown.",
        )
    if directory.stat().st_mode & OTHERS:
        told = f"Other users may look into {directory}, where prompts and answers are: chmod 700 {directory}"
        yield Finding("data", Weight.NOTICE, told)
    yield Finding("data", Weight.FINE, f"{directory} can be read and written by {_user()}.")


def _space(directory: Path) -> Finding:
    free = shutil.disk_usage(directory).free
    told = f"{free / 1e9:.1f} GB are free where {directory} is."
    way_out = " Free some, or give caches a TTL or bounds (askonce cache update)."
    if free < FULL_BYTES:
        return _wrong("disk", told + way_out)
    return Finding("disk", Weight.NOTICE, told + way_out) if free < LOW_BYTES else _fine("disk", told)


def _databases(directory: Path, now_ms: int) -> Iterator[Finding]:
    newest_ms = 0
    for name, database in DATABASES.items():
        path = directory / name
        if not path.exists():
            continue
        try:
            with closing(_opened(path)) as connection:
                yield _examined(connection, path, database.schema)
                newest_ms = max(newest_ms, _newest(connection, database))
        except sqlite3.Error as error:
            yield _wrong("database", str(start_refusal(error, path)))
        except StartRefused as error:
            yield _wrong("database", str(error))
    if newest_ms > now_ms + DRIFT_MS:
        behind_s = (newest_ms - now_ms) // 1_000
        told = f"The clock is {behind_s} s behind what was written with it before; entries expire too late."
        yield _wrong("clock", told + " Set it, by NTP for one.")
    elif newest_ms:
        yield _fine("clock", "The clock is not behind what was written with it before.")


def _opened(path: Path) -> sqlite3.Connection:
    """To read. Where no process has it open, SQLite is told so: else it would leave files behind."""
    is_in_use = path.with_name(f"{path.name}-wal").exists()
    way = "mode=ro" if is_in_use else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True)


def _examined(connection: sqlite3.Connection, path: Path, schema: Schema) -> Finding:
    """Raises `StartRefused`."""
    version = refuse_foreign(connection, path, schema)
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        told = (
            f"{path} is damaged ({answer}). Restore it from a backup; `askonce check` tells what can be read."
        )
        return _wrong("database", told)
    if version < schema.version:
        told = f"{path} has schema {version}; the next start makes it {schema.version}. Back up before."
        return Finding("database", Weight.NOTICE, told)
    return _fine("database", f"{path} is sound and has schema {version}.")


def _newest(connection: sqlite3.Connection, database: _Database) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != database.schema.version:
        return 0  # The table may not be there yet.
    row = connection.execute(database.newest_ms).fetchone()
    return int(row[0] or 0) if row else 0


def _wrong(subject: str, told: str) -> Finding:
    return Finding(subject, Weight.WRONG, told)


def _fine(subject: str, told: str) -> Finding:
    return Finding(subject, Weight.FINE, told)


def _user() -> str:
    return _name_of(os.geteuid())


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"  # As in a container.
