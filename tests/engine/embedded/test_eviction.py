"""Who is evicted, against the plainest model of each policy; what a restart, a kill and a failure leave."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.embedded.test_upkeep import pages
from tests.engine.embedded.test_writer import writer_waits

from askonce.engine.embedded import victims
from askonce.engine.embedded.database import Durability, connect_reader
from askonce.engine.embedded.engine import ENTRIES_NAME, KEEP_USES_EVERY_MS, EmbeddedEngine
from askonce.engine.embedded.offline import OfflineInventory
from askonce.errors import EngineUnavailable, OutOfSpace
from askonce.model.bounds import UNBOUNDED, Bounds, EvictionPolicy, entry_bytes
from askonce.model.entry import NO_CONTEXT, Entry, entry_id
from askonce.model.query import Scope

Start = Callable[..., EmbeddedEngine]
VECTOR = direction(1, dimensions=8)
PROMPTS = ["a", "b", "c", "d", "e", "f", "g", "h"]
CONTEXT = "c" * 32  # Entries of it stand in an index of their own.


@dataclass
class Line:
    entry: Entry
    seq: int
    last_use: int
    frequency: int

    @property
    def size(self) -> int:
        return entry_bytes(self.entry, len(VECTOR))


@dataclass
class Model:
    """A dict of lines, all of it looked at for every victim."""

    lines: dict[str, Line] = field(default_factory=dict)
    moment: int = 0
    level: int = 0

    def held(self, added: Line | None = None) -> tuple[int, int]:
        lines = list((self.lines | ({added.entry.id: added} if added else {})).values())
        return len(lines), sum(line.size for line in lines)

    def put(self, entry: Entry, bounds: Bounds) -> bool:
        self.moment += 1
        added = Line(entry, self.moment, self.moment, 1)
        if not bounds.hold(1, added.size) or not self.make_room(added, bounds, entry.created_at_ms):
            return False
        former = self.lines.pop(entry.id, None)
        added.frequency = max(self.level + 1, former.frequency if former else 1)
        self.lines[entry.id] = added
        return True

    def make_room(self, added: Line | None, bounds: Bounds, now_ms: int) -> bool:
        before = self.held()
        if bounds.hold(*self.held(added)):
            return True
        spared = added.entry.id if added else ""
        for line in [line for line in self.lines.values() if line.entry.is_over(now_ms)]:
            if line.entry.id != spared:
                del self.lines[line.entry.id]
        while not bounds.hold(*self.held(added)):
            going = [line for line in self.lines.values() if line.entry.id != spared]
            if bounds.eviction is EvictionPolicy.NONE:
                before = self.held()
            if bounds.eviction is EvictionPolicy.NONE or not going:
                return all(now <= then for now, then in zip(self.held(added), before, strict=True))
            victim = min(going, key=lambda line: self.key(line, bounds.eviction))
            if bounds.eviction is EvictionPolicy.LFU:
                self.level = max(self.level, victim.frequency)
            del self.lines[victim.entry.id]
        return True

    @staticmethod
    def key(line: Line, policy: EvictionPolicy) -> tuple[int, int]:
        ranks = {EvictionPolicy.LRU: line.last_use, EvictionPolicy.LFU: line.frequency}
        return ranks.get(policy, line.seq), line.seq

    def hit(self, served: Entry) -> None:
        self.moment += 1
        line = self.lines[served.id]
        line.entry, line.last_use = served, self.moment
        line.frequency += 1

    def live(self, now_ms: int) -> list[Entry]:
        """The newest first."""
        lines = sorted(self.lines.values(), key=lambda line: -line.seq)
        return [line.entry for line in lines if not line.entry.is_over(now_ms)]

    def restart(self, now_ms: int) -> None:
        """How often something was used that is over by then is forgotten."""
        self.level = min((line.frequency for line in self.lines.values()), default=1) - 1
        for line in self.lines.values():
            if line.entry.is_over(now_ms):
                line.frequency = 1


Step: TypeAlias = tuple[Callable[..., Awaitable[None]], tuple[Any, ...]]
Asked: TypeAlias = tuple[str, str, int | None]  # Prompt, response, TTL.


class Both:
    """The engine and the model, made to do the same; after each step they hold the same entries."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.model = Model()
        self.now_ms = 0
        self.bounds = UNBOUNDED
        self.engine = self.open()

    def open(self) -> EmbeddedEngine:
        return EmbeddedEngine.open(self.directory, now_ms=self.now_ms, durability=Durability.PROCESS)

    def made(self, asked: Asked) -> Entry:
        prompt, response, ttl_ms = asked
        context = CONTEXT if prompt in "gh" else NO_CONTEXT
        ends_ms = None if ttl_ms is None else self.now_ms + ttl_ms
        return Entry(entry_id(prompt, {}, context), prompt, response, {}, context, self.now_ms, ends_ms)

    async def put_together(self, *asked: Asked) -> None:
        """In one transaction, as callers that wait together are served."""
        made = [self.made(one) for one in asked]
        with writer_waits(self.engine):
            tasks = [asyncio.create_task(self.engine.put("cache", one, VECTOR, self.bounds)) for one in made]
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [result is None for result in results] == [self.model.put(one, self.bounds) for one in made]
        assert {type(result) for result in results} <= {type(None), OutOfSpace}

    async def hit(self, prompt: str, renews: bool) -> None:
        scope = Scope({}, CONTEXT if prompt in "gh" else NO_CONTEXT)
        for found in await self.engine.exact("cache", prompt, scope, 1, self.now_ms):
            served = found.renewed(self.now_ms) if renews else found
            self.engine.note_hits("cache", [served])
            self.model.hit(served)

    async def rebound(self, bounds: Bounds) -> None:
        self.bounds = bounds

    async def trim(self) -> None:
        while await self.engine.trim("cache", self.bounds, self.now_ms):
            pass
        self.model.make_room(None, self.bounds, self.now_ms)

    async def wait(self, ms: int) -> None:
        self.now_ms += ms

    async def sweep(self) -> None:
        await self.engine.sweep(self.now_ms)
        for line in list(self.model.lines.values()):
            if line.entry.is_over(self.now_ms):
                del self.model.lines[line.entry.id]

    async def remove(self, prompt: str) -> None:
        made = self.made((prompt, "", None))
        held = self.model.lines.pop(made.id, None)
        expected = held is not None and not held.entry.is_over(self.now_ms)
        assert await self.engine.remove("cache", made.id, self.now_ms) == expected

    async def restart(self) -> None:
        self.engine.close()
        self.engine = self.open()
        self.model.restart(self.now_ms)

    async def compare(self) -> None:
        found = [
            match.entry
            for context in (NO_CONTEXT, CONTEXT)
            for match in await self.engine.nearest("cache", VECTOR, Scope({}, context), 0.0, 99, self.now_ms)
        ]
        assert sorted(found, key=lambda one: one.id) == sorted(
            self.model.live(self.now_ms), key=lambda one: one.id
        )


