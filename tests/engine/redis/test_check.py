"""`askonce check`: what is whole is clean, what was tampered with is found out."""

from pathlib import Path
from typing import Any

import pytest
from tests.contract.samples import NOW_MS, direction, entry
from tests.engine.redis.conftest import Open, ask
from tests.support.redis_server import RedisServer

from askonce.engine.redis.engine import RedisEngine


async def filled(open_engine: Open, server: RedisServer, prefix: Path) -> RedisEngine:
    engine = open_engine(server, key_prefix=str(prefix))
    for number in range(5):
        await engine.put("cache", entry(f"entry {number}", attributes={"n": str(number)}), direction(number))
    await engine.put("cache", entry("in context", context="c" * 32), direction(6))
    await engine.put("cache", entry("without"), None)
    await engine.put("other", entry("ends", expires_at_ms=NOW_MS + 10**12), direction(7))
    return engine


async def test_a_whole_engine_is_clean_and_counted(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path
) -> None:
    engine = await filled(open_engine, redis_server, tmp_path)
    await engine.put("flushed", entry("gone"), direction(1))
    await engine.flush("flushed")
    report = await engine.check(NOW_MS + 10**12)

    assert report.problems == ()
    assert (report.entries, report.over, report.without_vector) == (8, 1, 1)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("HSET", "{key}", "prompt", "another question"), "its id is not"),
        (("HSET", "{key}", "tokens", "abc"), "its tokens are not"),
        (("HSET", "{key}", "vector_alone", "short"), "can not be read"),
        (("HSET", "{key}", "vector_alone", "four" * 3), "not of the cache's length"),
        (("HDEL", "{key}", "response"), "can not be read"),
        (("HSET", "{key}", "attributes", "["), "can not be read"),
    ],
)
async def test_an_entry_that_was_tampered_with_is_found_out(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path, change: tuple[str, ...], problem: str
) -> None:
    engine = await filled(open_engine, redis_server, tmp_path)
    gone = entry("entry 3", attributes={"n": "3"}).id
    (key,) = ask(redis_server, "KEYS", f"{tmp_path}*:{gone}")
    command: list[Any] = [key if part == "{key}" else part for part in change]
    ask(redis_server, *command)

    assert any(problem in one and gone in one for one in (await engine.check(NOW_MS)).problems)


async def test_an_entry_that_no_bound_counts_is_found_out(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path
) -> None:
    engine = await filled(open_engine, redis_server, tmp_path)
    gone = entry("without").id
    (sizes,) = [
        key
        for key in ask(redis_server, "KEYS", f"{tmp_path}*:sizes")
        if ask(redis_server, "HEXISTS", key, gone)
    ]
    ask(redis_server, "HDEL", sizes, gone)

    problem = f"cache cache, entry {gone}: it counts for no bound"
    assert (await engine.check(NOW_MS)).problems == (problem,)


async def test_an_entry_that_the_index_can_not_take_is_counted_as_missing(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path
) -> None:
    engine = await filled(open_engine, redis_server, tmp_path)
    (key,) = ask(redis_server, "KEYS", f"{tmp_path}*:{entry('in context', context='c' * 32).id}")
    ask(redis_server, "HSET", key, "vector_in_context", "four" * 3)

    problems = (await engine.check(NOW_MS)).problems
    assert "cache cache: the index shows 6 of 7 entries" in problems
