"""Redis engines over a Redis of the test's own, closed at the end whatever happens."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis import Redis
from tests.support.redis_server import RedisServer

from askonce.engine.redis.engine import RedisEngine
from askonce.engine.redis.options import Options

Open = Callable[..., RedisEngine]


@pytest.fixture
async def open_engine() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_engine(server: RedisServer | None, **options: Any) -> RedisEngine:
            url = {} if server is None else {"url": server.url}
            engine = RedisEngine(Options(**{**url, "timeout_s": 10, **options}))
            stack.push_async_callback(engine.close)
            return engine

        yield open_engine


def ask(server: RedisServer, *command: Any) -> Any:
    """Beside the engine, as an operator would."""
    with Redis(port=server.port, protocol=2) as client:
        return client.execute_command(*command)
