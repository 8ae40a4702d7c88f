"""Redis killed, paused, full, robbed of an index or of a key: what is answered during it and after it.

An answer may be refused; it is never a miss where there is an entry, and never an entry that is gone.
"""

import asyncio
import time

import pytest
from tests.conftest import StartRedis
from tests.contract.samples import ANYWHERE, direction, entry
from tests.engine.redis.conftest import Open, ask
from tests.support.redis_server import RedisServer

from askonce.engine.redis.engine import RedisEngine
from askonce.errors import EngineUnavailable, OutOfSpace
from askonce.model.entry import Entry
from askonce.model.query import Match

NOW_MS = time.time_ns() // 1_000_000
AOF = ["--appendonly", "yes", "--appendfsync", "always"]
PATIENCE_S = 120  # Redis hands the processor over after each entry that it indexes anew.
AT_ONCE = 50  # Fewer than connections: a set that waits for one is refused at the deadline.


async def nearest(engine: RedisEngine, number: int) -> list[Match]:
    return await engine.nearest("cache", direction(number), ANYWHERE, 0.99, 1, NOW_MS)


async def first_answer(engine: RedisEngine, number: int) -> list[Match]:
    """Of the first search that is not refused."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await nearest(engine, number)
            except EngineUnavailable:
                await asyncio.sleep(0.01)


async def fill(engine: RedisEngine, count: int) -> list[Entry]:
    entries = [entry(f"entry {number}") for number in range(count)]
    for start in range(0, count, AT_ONCE):
        some = enumerate(entries[start : start + AT_ONCE], start)
        await asyncio.gather(*(engine.put("cache", each, direction(n)) for n, each in some))
    return entries


async def test_a_killed_redis_is_refused_fast_and_comes_back_with_what_it_kept(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis(AOF)
    engine = open_engine(server)
    entries = await fill(engine, 10)
    server.kill()

    for _ in range(3):
        with pytest.raises(EngineUnavailable):
            await nearest(engine, 3)
    with pytest.raises(EngineUnavailable, match="asked again in a moment"):
        await engine.put("cache", entry("while it is away"), None)
    server.start()

    assert [match.entry for match in await first_answer(engine, 3)] == [entries[3]]
    assert await engine.exact("cache", "ENTRY 7", ANYWHERE, 1, NOW_MS) == [entries[7]]
    assert await engine.exact("cache", "while it is away", ANYWHERE, 1, NOW_MS) == []


async def test_after_a_restart_no_search_misses_while_redis_reads_its_indexes_anew(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis(AOF)
    engine, another = open_engine(server), open_engine(server)
    entries = await fill(engine, 2_000)
    await nearest(another, 1)
    server.kill()
    server.start()

    for asked, number in ((engine, 1_999), (another, 0), (engine, 1_500), (another, 1_998)):
        assert [match.entry for match in await first_answer(asked, number)] == [entries[number]]


async def test_a_redis_that_kept_nothing_is_an_empty_cache_that_fills_again(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server)
    await fill(engine, 3)
    server.kill()
    server.start()

    assert await first_answer(engine, 1) == []
    await fill(engine, 3)
    assert len(await nearest(engine, 1)) == 1


async def test_a_paused_redis_costs_a_timeout_and_then_next_to_nothing(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server, timeout_s=0.3)
    async with asyncio.timeout(PATIENCE_S):
        while await engine.exact("cache", "entry", ANYWHERE, 1, NOW_MS) == []:
            await engine.put("cache", entry("entry"), direction(1))
    server.pause()
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(EngineUnavailable):
            await nearest(engine, 1)
    waited_s = time.monotonic() - started
    started = time.monotonic()
    refused = 0
    while time.monotonic() - started < 0.2:  # Less than the pause of the breaker.
        with pytest.raises(EngineUnavailable):
            await nearest(engine, 1)
        refused += 1
    server.resume()

    assert waited_s < 3 * 0.3 + 5  # Room for a busy machine; without the deadline it waits for ever.
    assert refused > 1
    assert len(await first_answer(engine, 1)) == 1


async def test_a_full_redis_refuses_sets_whole_and_serves_and_removes_the_rest(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis(["--maxmemory-policy", "noeviction"])
    engine = open_engine(server)
    entries = await fill(engine, 10)
    ask(server, "CONFIG", "SET", "maxmemory", "1mb")

    with pytest.raises(OutOfSpace):
        await engine.put("cache", entry("entry 3", "another answer"), direction(3))
    with pytest.raises(OutOfSpace):
        await engine.put("another cache", entry("entry"), direction(1))
    assert [match.entry for match in await nearest(engine, 3)] == [entries[3]]
    assert await engine.exact("cache", "entry 4", ANYWHERE, 1, NOW_MS) == [entries[4]]
    assert await engine.remove("cache", entries[4].id, NOW_MS)
    assert await engine.remove_matching("cache", {}, NOW_MS) == 9
    await engine.flush("cache")
    ask(server, "CONFIG", "SET", "maxmemory", "0")
    await fill(engine, 1)
    assert len(await nearest(engine, 0)) == 1


async def test_an_index_that_was_dropped_is_rebuilt_from_the_entries(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine, another = open_engine(server), open_engine(server)
    entries = await fill(engine, 100)
    await nearest(another, 1)
    drop_all_indexes(server)
    late = entry("put without an index")
    await engine.put("cache", late, direction(9_999))

    asked = [(each, number) for number in (0, 33, 66, 99) for each in (engine, another)]
    found = await asyncio.gather(*(first_answer(each, number) for each, number in asked))
    assert [match.entry for (match,) in found] == [entries[number] for _, number in asked]
    assert [match.entry for match in await first_answer(another, 9_999)] == [late]
    assert len(ask(server, "FT._LIST")) == 1


async def test_entries_of_a_flushed_cache_are_swept_also_without_their_index(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server)
    await fill(engine, 500)
    await engine.flush("cache")
    drop_all_indexes(server)
    for _ in range(1_000):
        await engine.sweep(NOW_MS)
        if ask(server, "DBSIZE") == 0:
            break

    assert ask(server, "KEYS", "*") == []


async def test_a_cache_whose_root_was_evicted_is_empty_and_nothing_old_comes_back(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server)
    await fill(engine, 10)
    (root,) = ask(server, "KEYS", "*:meta")
    ask(server, "DEL", root)

    assert await nearest(engine, 3) == []
    await engine.put("cache", entry("entry 3", "new"), direction(3))
    assert [match.entry.response for match in await nearest(engine, 3)] == ["new"]
    assert await nearest(engine, 4) == []


async def test_what_redis_has_ended_is_not_served_and_hides_nothing_while_it_lies_in_the_index(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server)
    ask(server, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
    ends_ms = NOW_MS + 3_600_000
    await engine.put("cache", entry("lives"), direction(1))
    ending = [entry(f"ends {n}", expires_at_ms=ends_ms) for n in range(40)]
    await asyncio.gather(*(engine.put("cache", each, direction(1)) for each in ending))
    keys = [key for each in ending for key in ask(server, "KEYS", f"*:{each.id}")]
    assert {ask(server, "PEXPIRETIME", key) for key in keys} == {ends_ms}
    for key in keys:
        ask(server, "PEXPIRE", key, 1)
    await asyncio.sleep(0.05)

    # To the engine's own clock they are live.
    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, NOW_MS)
    assert [match.entry.prompt for match in found] == ["lives"]
    assert await engine.exact("cache", "ends 1", ANYWHERE, 1, NOW_MS) == []
    assert await engine.remove_matching("cache", {}, NOW_MS) == 1


def drop_all_indexes(server: RedisServer) -> None:
    for index in ask(server, "FT._LIST"):
        ask(server, "FT.DROPINDEX", index)
