"""Backups: one committed state while writers run, verified, and restored into an empty folder only."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS
from tests.engine.embedded.conftest import Open
from tests.support.toy_embedder import toy_vector

from askonce.engine.embedded.backup import MANIFEST_NAME, back_up, restore, verify
from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.errors import BackupRefused
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Scope


def entry(number: int) -> Entry:
    prompt = f"question {number}"
    return Entry(entry_id(prompt, {}), prompt, "r" * 500, {}, "", NOW_MS, None)


async def put(engine: EmbeddedEngine, number: int) -> None:
    await engine.put("cache", entry(number), toy_vector(f"question {number}"))


@pytest.fixture
def filled(directory: Path) -> Path:
    """A data directory with a catalog, of which no server runs."""
    directory.mkdir()
    EmbeddedCatalog.open(directory / CATALOG_NAME).close()
    return directory


async def test_a_backup_taken_while_writers_run_is_one_committed_state(
    directory: Path, start: Open, tmp_path: Path
) -> None:
    engine = start()
    EmbeddedCatalog.open(directory / CATALOG_NAME).close()
    for number in range(50):
        await put(engine, number)
    taking = asyncio.create_task(asyncio.to_thread(back_up, directory, tmp_path / "backup"))
    written = 50
    while not taking.done():
        await put(engine, written)
        written += 1
    await taking
    engine.close()

    restore(tmp_path / "backup", tmp_path / "restored")
    restored = EmbeddedEngine.open(tmp_path / "restored", now_ms=NOW_MS)
    report = await restored.check(NOW_MS)
    found = [
        bool(await restored.exact("cache", f"question {number}", Scope({}), 1, NOW_MS))
        for number in range(written)
    ]
    restored.close()

    assert report.problems == ()
    assert all(found[:50])
    assert report.entries == sum(found) <= written
    assert found == sorted(found, reverse=True), "a later entry without an earlier one is no committed state"


def test_a_backup_is_taken_into_a_new_or_empty_folder_only(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    target.mkdir()
    (target / "something").write_text("else")

    with pytest.raises(BackupRefused, match="not empty"):
        back_up(filled, target)
    assert [path.name for path in target.iterdir()] == ["something"]


def test_nothing_is_restored_over_something(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    before = (filled / CATALOG_NAME).read_bytes()

    with pytest.raises(BackupRefused, match="not empty"):
        restore(tmp_path / "backup", filled)
    assert (filled / CATALOG_NAME).read_bytes() == before


def _truncate(folder: Path) -> None:
    path = folder / CATALOG_NAME
    path.write_bytes(path.read_bytes()[:-1])


def _flip(folder: Path) -> None:
    content = bytearray((folder / CATALOG_NAME).read_bytes())
    content[1_000] ^= 1
    (folder / CATALOG_NAME).write_bytes(content)


def _point_elsewhere(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    manifest["files"]["../elsewhere"] = manifest["files"][CATALOG_NAME]
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest))


SPOILS: list[Callable[[Path], object]] = [
    _truncate,
    _flip,
    _point_elsewhere,
    lambda folder: (folder / CATALOG_NAME).unlink(),
    lambda folder: (folder / MANIFEST_NAME).unlink(),
    lambda folder: (folder / MANIFEST_NAME).write_text("{}"),
    lambda folder: (folder / MANIFEST_NAME).write_text("rubbish"),
]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_restored(
    filled: Path, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    backup = tmp_path / "backup"
    back_up(filled, backup)
    verify(backup)
    spoil(backup)

    with pytest.raises(BackupRefused):
        restore(backup, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_nobody_else_may_read_a_backup(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "restored")

    for folder in (tmp_path / "backup", tmp_path / "restored"):
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / CATALOG_NAME).stat().st_mode & 0o077 == 0


def test_nothing_is_backed_up_of_no_data_directory(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="nothing to back up"):
        back_up(tmp_path / "nowhere", tmp_path / "backup")
