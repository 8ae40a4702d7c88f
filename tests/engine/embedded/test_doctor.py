"""A data directory that can not be served is told apart from one that can, without a change to it."""

import os
import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from askonce.engine.embedded import doctor
from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.engine.embedded.database import PAGE_BYTES
from askonce.engine.embedded.doctor import examine
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.lock import DirectoryLock, holder_of
from askonce.engine.embedded.usage import USAGE_NAME, EmbeddedUsage
from askonce.model.finding import Weight

NOW_MS = 1_767_225_600_000
NAMES = (CATALOG_NAME, ENTRIES_NAME, USAGE_NAME)


@pytest.fixture
async def directory(tmp_path: Path) -> Path:
    """As a server leaves it that was used until `NOW_MS`."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    EmbeddedEngine.open(directory, now_ms=NOW_MS).close()
    EmbeddedCatalog.open(directory / CATALOG_NAME).close()
    await EmbeddedUsage.open(directory / USAGE_NAME).keep({"a key": NOW_MS})
    return directory


def told(directory: Path, weight: Weight, now_ms: int = NOW_MS) -> list[str]:
    return [
        f"{finding.subject}: {finding.told}"
        for finding in examine(directory, now_ms)
        if finding.weight is weight and finding.subject != "disk"
    ]


def state_of(directory: Path) -> dict[str, str]:
    return {one.name: sha256(one.read_bytes()).hexdigest() for one in directory.iterdir()}


def set_version(path: Path, version: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_a_sound_directory_is_fine_and_stays_as_it_was(directory: Path) -> None:
    before = state_of(directory)

    assert len(told(directory, Weight.FINE)) == len(("rights", *NAMES, "clock"))
    assert told(directory, Weight.NOTICE) == told(directory, Weight.WRONG) == []
    assert state_of(directory) == before


def test_a_server_may_run_on_it_meanwhile(directory: Path) -> None:
    engine = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    try:
        assert told(directory, Weight.WRONG) == []
        assert holder_of(directory) == str(os.getpid())
    finally:
        engine.close()
    assert holder_of(directory) is None


def test_a_look_at_the_lock_does_not_take_it(directory: Path) -> None:
    assert holder_of(directory) is None
    DirectoryLock.take(directory).release()
    assert holder_of(directory / "nowhere") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_newer_schema_is_wrong_and_an_older_one_is_noted(directory: Path, name: str) -> None:
    set_version(directory / name, 99)
    newer = told(directory, Weight.WRONG)
    set_version(directory / name, 0)
    older = told(directory, Weight.NOTICE)

    assert len(newer) == 1
    assert name in newer[0]
    assert "newer AskOnce" in newer[0]
    assert len(older) == 1
    assert "Back up before" in older[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_no_database_of_ours_is_wrong(directory: Path, name: str) -> None:
    (directory / name).write_bytes(b"not a database, but long enough to be looked at as one" * 20)
    garbage = told(directory, Weight.WRONG)
    (directory / name).unlink()
    with sqlite3.connect(directory / name) as other:
        other.execute("CREATE TABLE x (y)")
    other.close()
    foreign = told(directory, Weight.WRONG)

    assert len(garbage) == len(foreign) == 1
    assert "damaged" in garbage[0]
    assert "is not the AskOnce database" in foreign[0]


def test_pages_that_do_not_hold_together_are_wrong(directory: Path) -> None:
    content = bytearray((directory / CATALOG_NAME).read_bytes())
    content[2 * PAGE_BYTES : 3 * PAGE_BYTES] = os.urandom(PAGE_BYTES)  # The second holds no rows.
    (directory / CATALOG_NAME).write_bytes(content)

    (damage,) = told(directory, Weight.WRONG)

    assert CATALOG_NAME in damage
    assert "Restore it" in damage


def test_a_clock_behind_what_was_written_is_wrong(directory: Path) -> None:
    assert told(directory, Weight.WRONG, NOW_MS - 1_000) == []
    (late,) = told(directory, Weight.WRONG, NOW_MS - 3_600_000)
    assert "clock is 3600 s behind" in late


def test_a_directory_to_be_made_is_noted_and_not_made(tmp_path: Path) -> None:
    (noted,) = told(tmp_path / "a" / "b", Weight.NOTICE)

    assert "the first start makes it" in noted
    assert not (tmp_path / "a").exists()


def test_a_file_in_its_place_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    assert "is a file" in told(tmp_path / "data", Weight.WRONG)[0]


def test_rights_that_are_missing_are_wrong_and_those_that_are_too_many_are_noted(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.chmod(0o755)
    (open_to_all,) = told(directory, Weight.NOTICE)
    # Root, as whom tests may run, is refused nothing: so the system's answer is given here.
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != ENTRIES_NAME)
    (closed,) = told(directory, Weight.WRONG)

    assert f"chmod 700 {directory}" in open_to_all
    assert str(directory / ENTRIES_NAME) in closed
    assert "chown" in closed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_several_users_are_noted(directory: Path) -> None:
    os.chown(directory / CATALOG_NAME, 65_534, 65_534)

    assert "belong to different users" in told(directory, Weight.NOTICE)[0]


@pytest.mark.parametrize(
    ("free", "weight"),
    [
        (doctor.FULL_BYTES - 1, Weight.WRONG),
        (doctor.LOW_BYTES - 1, Weight.NOTICE),
        (doctor.LOW_BYTES, Weight.FINE),
    ],
)
def test_a_disk_that_fills_up_is_told_in_time(
    directory: Path, free: int, weight: Weight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, free))

    (disk,) = [finding for finding in examine(directory, NOW_MS) if finding.subject == "disk"]

    assert disk.weight is weight
