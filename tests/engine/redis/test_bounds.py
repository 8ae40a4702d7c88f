"""Bounds where Redis has a will of its own: it ends entries by itself, and several processes put at once."""

import asyncio
import time

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.redis.conftest import Open, ask
from tests.support.redis_server import RedisServer

from askonce.engine.redis.names import Names
from askonce.model.bounds import Bounds, EvictionPolicy, Size, entry_bytes

EVICTING = [policy for policy in EvictionPolicy if policy is not EvictionPolicy.NONE]


def ledger_of(server: RedisServer, prefix: str) -> list[str]:
    names = Names(prefix)
    slot = names.slot("cache")
    return names.ledger(slot, ask(server, "HGET", names.meta(slot), "generation").decode())


@pytest.mark.parametrize("policy", EVICTING)
async def test_several_processes_together_never_exceed_the_bound(
    redis_server: RedisServer, open_engine: Open, tmp_path: object, policy: EvictionPolicy
) -> None:
    engines = [open_engine(redis_server, key_prefix=str(tmp_path)) for _ in range(3)]
    alone = entry_bytes(entry("a prompt 100"), 32)
    bounds = Bounds(max_entries=20, max_bytes=15 * alone, eviction=policy)
    most = Size(0, 0)
    is_over = False

    async def watch() -> None:
        nonlocal most
        while not is_over:
            size = await engines[0].size_of("cache", NOW_MS)
            most = Size(max(most.entries, size.entries), max(most.bytes, size.bytes))

    watching = asyncio.create_task(watch())
    puts = [
        engines[number % 3].put("cache", entry(f"a prompt {number}"), direction(number), bounds)
        for number in range(100, 400)
    ]
    await asyncio.gather(*puts)
    is_over = True
    await watching

    assert most == Size(15, 15 * alone)
    assert await engines[1].size_of("cache", NOW_MS) == most
    found = await engines[2].nearest("cache", direction(1), ANYWHERE, 0.0, 100, NOW_MS)
    assert len(found) == 15
    _, *orders, ends, sizes = ledger_of(redis_server, str(tmp_path))
    assert [ask(redis_server, "ZCARD", order) for order in orders] == [15, 15, 15]
    assert (ask(redis_server, "ZCARD", ends), ask(redis_server, "HLEN", sizes)) == (0, 15)


async def test_what_redis_has_ended_makes_room_and_leaves_the_ledger(
    redis_server: RedisServer, open_engine: Open, tmp_path: object
) -> None:
    engine = open_engine(redis_server, key_prefix=str(tmp_path))
    three = Bounds(max_entries=3, eviction=EvictionPolicy.NONE)
    await engine.put("cache", entry("c"), None)
    now_ms = time.time_ns() // 1_000_000
    for prompt in "ab":
        await engine.put("cache", entry(prompt, expires_at_ms=now_ms + 500), None)
    names = Names(str(tmp_path))
    slot = names.slot("cache")
    generation = ask(redis_server, "HGET", names.meta(slot), "generation").decode()
    while ask(redis_server, "EXISTS", *(names.entries(slot, generation) + entry(p).id for p in "ab")):
        await asyncio.sleep(0.01)
    later_ms = now_ms + 1_000

    assert await engine.size_of("cache", later_ms) == Size(1, 3 * entry_bytes(entry("a"), 0))
    assert await engine.sweep(later_ms) == 2
    assert await engine.size_of("cache", later_ms) == Size(1, entry_bytes(entry("c"), 0))
    for prompt in "de":
        await engine.put("cache", entry(prompt), None, three)
    assert (await engine.size_of("cache", later_ms)).entries == 3


async def test_a_hit_that_renews_moves_the_end_that_redis_keeps(
    redis_server: RedisServer, open_engine: Open, tmp_path: object
) -> None:
    one, other = (open_engine(redis_server, key_prefix=str(tmp_path)) for _ in range(2))
    now_ms = time.time_ns() // 1_000_000
    made = entry("a", expires_at_ms=NOW_MS + 10**12)
    await one.put("cache", made, direction(1))
    one.note_hits("cache", [made.renewed(now_ms)])
    await one.exact("cache", "a", ANYWHERE, 1, now_ms)  # Waits for the hit, as any search of this process.
    names = Names(str(tmp_path))
    slot = names.slot("cache")
    generation = ask(redis_server, "HGET", names.meta(slot), "generation").decode()

    (found,) = await other.nearest("cache", direction(1), ANYWHERE, 0.9, 1, now_ms)
    assert found.entry == made.renewed(now_ms)
    ends = ask(redis_server, "PEXPIRETIME", names.entries(slot, generation) + made.id)
    assert ends == found.entry.expires_at_ms


async def test_hits_that_were_noted_last_are_kept_at_the_end(
    redis_server: RedisServer, open_engine: Open, tmp_path: object
) -> None:
    two = Bounds(max_entries=2)
    one, other = (open_engine(redis_server, key_prefix=str(tmp_path)) for _ in range(2))
    for prompt in "ab":
        await one.put("cache", entry(prompt), None, two)
    one.note_hits("cache", [entry("a")])
    await one.close()
    await other.put("cache", entry("c"), None, two)

    assert await other.read("cache", entry("a").id, NOW_MS) is not None
    assert await other.read("cache", entry("b").id, NOW_MS) is None


async def test_sets_of_one_process_arrive_in_their_order(
    redis_server: RedisServer, open_engine: Open, tmp_path: object
) -> None:
    engine = open_engine(redis_server, key_prefix=str(tmp_path))
    # The first of them begins the cache, the eleventh brings the first vector: another index.
    puts = [
        engine.put("cache", entry("same", str(number)), direction(1) if number >= 10 else None)
        for number in range(300)
    ]
    await asyncio.gather(*puts)

    (last,) = await engine.exact("cache", "same", ANYWHERE, 9, NOW_MS)
    assert last.response == "299"
