"""Searches and changes at the same time: each change is seen by every search begun after it, whole."""

import asyncio

from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, beside, direction, entry

from askonce.model.query import Scope


async def test_every_writer_reads_its_own_writes(engine: KeptEngine) -> None:
    async def write_and_read(number: int) -> None:
        put = entry(f"entry {number}", attributes={"n": str(number % 7)})
        await engine.put("cache", put, direction(number))
        assert await engine.exact("cache", put.prompt, ANYWHERE, 1, NOW_MS) == [put]
        for scope in (ANYWHERE, Scope(put.attributes)):
            (found,) = await engine.nearest("cache", direction(number), scope, 0.999, 1, NOW_MS)
            assert found.entry == put
        if number % 3 == 0:
            assert await engine.remove("cache", put.id, NOW_MS)
            assert await engine.exact("cache", put.prompt, ANYWHERE, 1, NOW_MS) == []
            assert await engine.nearest("cache", direction(number), ANYWHERE, 0.999, 1, NOW_MS) == []

    await asyncio.gather(*(write_and_read(number) for number in range(300)))


async def test_an_entry_that_is_replaced_all_the_time_is_found_all_the_time(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", "0", {"a": "1"}), direction(1))
    crowd = [engine.put("cache", entry(f"crowd {n}"), direction(n)) for n in range(2, 100)]
    await asyncio.gather(*crowd)
    is_over = False

    async def replace() -> None:
        nonlocal is_over
        for number in range(1, 300):
            await engine.put("cache", entry("Why?", str(number), {"a": "1"}), direction(1))
        is_over = True

    async def search() -> None:
        latest = 0
        while not is_over:
            (exact,) = await engine.exact("cache", "why?", ANYWHERE, 9, NOW_MS)
            (near,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.99, 9, NOW_MS)
            (filtered,) = await engine.nearest("cache", direction(1), Scope({"a": "1"}), 0.99, 9, NOW_MS)
            seen = [int(exact.response), int(near.entry.response), int(filtered.entry.response)]
            assert seen == sorted(seen)
            assert seen[0] >= latest
            latest = seen[-1]

    await asyncio.gather(replace(), search(), search())


async def test_concurrent_puts_of_one_question_leave_one_answer(engine: KeptEngine) -> None:
    puts = [engine.put("cache", entry("Why?", str(n)), direction(1)) for n in range(200)]
    await asyncio.gather(*puts)

    exact = await engine.exact("cache", "Why?", ANYWHERE, 9, NOW_MS)
    nearest = await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS)
    assert exact == [match.entry for match in nearest]
    assert len(exact) == 1


async def test_a_removal_counts_each_entry_once_however_many_ask(engine: KeptEngine) -> None:
    await asyncio.gather(
        *(engine.put("cache", entry(str(n), attributes={"a": "1"}), None) for n in range(50))
    )
    counts = await asyncio.gather(*(engine.remove_matching("cache", {"a": "1"}, NOW_MS) for _ in range(5)))

    assert sorted(counts) == [0, 0, 0, 0, 50]


async def test_searches_during_a_flush_see_all_or_nothing_of_an_entry(engine: KeptEngine) -> None:
    for round_ in range(20):
        question = direction(round_)
        await engine.put("cache", entry("Why?", str(round_)), question)
        searches = [
            engine.nearest("cache", beside(question, 0.95), ANYWHERE, 0.9, 9, NOW_MS) for _ in range(5)
        ]
        flushing = asyncio.create_task(engine.flush("cache"))
        found = await asyncio.gather(*searches)
        await flushing

        assert all([m.entry.response for m in matches] in ([], [str(round_)]) for matches in found)
        assert await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS) == []