prompts = some.sampled_from(PROMPTS)
asked = some.tuples(
    prompts, some.sampled_from(["", "r" * 40, "r" * 150]), some.sampled_from([None, None, None, 2, 5])
)
bounds = some.builds(
    Bounds,
    max_entries=some.sampled_from([None, 1, 2, 3, 4, 5]),
    max_bytes=some.sampled_from([None, None, 100, 200, 400]),
    eviction=some.sampled_from(EvictionPolicy),
)


def a(method: Callable[..., Awaitable[None]], *drawn: some.SearchStrategy[Any]) -> some.SearchStrategy[Step]:
    return some.tuples(some.just(method), some.tuples(*drawn))


put = a(Both.put_together, asked)
put_together = a(Both.put_together, *[asked] * 6)
hits = a(Both.hit, prompts, some.booleans())
upkeep = some.one_of(
    a(Both.trim),
    a(Both.sweep),
    a(Both.restart),
    a(Both.rebound, bounds),
    a(Both.remove, prompts),
    a(Both.wait, some.integers(1, 3)),
)
steps = some.one_of(put, put, put_together, hits, hits, hits, upkeep)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(bounds, some.lists(steps, max_size=40))
def test_the_victims_are_those_of_a_model_that_looks_at_everything(
    first: Bounds, programme: list[Step]
) -> None:
    with tempfile.TemporaryDirectory() as name, patch.object(victims, "FEWEST_AHEAD", 2):
        asyncio.run(carry_out([(Both.rebound, (first,)), *programme], Path(name)))


async def carry_out(programme: list[Step], directory: Path) -> None:
    both = Both(directory)
    try:
        for method, drawn in programme:
            await method(both, *drawn)
            await both.compare()
        assert_accounts_are_true(both.engine)
        assert (await both.engine.check(both.now_ms)).problems == ()
    finally:
        both.engine.close()


def held_in_store(directory: Path) -> tuple[int, int]:
    """Entries and bytes of the one cache, counted from its rows."""
    with closing(connect_reader(directory / ENTRIES_NAME)) as connection:
        rows = connection.execute(
            "SELECT length(CAST(prompt AS BLOB)) + length(CAST(response AS BLOB))"
            " + (SELECT length(vector) FROM vectors WHERE vectors.seq = entries.seq)"
            " FROM entries JOIN spaces USING (space) WHERE flushed = 0"
        ).fetchall()
        orphans = connection.execute("SELECT count(*) FROM uses WHERE seq NOT IN (SELECT seq FROM entries)")
        assert orphans.fetchone() == (0,)
    return len(rows), sum(size for (size,) in rows)


