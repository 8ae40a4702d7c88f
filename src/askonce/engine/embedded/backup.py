"""Backups of a data directory, taken while a server writes, and their restore into an empty one.

Each file is copied in one read transaction of SQLite's (`VACUUM INTO`), so it is one committed state, without
what deleted rows left behind. The order is entries, then catalog: so a cache that was deleted in between is
known as deleted, a key that was revoked stays revoked, and no entry is without the cache it belongs to.

Invariant: a backup is never restored without a manifest that fits it byte for byte, and that is written last.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from askonce.engine.embedded.catalog import CATALOG_NAME
from askonce.engine.embedded.database import connect, start_refusal
from askonce.engine.embedded.engine import ENTRIES_NAME
from askonce.engine.embedded.usage import USAGE_NAME
from askonce.errors import BackupRefused

MANIFEST_NAME = "manifest.json"
FORMAT = "askonce-backup-1"
NAMES = (ENTRIES_NAME, CATALOG_NAME, USAGE_NAME)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """The files of a backup with their sizes."""

    files: Mapping[str, int]


def back_up(directory: Path, target: Path) -> BackupReport:
    """Copy the databases of `directory` into the folder `target`, which is made. Raises `BackupRefused`."""
    if not (directory / CATALOG_NAME).exists():
        raise BackupRefused(f"There is nothing to back up in {directory}.")
    _make_empty(target)
    files = {name: _copied(directory / name, target / name) for name in NAMES if (directory / name).exists()}
    manifest = {
        "format": FORMAT,
        "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    _write_last(target / MANIFEST_NAME, json.dumps(manifest, indent=2) + "\n")
    return BackupReport({name: told["bytes"] for name, told in files.items()})


def restore(source: Path, directory: Path) -> BackupReport:
    """Verify the backup and copy it into `directory`, which must be empty or not there."""
    files = verify(source)
    _make_empty(directory)
    for name in files.files:
        _copy(source / name, directory / name)
    _sync_folder(directory)
    return files


def verify(source: Path) -> BackupReport:
    """What the backup holds, once every byte of it is what its manifest says. Raises `BackupRefused`."""
    listed = _manifest(source)
    for name, told in listed.items():
        path = source / name
        if not path.is_file() or path.stat().st_size != told["bytes"] or _digest(path) != told["sha256"]:
            raise BackupRefused(f"{path} is not what was backed up; take another backup.")
    return BackupReport({name: told["bytes"] for name, told in listed.items()})


def _manifest(source: Path) -> Mapping[str, Any]:
    path = source / MANIFEST_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = manifest["files"]
        if manifest["format"] != FORMAT or not {CATALOG_NAME} <= files.keys() <= set(NAMES):
            raise BackupRefused(f"{path} is of another version of AskOnce.")
        return {
            name: {"bytes": int(told["bytes"]), "sha256": str(told["sha256"])} for name, told in files.items()
        }
    except OSError as error:
        raise BackupRefused(f"{source} is not a finished backup: {error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupRefused(f"{path} does not read as the manifest of a backup.") from error


def _copied(path: Path, target: Path) -> dict[str, Any]:
    try:
        target.touch(mode=0o600)  # SQLite takes an empty file for one to be filled, and keeps its mode.
        with closing(connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise start_refusal(error, path) from error
    _sync(target)
    return {"bytes": target.stat().st_size, "sha256": _digest(target)}


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise BackupRefused(f"The folder {folder} can not be made: {error}.") from error
    if not is_empty:
        raise BackupRefused(f"The folder {folder} is not empty; nothing in it was touched.")


def _copy(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)
    _sync(target)


def _write_last(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    _sync(unfinished)
    unfinished.rename(path)
    _sync_folder(path.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
