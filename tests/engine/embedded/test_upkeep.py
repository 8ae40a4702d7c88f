"""Space comes back, the log stays short, and callers do not pay for it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

from askonce.engine.embedded import checkpoint
from askonce.engine.embedded.database import connect
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.store import SWEEP_BATCH

Start = Callable[..., EmbeddedEngine]


async def fill(engine: EmbeddedEngine, name: str, count: int, expires_at_ms: int | None = None) -> None:
    await asyncio.gather(
        *(
            engine.put("cache", entry(f"{name} {n}", "r" * 1_000, expires_at_ms=expires_at_ms), direction(n))
            for n in range(count)
        )
    )


async def sweep_all(engine: EmbeddedEngine) -> None:
    while await engine.sweep(NOW_MS):
        pass


def pages(directory: Path) -> tuple[int, int]:
    """All pages of the closed database, and those that are free."""
    with closing(connect(directory / ENTRIES_NAME)) as connection:
        (total,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return total, free


async def test_space_of_what_is_over_is_used_again(start: Start, directory: Path) -> None:
    engine = start()
    await fill(engine, "first", 1_000, expires_at_ms=NOW_MS)
    for round_ in range(4):
        await sweep_all(engine)
        await fill(engine, f"round {round_}", 1_000, expires_at_ms=NOW_MS)
    engine.close()

    total, _ = pages(directory)
    again = start()
    await sweep_all(again)
    await fill(again, "last", 1_000)
    again.close()
    assert pages(directory)[0] <= total * 1.1


async def test_space_that_is_not_used_again_is_given_back_to_the_disk(start: Start, directory: Path) -> None:
    engine = start()
    await fill(engine, "over", 3_000, expires_at_ms=NOW_MS)
    await fill(engine, "stays", 10)
    engine.close()
    full, _ = pages(directory)
    again = start()
    for _ in range(20):
        await again.sweep(NOW_MS)
    again.close()

    left, free = pages(directory)
    assert left < full / 2
    assert free * 2 < full


async def test_a_flushed_cache_is_swept_in_bounded_steps(start: Start) -> None:
    engine = start()
    await fill(engine, "entry", 1_200)
    await engine.flush("cache")
    await engine.put("cache", entry("stays"), direction(1))
    swept = [await engine.sweep(NOW_MS) for _ in range(8)]

    assert max(swept) == SWEEP_BATCH
    assert sum(swept) == 1_200
    assert swept[-1] == 0
    assert await engine.exact("cache", "stays", ANYWHERE, 1, NOW_MS)
    report = await engine.check(NOW_MS)
    assert (report.entries, report.flushed, report.problems) == (1, 0, ())


async def test_memory_of_removed_entries_is_used_again(start: Start) -> None:
    engine = start()
    for round_ in range(10):
        await fill(engine, "entry", 300)
        if round_ % 2:
            await engine.remove_matching("cache", {}, NOW_MS)
    await fill(engine, "entry", 300)
    space = engine._spaces.find("cache")

    assert space is not None
    assert space.plain.count_live(NOW_MS) == 300
    assert space.plain.slots_in_use <= 600


async def test_the_log_is_moved_by_a_thread_while_writing_goes_on(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "CHECKPOINT_BYTES", 256 * 1024)
    engine = start()
    number = 0
    while engine._checkpointer.rounds < 3:
        number += 1
        await engine.put("cache", entry(f"entry {number}", "r" * 20_000), direction(1))

    assert (await engine.check(NOW_MS)).entries == number


async def test_a_log_that_grew_too_long_is_begun_again_by_the_writer(
    start: Start, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is kept out of it here: how much it moves while writing never pauses is up to the disk."""
    monkeypatch.setattr(checkpoint, "CHECKPOINT_BYTES", 2**40)
    monkeypatch.setattr(checkpoint, "LOG_LIMIT_BYTES", 2 * 2**20)
    engine = start()
    puts = [entry(f"entry {n}", "r" * 20_000) for n in range(1_000)]
    for first in range(0, len(puts), 20):
        await asyncio.gather(*(engine.put("cache", put, direction(1)) for put in puts[first : first + 20]))
    log_bytes = directory.joinpath(ENTRIES_NAME + "-wal").stat().st_size

    assert log_bytes < 6 * 2**20
    assert (await engine.check(NOW_MS)).problems == ()


async def test_commits_never_run_a_checkpoint(start: Start) -> None:
    engine = start()
    statements: list[str] = []
    engine._committer._connection.set_trace_callback(statements.append)
    await fill(engine, "entry", 500)

    assert any(statement == "COMMIT" for statement in statements)
    assert not any("checkpoint" in statement for statement in statements)
    (limit,) = engine._committer._connection.execute("PRAGMA wal_autocheckpoint").fetchone()
    assert limit == 0


async def test_a_closed_engine_leaves_one_file_with_everything(start: Start, directory: Path) -> None:
    engine = start()
    await fill(engine, "entry", 100)
    engine.close()

    assert not directory.joinpath(ENTRIES_NAME + "-wal").exists()
    with closing(sqlite3.connect(directory / ENTRIES_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (100,)