def assert_accounts_are_true(engine: EmbeddedEngine) -> None:
    space = engine._spaces.find("cache")
    if space is not None:
        account = engine._spaces.ledger.account(space.number)
        assert (account.entries, account.bytes) == held_in_store(engine.path.parent)


LRU = Bounds(max_entries=100, eviction=EvictionPolicy.LRU)


async def put_all(engine: EmbeddedEngine, numbers: Iterator[int] | range, bounds: Bounds = LRU) -> None:
    await asyncio.gather(
        *(engine.put("cache", entry(f"entry {n}", "r" * 1_000), direction(n), bounds) for n in numbers)
    )


async def hit(engine: EmbeddedEngine, number: int) -> None:
    found = await engine.exact("cache", f"entry {number}", ANYWHERE, 1, NOW_MS)
    engine.note_hits("cache", found)


async def numbers(engine: EmbeddedEngine) -> set[int]:
    found = await engine.nearest("cache", direction(0), ANYWHERE, 0.0, 1_000, NOW_MS)
    return {int(match.entry.prompt.removeprefix("entry ")) for match in found}


@pytest.mark.parametrize("policy", [EvictionPolicy.LRU, EvictionPolicy.LFU])
async def test_a_restart_keeps_who_was_used(start: Start, policy: EvictionPolicy) -> None:
    bounds = replace(LRU, eviction=policy)
    engine = start()
    await put_all(engine, range(100), bounds)
    for number in range(0, 100, 2):
        await hit(engine, number)
    engine.close()

    again = start()
    await put_all(again, range(100, 150), bounds)
    assert await numbers(again) == {*range(0, 100, 2), *range(100, 150)}


async def test_hits_are_written_in_batches_by_the_sweeper_and_not_before(
    start: Start, directory: Path
) -> None:
    engine = start()
    await put_all(engine, range(100))
    await engine.sweep(NOW_MS)
    commits = engine.commits
    for number in range(50):
        await hit(engine, number)
    await engine.sweep(NOW_MS + KEEP_USES_EVERY_MS - 1)
    assert engine.commits == commits + 1
    assert uses_in_store(directory) == 0

    await engine.sweep(NOW_MS + KEEP_USES_EVERY_MS)
    assert engine.commits == commits + 3
    assert uses_in_store(directory) == 50


def uses_in_store(directory: Path) -> int:
    with closing(connect_reader(directory / ENTRIES_NAME)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM uses").fetchone()
    return int(count)


async def test_a_hit_waits_for_no_write_and_no_search_does(start: Start) -> None:
    engine = start()
    await put_all(engine, range(100))
    with writer_waits(engine):
        putting = asyncio.create_task(put_all(engine, range(100, 120)))
        await asyncio.sleep(0)
        for number in range(100):
            await hit(engine, number)
    await putting

    assert_accounts_are_true(engine)
    assert len(await numbers(engine)) == 100


async def test_a_set_that_fails_evicts_nobody(start: Start) -> None:
    engine = start()
    await put_all(engine, range(100))
    odd = entry("odd", expires_at_ms=2**70)
    puts = [engine.put("cache", odd, direction(1), LRU), put_all(engine, range(100, 110))]
    results = await asyncio.gather(*puts, return_exceptions=True)

    assert isinstance(results[0], EngineUnavailable)
    assert await numbers(engine) == set(range(10, 110))
    assert_accounts_are_true(engine)


async def test_sets_hits_removals_and_trims_at_once_leave_a_full_cache_and_true_accounts(
    start: Start, directory: Path
) -> None:
    engine = start()
    most: list[int] = []

    async def use() -> None:
        for number in range(0, 600, 3):
            await hit(engine, number)
            most.append(held_in_store(directory)[0])

    async def remove() -> None:
        for number in range(0, 300, 7):
            await engine.remove("cache", entry(f"entry {number}").id, NOW_MS)
            await engine.trim("cache", LRU, NOW_MS)

    await asyncio.gather(*(put_all(engine, range(first, 600, 4)) for first in range(4)), use(), remove())

    assert max(most) <= 100
    assert_accounts_are_true(engine)
    assert (await engine.check(NOW_MS)).problems == ()
    await put_all(engine, range(600, 700))
    assert await numbers(engine) == set(range(600, 700))


async def test_a_flush_begins_a_new_account(start: Start) -> None:
    engine = start()
    await put_all(engine, range(150))
    await engine.flush("cache")
    await put_all(engine, range(100))

    assert await numbers(engine) == set(range(100))
    assert_accounts_are_true(engine)


async def test_the_file_of_a_full_cache_does_not_grow_for_ever(start: Start, directory: Path) -> None:
    """Pages of evicted entries are used again, though who goes is scattered over them."""
    engine = start()
    bounds = replace(LRU, max_entries=500)
    await put_all(engine, range(500), bounds)
    engine.close()
    full, _ = pages(directory)
    again = start()
    for first in range(500, 4_000, 250):
        for number in range(first - 500, first, 3):
            await hit(again, number)
        await put_all(again, range(first, first + 250), bounds)
        await again.sweep(NOW_MS)
    again.close()

    assert pages(directory)[0] < 2.5 * full


async def test_the_space_of_a_cache_that_was_made_smaller_is_given_back(
    start: Start, directory: Path
) -> None:
    engine = start()
    await put_all(engine, range(3_000), UNBOUNDED)
    engine.close()
    full, _ = pages(directory)
    again = start()
    while await again.trim("cache", LRU, NOW_MS):
        pass
    for _ in range(10):
        await again.sweep(NOW_MS)
    assert await numbers(again) == set(range(2_900, 3_000))
    again.close()

    assert pages(directory)[0] < full / 3


async def test_what_was_over_at_the_start_counts_until_it_is_gone_and_goes_first(start: Start) -> None:
    engine = start()
    bounds = replace(LRU, max_entries=3)
    for number, ends_ms in enumerate((None, NOW_MS + 1, None)):
        made = entry(f"entry {number}", expires_at_ms=ends_ms)
        await engine.put("cache", made, direction(number), bounds)
    engine.close()

    again = start(now_ms=NOW_MS + 1)
    assert_accounts_are_true(again)
    late = replace(entry("entry 3"), created_at_ms=NOW_MS + 1)
    await again.put("cache", late, direction(3), bounds)
    assert await numbers(again) == {0, 2, 3}
    assert_accounts_are_true(again)


async def test_a_renewed_life_survives_a_restart(start: Start) -> None:
    engine = start()
    await engine.put("cache", entry("Why?", expires_at_ms=NOW_MS + 1_000), direction(1))
    (found,) = await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS + 900)
    served = found.renewed(NOW_MS + 900)
    engine.note_hits("cache", [served])
    engine.close()

    again = start(now_ms=NOW_MS + 1_500)
    assert await again.exact("cache", "Why?", ANYWHERE, 1, NOW_MS + 1_899) == [served]
    assert await again.exact("cache", "Why?", ANYWHERE, 1, NOW_MS + 1_900) == []


