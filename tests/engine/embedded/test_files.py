"""A file that is not ours, not whole or not of this version is refused by name, and left as it is."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

from askonce.engine.embedded.catalog import EmbeddedCatalog
from askonce.engine.embedded.database import PAGE_BYTES, Schema, connect, prepare
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.schema import ENTRIES
from askonce.errors import DamagedDatabase, NewerSchema, StartRefused
from askonce.model.bounds import Size

Start = Callable[..., EmbeddedEngine]

ONE = ("CREATE TABLE things (name TEXT)",)
TWO = ("ALTER TABLE things ADD COLUMN colour TEXT", "UPDATE things SET colour = 'red'")
BROKEN = ("ALTER TABLE things ADD COLUMN size TEXT", "UPDATE nothing SET size = 1")


async def filled(start: Start, directory: Path) -> Path:
    """A closed data directory with 200 entries; the path of its entries."""
    engine = start()
    for number in range(200):
        await engine.put("cache", entry(f"entry {number}", "r" * 1_000), direction(number))
    engine.close()
    return directory / ENTRIES_NAME


def assert_names_file_and_way_out(refused: StartRefused, path: Path) -> None:
    assert str(path) in str(refused)
    assert "Restore it from a copy" in str(refused)
    assert "move" in str(refused)
    assert "askonce check" in str(refused)


@pytest.mark.parametrize(
    "content", [b"not a database", b"\x00" * 20_000, b"SQLite format 3\x00" + b"\xff" * 9_000]
)
def test_a_file_that_is_no_database_is_refused_and_not_touched(
    start: Start, directory: Path, content: bytes
) -> None:
    directory.mkdir()
    path = directory / ENTRIES_NAME
    path.write_bytes(content)
    with pytest.raises(DamagedDatabase) as refused:
        start()

    assert_names_file_and_way_out(refused.value, path)
    assert path.read_bytes() == content


def test_another_applications_database_is_refused_and_not_touched(start: Start, directory: Path) -> None:
    directory.mkdir()
    path = directory / ENTRIES_NAME
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (value TEXT)")
    before = path.read_bytes()
    with pytest.raises(DamagedDatabase) as refused:
        start()

    assert_names_file_and_way_out(refused.value, path)
    assert path.read_bytes() == before


def test_a_catalog_in_the_place_of_the_entries_is_refused(start: Start, directory: Path) -> None:
    directory.mkdir()
    EmbeddedCatalog.open(directory / ENTRIES_NAME).close()

    with pytest.raises(DamagedDatabase):
        start()


async def test_a_newer_schema_is_refused_and_not_touched(start: Start, directory: Path) -> None:
    path = await filled(start, directory)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    with pytest.raises(NewerSchema, match="newer AskOnce") as refused:
        start()

    assert str(path) in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("page", range(2, 34, 3))
async def test_a_page_of_rubbish_is_refused_or_found_by_the_check(
    start: Start, directory: Path, page: int
) -> None:
    path = await filled(start, directory)
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)
    try:
        engine = start()
    except DamagedDatabase as refused:
        assert_names_file_and_way_out(refused, path)
    else:
        assert (await engine.check(NOW_MS)).problems


async def test_a_truncated_file_is_refused(start: Start, directory: Path) -> None:
    path = await filled(start, directory)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES)

    with pytest.raises(DamagedDatabase) as refused:
        start()
    assert_names_file_and_way_out(refused.value, path)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET attributes = 'no json' WHERE seq = 7",
        "UPDATE entries SET prompt = CAST(x'ff' AS TEXT) WHERE seq = 7",
        "UPDATE vectors SET vector = x'0102' WHERE seq = 7",
        "UPDATE vectors SET vector = x'01020304' WHERE seq = 7",
    ],
)
async def test_a_row_that_can_not_be_read_is_refused(start: Start, directory: Path, damage: str) -> None:
    path = await filled(start, directory)
    with closing(connect(path)) as connection:
        connection.execute(damage)

    with pytest.raises(DamagedDatabase) as refused:
        start()
    assert_names_file_and_way_out(refused.value, path)


def test_a_refused_start_lets_the_directory_go(start: Start, directory: Path) -> None:
    directory.mkdir()
    path = directory / ENTRIES_NAME
    path.write_bytes(b"rubbish")
    with pytest.raises(DamagedDatabase):
        start()
    path.unlink()

    start()


def test_a_directory_that_can_not_be_made_is_refused_by_name(start: Start, directory: Path) -> None:
    directory.write_text("a file is in the way")

    with pytest.raises(StartRefused, match="data"):
        start()


async def test_a_copy_taken_by_sqlite_can_be_restored(start: Start, directory: Path) -> None:
    path = await filled(start, directory)
    copy = directory / "copy.db"
    with closing(connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    copy.replace(path)

    engine = start()
    await engine.put("cache", entry("after"), direction(1_000))
    assert await engine.exact("cache", "entry 7", ANYWHERE, 1, NOW_MS)
    assert (await engine.check(NOW_MS)).problems == ()


def test_nobody_else_can_read_what_we_made(start: Start, directory: Path) -> None:
    start()

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()} == {0o600}


def test_a_catalog_in_a_directory_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"catalog\.db"):
        EmbeddedCatalog.open(tmp_path / "nowhere" / "catalog.db")


def test_migrations_run_in_order_once(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    prepare(path, Schema(7, (ONE,)))
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO things VALUES ('ball')")
    for _ in range(2):
        prepare(path, Schema(7, (ONE, TWO)))

    with closing(connect(path)) as connection:
        assert connection.execute("SELECT * FROM things").fetchall() == [("ball", "red")]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def make_first_schema(directory: Path) -> None:
    """Entries as the first version wrote them: one for ever, one until a millisecond from now."""
    directory.mkdir()
    path = directory / ENTRIES_NAME
    prepare(path, Schema(ENTRIES.application_id, ENTRIES.migrations[:1]))
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO spaces VALUES (1, 'cache', 32, 0)")
        for seq, (prompt, ends_ms) in enumerate((("stays", None), ("goes", NOW_MS + 1)), start=1):
            key = bytes.fromhex(entry(prompt).id)
            row = (seq, 1, key, prompt, "an answer", None, "", NOW_MS, ends_ms)
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO vectors VALUES (?, ?)", (seq, direction(seq).tobytes()))


async def test_entries_of_the_first_schema_are_found_and_swept(start: Start, directory: Path) -> None:
    make_first_schema(directory)
    engine = start()

    assert await engine.exact("cache", "stays", ANYWHERE, 1, NOW_MS) == [entry("stays")]
    assert (await engine.check(NOW_MS)).problems == ()
    assert await engine.sweep(NOW_MS + 1) == 1
    assert await engine.size_of("cache", NOW_MS) == Size(1, 5 + 9 + 4 * 32)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    prepare(path, Schema(7, (ONE, TWO)))
    with pytest.raises(StartRefused, match=r"things\.db"):
        prepare(path, Schema(7, (ONE, TWO, BROKEN)))

    with closing(connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(things)")]
        assert columns == ["name", "colour"]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
