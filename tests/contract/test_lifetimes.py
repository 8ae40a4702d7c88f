"""What is over is never served, to the millisecond, swept or not."""

import asyncio

from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry


async def is_found(engine: KeptEngine, now_ms: int) -> bool:
    exact = await engine.exact("cache", "Why?", ANYWHERE, 1, now_ms)
    nearest = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, now_ms)
    assert bool(exact) == bool(nearest)
    return bool(exact)


async def sweep_all(engine: KeptEngine, now_ms: int) -> int:
    total = 0
    while swept := await engine.sweep(now_ms):
        total += swept
    return total


async def test_an_entry_lives_to_its_last_millisecond_and_no_longer(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", expires_at_ms=NOW_MS + 1_000), direction(1))

    assert await is_found(engine, NOW_MS + 999)
    assert not await is_found(engine, NOW_MS + 1_000)
    assert not await is_found(engine, NOW_MS + 10**12)


async def test_an_entry_without_an_end_has_none(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?"), direction(1))

    assert await is_found(engine, 2**62)


async def test_entries_that_are_over_do_not_crowd_out_live_ones(engine: KeptEngine) -> None:
    over = [engine.put("cache", entry(f"over {n}", expires_at_ms=NOW_MS), direction(1)) for n in range(3_000)]
    await asyncio.gather(engine.put("cache", entry("Why?"), direction(1)), *over)

    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, NOW_MS)
    assert [match.entry.prompt for match in found] == ["Why?"]


async def test_newer_entries_that_are_over_do_not_hide_an_older_live_one(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", attributes={"a": "live"}), None)
    for number in range(5):
        await engine.put("cache", entry("Why?", attributes={"a": str(number)}, expires_at_ms=NOW_MS), None)

    (found,) = await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS)
    assert found.attributes == {"a": "live"}


async def test_a_sweep_removes_what_is_over_and_nothing_else(engine: KeptEngine) -> None:
    for number in range(20):
        await engine.put("cache", entry(f"over {number}", expires_at_ms=NOW_MS + number), direction(number))
    await engine.put("cache", entry("Why?"), direction(1))
    await sweep_all(engine, NOW_MS + 9)

    assert await is_found(engine, NOW_MS)
    for number in range(20):
        left = await engine.exact("cache", f"over {number}", ANYWHERE, 1, NOW_MS - 1)
        assert bool(left) == (number > 9)


async def test_a_sweep_spares_an_entry_that_was_put_again(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", expires_at_ms=NOW_MS), direction(1))
    await asyncio.gather(
        engine.put("cache", entry("Why?", "again", expires_at_ms=NOW_MS + 1_000), direction(1)),
        sweep_all(engine, NOW_MS),
    )
    await sweep_all(engine, NOW_MS)

    assert await is_found(engine, NOW_MS)


async def test_a_sweep_step_is_bounded_and_steps_come_to_an_end(engine: KeptEngine) -> None:
    puts = [engine.put("cache", entry(f"over {n}", expires_at_ms=NOW_MS), None) for n in range(1_200)]
    await asyncio.gather(*puts)

    assert 0 < await engine.sweep(NOW_MS) < 1_200
    await sweep_all(engine, NOW_MS)
    assert await engine.sweep(NOW_MS) == 0


async def test_putting_again_what_is_over_brings_it_back(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", "old", expires_at_ms=NOW_MS), direction(1))
    await engine.put("cache", entry("Why?", "new"), direction(1))

    (found,) = await engine.exact("cache", "Why?", ANYWHERE, 9, NOW_MS)
    assert found.response == "new"