PUT_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.model.bounds import Bounds, EvictionPolicy
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

BOUNDS = Bounds(max_entries=40, max_bytes=30_000, eviction=EvictionPolicy(sys.argv[2]))

async def put(engine, first):
    for number in range(first, 10**9, 16):
        made = entry(f"entry {number % 5_000}", "r" * (number * 7_919 % 1_500))
        await engine.put("cache", made, direction(number % 100), BOUNDS)
        engine.note_hits("cache", await engine.exact("cache", "entry 7", ANYWHERE, 1, NOW_MS))

async def main():
    engine = EmbeddedEngine.open(Path(sys.argv[1]), now_ms=NOW_MS)
    await engine.put("cache", entry("entry 7"), direction(7), BOUNDS)
    print("ready", flush=True)
    await asyncio.gather(*(put(engine, first) for first in range(16)))

asyncio.run(main())
"""


def put_until_killed(directory: Path, policy: EvictionPolicy, pause_s: float) -> None:
    command = [sys.executable, "-c", PUT_UNTIL_KILLED, str(directory), policy.value]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(pause_s)  # Whatever the moment, the bounds hold; another one each time.
        process.kill()


@pytest.mark.parametrize("policy", [EvictionPolicy.LRU, EvictionPolicy.LFU, EvictionPolicy.OLDEST])
async def test_a_kill_leaves_the_bounds_true(start: Start, directory: Path, policy: EvictionPolicy) -> None:
    for pause_s in (0.3, 0.05, 0.6):
        put_until_killed(directory, policy, pause_s)
        entries, size = held_in_store(directory)
        assert 0 < entries <= 40
        assert size <= 30_000

        engine = start()
        assert_accounts_are_true(engine)
        assert (await engine.check(NOW_MS)).problems == ()
        engine.close()


async def test_the_accounts_are_what_the_offline_inventory_counts(start: Start, directory: Path) -> None:
    engine = start()
    for number in range(5):
        made = entry(f"naïve {number} \x00", "ünï" * number, {"tëam": "ä"})
        await engine.put("cache", made, direction(number) if number % 2 else None)
    told = await engine.size_of("cache", NOW_MS)

    class Stopped:
        def now_ms(self) -> int:
            return NOW_MS

    assert await OfflineInventory(directory, Stopped()).size_of("cache", NOW_MS) == told
    engine.close()
    assert await start().size_of("cache", NOW_MS) == told
