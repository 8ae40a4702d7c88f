"""Every engine there is, behind one fixture. A new one adds itself to the fixture and passes this folder."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from tests.contract.samples import NOW_MS
from tests.support.redis_server import RedisServer
from tests.support.shifted import Shifted

from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.redis.engine import RedisEngine
from askonce.engine.redis.options import Options
from askonce.ports import Browser, Engine, Upkeep


class KeptEngine(Engine, Browser, Upkeep, Protocol):
    """What a server needs of an engine."""


@asynccontextmanager
async def embedded(directory: Path) -> AsyncIterator[KeptEngine]:
    engine = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    try:
        yield engine
    finally:
        engine.close()


@asynccontextmanager
async def embedded_in_threads(directory: Path) -> AsyncIterator[KeptEngine]:
    """As it searches large caches."""
    engine = EmbeddedEngine.open(directory, now_ms=NOW_MS, most_inline=0)
    try:
        yield engine
    finally:
        engine.close()


@asynccontextmanager
async def redis(server: RedisServer, directory: Path) -> AsyncIterator[KeptEngine]:
    # Patient, because a test may put thousands of entries at once on a machine that is busy.
    options = Options(url=server.url, key_prefix=str(directory), timeout_s=60)
    engine = RedisEngine(options)
    try:
        yield Shifted(engine, NOW_MS)
    finally:
        await engine.close()


Opener = Callable[[Path], AbstractAsyncContextManager[KeptEngine]]

ENGINES: dict[str, Opener] = {"embedded": embedded, "embedded, in threads": embedded_in_threads}
REDIS = "redis"


@pytest.fixture(params=[*ENGINES, REDIS])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeptEngine]:
    if request.param == REDIS:
        opener: Opener = partial(redis, request.getfixturevalue("redis_server"))
    else:
        opener = ENGINES[request.param]
    async with opener(tmp_path / "engine") as opened:
        yield opened
