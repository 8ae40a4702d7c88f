"""A primary, its replica and a Sentinel: the primary is killed, and the replica serves what it was told."""

import asyncio
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.redis.conftest import Open, ask
from tests.support.redis_server import Binaries, RedisServer, redis_serving

from askonce.engine.redis.options import Options
from askonce.engine.redis.pools import pool_of
from askonce.errors import EngineUnavailable, StartRefused

PATIENCE_S = 120


async def test_after_a_failover_the_new_primary_is_found_and_nothing_it_had_is_missing(
    redis_binaries: Binaries, tmp_path: Path, open_engine: Open
) -> None:
    with (
        redis_serving(redis_binaries, tmp_path / "primary") as primary,
        redis_serving(
            redis_binaries, tmp_path / "replica", ["--replicaof", "127.0.0.1", str(primary.port)]
        ) as replica,
        redis_serving(
            redis_binaries, tmp_path / "sentinel", has_query_engine=False, sentinel_of=primary
        ) as sentinel,
    ):
        engine = open_engine(primary, url=f"redis+sentinel://127.0.0.1:{sentinel.port}/main/0")
        entries = [entry(f"entry {number}") for number in range(30)]
        for number, each in enumerate(entries):
            await engine.put("cache", each, direction(number))
        async with asyncio.timeout(PATIENCE_S):
            while ask(replica, "DBSIZE") < ask(primary, "DBSIZE") or not known_to(sentinel):
                await asyncio.sleep(0.1)
        primary.kill()

        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await engine.put("cache", entry("after"), direction(100))
                    break
                except EngineUnavailable:
                    await asyncio.sleep(0.1)
        for number, each in [*enumerate(entries), (100, entry("after"))]:
            (found,) = await engine.nearest("cache", direction(number), ANYWHERE, 0.99, 1, NOW_MS)
            assert found.entry == each
        assert ask(replica, "ROLE")[0] == b"master"


def known_to(sentinel: RedisServer) -> bool:
    """Whether the Sentinel has found the replica."""
    return bool(ask(sentinel, "SENTINEL", "REPLICAS", "main"))


@pytest.mark.parametrize(
    "url", ["redis+sentinel://x:1", "redis+sentinel://x:1/main/one", "http://x", "redis://x:port"]
)
async def test_a_url_that_can_not_be_read_is_refused_at_the_start(url: str) -> None:
    async def connected(_: object) -> None: ...

    with pytest.raises(StartRefused, match="can not be read"):
        pool_of(Options(url=url), connected)
