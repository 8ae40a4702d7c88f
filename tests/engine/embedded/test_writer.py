"""Callers share commits and nothing else: no failure of one is another's, and nobody waits for ever."""

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

from askonce.engine.embedded import engine as engine_module
from askonce.engine.embedded.database import Durability, connect
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.spaces import Spaces
from askonce.errors import EngineUnavailable, OutOfSpace
from askonce.model.bounds import Bounds

Start = Callable[..., EmbeddedEngine]


async def prompts(engine: EmbeddedEngine) -> set[str]:
    found = await engine.nearest("cache", direction(0), ANYWHERE, 0.0, 1_000, NOW_MS)
    return {match.entry.prompt for match in found}


@contextmanager
def writer_waits(engine: EmbeddedEngine) -> Iterator[None]:
    """Keeps the writer before its next commit, as a slow disk would."""
    with engine._committer.standing_still:
        yield


async def queue(engine: EmbeddedEngine, count: int, **odd: Any) -> list[asyncio.Task[None]]:
    """`count` puts, all of them waiting for the writer."""
    puts = [entry(f"entry {n}", **odd.get(f"entry_{n}", {})) for n in range(count)]
    tasks = [asyncio.create_task(engine.put("cache", put, direction(n))) for n, put in enumerate(puts)]
    await asyncio.sleep(0)
    return tasks


async def test_callers_that_wait_together_share_one_commit(start: Start) -> None:
    engine = start()
    with writer_waits(engine):
        tasks = await queue(engine, 200)
    await asyncio.gather(*tasks)

    # The first ones may have been taken before the others came.
    assert engine.commits <= 2
    assert len(await prompts(engine)) == 200


async def test_a_change_that_fails_takes_no_other_with_it(start: Start) -> None:
    engine = start()
    await engine.put("cache", entry("entry 5", "old"), direction(5))
    with writer_waits(engine):
        tasks = await queue(engine, 20, entry_5={"expires_at_ms": 2**70}, entry_9={"response": "\ud800"})
    results = await asyncio.gather(*tasks, return_exceptions=True)

    refused = [n for n, result in enumerate(results) if isinstance(result, EngineUnavailable)]
    assert refused == [5, 9]
    assert await prompts(engine) == {f"entry {n}" for n in range(20)} - {"entry 9"}
    (kept,) = await engine.exact("cache", "entry 5", ANYWHERE, 9, NOW_MS)
    assert kept.response == "old"
    assert (await engine.check(NOW_MS)).problems == ()


async def test_a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect_to_small_disk(path: Path, durability: Durability) -> sqlite3.Connection:
        connection = connect(path, durability)
        connection.execute("PRAGMA max_page_count = 60")
        return connection

    monkeypatch.setattr(engine_module, "connect", connect_to_small_disk)
    engine = start()
    puts = [entry(f"entry {n}", "r" * 8_000, expires_at_ms=NOW_MS + 1) for n in range(200)]
    results = await asyncio.gather(
        *(engine.put("cache", put, direction(n)) for n, put in enumerate(puts)), return_exceptions=True
    )
    kept = {put.prompt for put, result in zip(puts, results, strict=True) if result is None}

    assert 0 < len(kept) < 60
    assert {type(result) for result in results} == {type(None), OutOfSpace}
    assert await prompts(engine) == kept
    assert (await engine.check(NOW_MS)).problems == ()
    while await engine.sweep(NOW_MS + 1):
        pass
    await engine.put("cache", entry("fits again", "r" * 8_000), direction(1))


async def test_an_io_error_leaves_nothing_half_there_and_passes(start: Start, directory: Path) -> None:
    engine = start()
    await engine.put("cache", entry("Why?", "old"), direction(1))
    log_bytes = directory.joinpath(ENTRIES_NAME + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log_bytes + 20_000, hard))  # The log can not grow beyond this.
    try:
        for response in ("r" * 200_000, "r" * 300_000):
            with pytest.raises((EngineUnavailable, OutOfSpace)):
                await engine.put("cache", entry("Why?", response), direction(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    (kept,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS)
    assert kept.entry.response == "old"
    await engine.put("cache", entry("Why?", "new"), direction(1))
    (kept,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS)
    assert kept.entry.response == "new"
    assert (await engine.check(NOW_MS)).problems == ()


class DoubtfulConnection(sqlite3.Connection):
    """When `is_due`, the next COMMIT reports an I/O error: after it was made if `commits`, else instead.

    If `is_blind`, the question that follows gets an I/O error too.
    """

    is_due = commits = is_blind = False

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if self.is_due and sql == "COMMIT":
            self.is_due = False
            if self.commits:
                super().execute(sql)
            raise sqlite3.OperationalError("disk I/O error")
        if self.is_blind and sql.startswith("SELECT 1"):
            self.is_blind = False
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, parameters)


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> list[DoubtfulConnection]:
    """The writer's connections of engines started from here on."""
    opened: list[DoubtfulConnection] = []

    def connect_doubtfully(path: Path, _: Durability) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, factory=DoubtfulConnection
        )
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        opened.append(connection)
        return connection

    monkeypatch.setattr(engine_module, "connect", connect_doubtfully)
    return opened


