"""Whatever was acknowledged is there after the next start, and in the same order."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.model.query import Match, Scope

Start = Callable[..., EmbeddedEngine]
CONTEXT = "c" * 32
ROOT = Path(__file__).parents[3]


PUT_AND_DIE = """
import asyncio, os, sys
from pathlib import Path
from askonce.engine.embedded.engine import EmbeddedEngine
from tests.contract.samples import NOW_MS, direction, entry

async def main():
    engine = EmbeddedEngine.open(Path(sys.argv[1]), now_ms=NOW_MS)
    await asyncio.gather(*(engine.put("cache", entry(str(n)), direction(n)) for n in range(100)))
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def put_and_die(directory: Path) -> None:
    """A process that puts 100 entries and is killed at once."""
    killed = subprocess.run([sys.executable, "-c", PUT_AND_DIE, str(directory)], cwd=ROOT, check=False)
    assert killed.returncode == -9


@pytest.mark.parametrize("count", [1, 50, 3_000])
async def test_every_entry_is_found_again(start: Start, count: int) -> None:
    puts = [entry(f"entry {n}", attributes={"n": str(n % 7)} if n % 2 else {}) for n in range(count)]
    engine = start()
    await asyncio.gather(*(engine.put("cache", put, direction(n)) for n, put in enumerate(puts)))
    engine.close()

    again = start()
    for number, put in list(enumerate(puts))[:: max(1, count // 50)]:
        scope = Scope(put.attributes)
        assert await again.exact("cache", put.prompt, scope, 1, NOW_MS) == [put]
        assert await again.nearest("cache", direction(number), scope, 0.999, 1, NOW_MS) == [Match(put, 1.0)]
    assert (await again.check(NOW_MS)).problems == ()


async def test_contexts_and_entries_without_vectors_are_found_again(start: Start) -> None:
    engine = start()
    await engine.put("cache", entry("And?", "alone"), None)
    await engine.put("cache", entry("And?", "within", context=CONTEXT), direction(1))
    engine.close()

    again = start()
    (alone,) = await again.exact("cache", "And?", ANYWHERE, 9, NOW_MS)
    (within,) = await again.nearest("cache", direction(1), Scope({}, CONTEXT), 0.9, 9, NOW_MS)
    assert (alone.response, within.entry.response) == ("alone", "within")
    assert await again.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS) == []


async def test_what_was_removed_replaced_or_flushed_stays_so(start: Start) -> None:
    engine = start()
    await engine.put("cache", entry("removed"), direction(1))
    await engine.put("cache", entry("replaced", "old"), direction(1))
    await engine.put("cache", entry("replaced", "new"), direction(1))
    await engine.put("flushed", entry("flushed"), direction(1))
    await engine.remove("cache", entry("removed").id, NOW_MS)
    await engine.flush("flushed")
    engine.close()

    again = start()
    found = await again.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS)
    assert [match.entry.response for match in found] == ["new"]
    assert await again.exact("cache", "removed", ANYWHERE, 1, NOW_MS) == []
    assert await again.exact("flushed", "flushed", ANYWHERE, 1, NOW_MS) == []
    assert await again.sweep(NOW_MS) == 1


async def test_newer_entries_stay_newer_and_a_put_after_the_start_is_the_newest(start: Start) -> None:
    engine = start()
    for prompt in ("first", "second", "third"):
        await engine.put("cache", entry(prompt), direction(1))
    await engine.remove("cache", entry("third").id, NOW_MS)
    engine.close()

    again = start()
    await again.put("cache", entry("fourth"), direction(1))
    found = await again.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS)
    assert [match.entry.prompt for match in found] == ["fourth", "second", "first"]


async def test_what_was_over_at_the_start_is_not_loaded_and_can_be_swept_or_put_again(start: Start) -> None:
    engine = start()
    for number in range(3):
        await engine.put("cache", entry(f"entry {number}", expires_at_ms=NOW_MS + 1), direction(number))
    engine.close()

    again = start(now_ms=NOW_MS + 1)
    await again.put("cache", entry("entry 0", "again"), direction(0))
    assert not await again.remove("cache", entry("entry 1").id, NOW_MS + 1)
    assert await again.sweep(NOW_MS + 1) == 1
    report = await again.check(NOW_MS + 1)
    assert (report.entries, report.problems) == (1, ())


async def test_what_was_acknowledged_survives_a_killed_process(directory: Path, start: Start) -> None:
    put_and_die(directory)

    engine = start()
    for number in range(100):
        (found,) = await engine.nearest("cache", direction(number), ANYWHERE, 0.999, 1, NOW_MS)
        assert found.entry == entry(str(number))
    assert (await engine.check(NOW_MS)).problems == ()
