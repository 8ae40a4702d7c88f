"""How calls reach Redis: all at once, once more, or not at all."""

import asyncio
import time

import pytest
from redis.exceptions import ConnectionError as NotConnected
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.redis.conftest import Open
from tests.support.redis_server import RedisServer

from askonce.engine.redis.connection import Connection
from askonce.engine.redis.options import Options
from askonce.errors import EngineUnavailable


async def test_more_calls_at_once_than_connections_are_all_answered(
    redis_server: RedisServer, open_engine: Open, tmp_path: object
) -> None:
    engine = open_engine(redis_server, key_prefix=str(tmp_path), connections=2, timeout_s=60)
    puts = [engine.put("cache", entry(f"entry {n}"), direction(n)) for n in range(100)]
    await asyncio.gather(*puts)

    assert (await engine.size_of("cache", NOW_MS)).entries == 100


class Flaky:
    """Fails so many times before it answers."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise NotConnected("reset by peer")
        return "answer"


async def test_what_may_be_repeated_is_and_what_may_not_is_asked_once() -> None:
    connection = Connection(Options(url="redis://127.0.0.1:1", timeout_s=60))
    repeated, once = Flaky(2), Flaky(1)

    assert await connection._within_limits(repeated, tries=3) == "answer"
    with pytest.raises(EngineUnavailable):
        await connection._within_limits(once, tries=1)
    assert (repeated.asked, once.asked) == (3, 1)
    await connection.close()


async def test_a_call_that_finds_no_connection_in_time_does_not_open_the_breaker() -> None:
    connection = Connection(Options(url="redis://127.0.0.1:1", timeout_s=0.05, connections=1))
    holds, goes_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        holds.set()
        await goes_on.wait()

    async with asyncio.timeout(60):
        for _ in range(5):
            async with connection._free:  # As a call does that is under way.
                with pytest.raises(EngineUnavailable):
                    await connection._within_limits(hold, tries=1)
    assert not holds.is_set()
    goes_on.set()
    assert await connection._within_limits(Flaky(0), tries=1) == "answer"
    await connection.close()


async def test_where_nothing_listens_a_call_is_refused_at_once(open_engine: Open) -> None:
    engine = open_engine(None, url="redis://127.0.0.1:1", timeout_s=30)
    started = time.monotonic()

    with pytest.raises(EngineUnavailable):
        await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS)
    assert time.monotonic() - started < 10  # Not the deadline: a port that is closed says so.