TWO = Bounds(max_entries=2)
Change = Callable[[EmbeddedEngine], Awaitable[object]]
CHANGES: dict[str, tuple[Change, set[str]]] = {
    "put": (lambda engine: engine.put("cache", entry("c"), direction(3)), {"a", "b", "c"}),
    "replace": (lambda engine: engine.put("cache", entry("A"), direction(1)), {"A", "b"}),
    "evict": (lambda engine: engine.put("cache", entry("c"), direction(3), TWO), {"b", "c"}),
    "remove": (lambda engine: engine.remove("cache", entry("a").id, NOW_MS), {"b"}),
    "remove_matching": (lambda engine: engine.remove_matching("cache", {"x": "y"}, NOW_MS), {"a"}),
    "flush": (lambda engine: engine.flush("cache"), set()),
}


@pytest.mark.parametrize("is_blind", [False, True])
@pytest.mark.parametrize("commits", [False, True])
@pytest.mark.parametrize("name", CHANGES)
async def test_after_a_commit_with_an_unknown_end_searches_agree_with_the_store(
    start: Start, doubtful: list[DoubtfulConnection], name: str, commits: bool, is_blind: bool
) -> None:
    change, changed = CHANGES[name]
    engine = start()
    await engine.put("cache", entry("a"), direction(1))
    await engine.put("cache", entry("b", attributes={"x": "y"}), direction(2))
    doubtful[0].commits, doubtful[0].is_blind, doubtful[0].is_due = commits, is_blind, True
    with pytest.raises(EngineUnavailable):
        await change(engine)
    await engine.put("other", entry("The next change settles what is left in doubt."), None)

    held = changed if commits else {"a", "b"}
    space = engine._spaces.find("cache")
    assert await prompts(engine) == held
    assert space is None or engine._spaces.ledger.account(space.number).entries == len(held)
    assert (await engine.check(NOW_MS)).problems == ()


async def test_a_dead_writer_refuses_everyone_and_hangs_nobody(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = start()
    await engine.put("cache", entry("before"), direction(1))

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Spaces, "apply", fail)
    with writer_waits(engine):
        tasks = await queue(engine, 50)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    monkeypatch.undo()

    assert {type(result) for result in results} == {EngineUnavailable}
    for refused in (engine.put("cache", entry("after"), None), engine.ping(), engine.sweep(NOW_MS)):
        with pytest.raises(EngineUnavailable):
            await refused
    assert await engine.exact("cache", "before", ANYWHERE, 1, NOW_MS) == [entry("before")]
    engine.close()
    # What was committed and not acknowledged may be there; what is there is whole.
    assert (await start().check(NOW_MS)).problems == ()


async def test_closing_finishes_what_is_queued(start: Start) -> None:
    engine = start()
    tasks = await queue(engine, 100)
    engine.close()
    await asyncio.gather(*tasks)

    assert len(await prompts(start())) == 100


async def test_a_closed_engine_refuses_every_call_and_may_be_closed_again(start: Start) -> None:
    engine = start()
    await engine.put("cache", entry("Why?"), direction(1))
    engine.close()
    engine.close()

    for refused in (
        engine.put("cache", entry("Why?"), None),
        engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS),
        engine.nearest("cache", direction(1), ANYWHERE, 0.0, 1, NOW_MS),
        engine.remove("cache", entry("Why?").id, NOW_MS),
        engine.remove_matching("cache", {}, NOW_MS),
        engine.flush("cache"),
        engine.sweep(NOW_MS),
        engine.ping(),
        engine.check(NOW_MS),
    ):
        with pytest.raises(EngineUnavailable):
            await refused


async def test_a_caller_that_gives_up_disturbs_nobody(start: Start) -> None:
    engine = start()
    with writer_waits(engine):
        tasks = await queue(engine, 10)
        tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [n for n, result in enumerate(results) if result is not None] == [3]
    # It was queued and nothing called it back, so it is there.
    await engine.put("cache", entry("after"), direction(1))
    assert len(await prompts(engine)) == 11
