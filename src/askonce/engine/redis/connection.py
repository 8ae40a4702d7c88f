"""Redis as the engine talks to it: a pool, one deadline for a call, repeats where they do no harm, a breaker.

Invariants:

* Whatever goes wrong leaves here as `EngineUnavailable` or `OutOfSpace`, within `timeout_s`; or as what an
  index is not: `IndexGone`, `IndexThere`.
* `run` names the Redis process that the latest connection was made to: after a restart, and only then, it is
  another. A restarted Redis reads its indexes anew while it answers already (see `lives.py`).
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import (
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as NotInTime

from askonce.engine.redis.breaker import Breaker
from askonce.engine.redis.options import Options
from askonce.engine.redis.pools import pool_of
from askonce.engine.redis.scripts import Script
from askonce.errors import EngineUnavailable, OutOfSpace

log = logging.getLogger(__name__)

T = TypeVar("T")
Argument: TypeAlias = str | bytes | int | float
Command: TypeAlias = Sequence[Argument]
Call: TypeAlias = tuple[Sequence[str], Sequence[Argument]]  # Of a script: keys and values.
Reply: TypeAlias = Any  # As RESP2 has it: bytes, int, None, lists of these. Read by `rows` and `queries`.

# Pause before the first repeat, doubled for each further one, times a random number up to 1: processes that
# lost their Redis at the same moment do not come back at the same moment.
FIRST_PAUSE_S = 0.02
_UNREACHABLE = (NotConnected, NotInTime, TimeoutError, OSError)
# RediSearch 2.10 says "x: no such index", others "No such index x" or "Unknown Index name".
_INDEX_GONE = ("no such index", "unknown index name")


class IndexGone(Exception):
    """The index that was asked is not there: dropped, or lost with the memory of Redis."""


class IndexThere(Exception):
    """There is an index of this name already."""


class NoQueryEngine(EngineUnavailable):
    """What answers is a Redis without the query engine."""

    def __init__(self) -> None:
        super().__init__("This Redis has no query engine: Redis 8 has, and Redis Stack from 7.4 on.")


class Connection:
    def __init__(self, options: Options) -> None:
        self.run = ""
        self._made = 0
        self._timeout_s = options.timeout_s
        self._tries = 1 + options.retries
        self._breaker = Breaker()
        # Here and not by the pool, which would refuse one call too many, or answer out of turn.
        self._free = asyncio.Semaphore(options.connections)
        self._client: Any = Redis.from_pool(pool_of(options, self._connected))
        self._client.response_callbacks.clear()  # Replies as they come: what redis-py makes of them varies.

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, command: Command) -> Reply:
        """The reply to a command that may be given twice. Raises `IndexGone`."""
        return await self._within_limits(lambda: self._execute(command), tries=self._tries)

    async def ask_all(self, *commands: Command) -> list[Reply]:
        """The replies to commands that may be given twice, in one round trip and in this order. An error of
        one of them stands in its place: `read` raises it.
        """
        return await self._within_limits(lambda: self._execute_all(commands), tries=self._tries)

    async def change(
        self, script: Script, keys: Sequence[str], values: Sequence[Argument], *, is_repeatable: bool
    ) -> Reply:
        """The result of `script`. Without an answer it may have run, or may yet."""
        tries = self._tries if is_repeatable else 1
        return await self._within_limits(lambda: self._run(script, keys, values), tries=tries)

    async def change_all(self, script: Script, calls: Sequence[Call]) -> list[Reply]:
        """The results of `script`, called once with each of the keys and values, in this order and in one
        round trip. All of them may be called twice. An error of one stands in its place, as with `ask_all`.
        """
        return await self._within_limits(lambda: self._run_all(script, calls), tries=self._tries)

    async def _execute(self, command: Command) -> Reply:
        return await self._client.execute_command(*command)

    async def _execute_all(self, commands: Sequence[Command]) -> list[Reply]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            replies: list[Reply] = await pipeline.execute(raise_on_error=False)
            return replies

    async def _run(self, script: Script, keys: Sequence[str], values: Sequence[Argument]) -> Reply:
        try:
            return await self._client.execute_command("EVALSHA", script.digest, len(keys), *keys, *values)
        except NoScriptError:  # A new or restarted Redis. It ran nothing.
            return await self._client.execute_command("EVAL", script.text, len(keys), *keys, *values)

    async def _run_all(self, script: Script, calls: Sequence[Call]) -> list[Reply]:
        commands = [("EVALSHA", script.digest, len(keys), *keys, *values) for keys, values in calls]
        replies = await self._execute_all(commands)
        if not any(isinstance(reply, NoScriptError) for reply in replies):
            return replies
        await self._execute(("SCRIPT", "LOAD", script.text))  # A new or restarted Redis. None of them ran.
        return await self._execute_all(commands)

    async def _within_limits(self, attempt: Callable[[], Awaitable[T]], *, tries: int) -> T:
        self._breaker.ask()
        has_begun = False
        try:
            async with asyncio.timeout(self._timeout_s), self._free:
                has_begun = True
                result = await self._attempts(attempt, tries)
        except _UNREACHABLE as error:
            if has_begun:  # Else it is we who ask too much at once.
                self._breaker.failed()
            log.warning("redis does not answer", extra={"error": type(error).__name__})
            raise EngineUnavailable("Redis does not answer.") from error
        except RedisError as error:
            self._breaker.succeeded()  # It answers, if not as we like.
            raise translated(error) from error
        self._breaker.succeeded()
        return result

    async def _attempts(self, attempt: Callable[[], Awaitable[T]], tries: int) -> T:
        for made in range(tries):
            try:
                return await attempt()
            except _UNREACHABLE:
                if made + 1 == tries:
                    raise
            await asyncio.sleep(FIRST_PAUSE_S * 2**made * random.random())
        raise AssertionError("The last try returns or raises.")

    async def _connected(self, connection: AbstractConnection) -> None:
        await connection.on_connect()
        self._made += 1
        self.run = await _run_of(connection) or f"connection {self._made}"


async def _run_of(connection: AbstractConnection) -> str | None:
    """What names this run of Redis; None for an ACL user who may not ask: each connection counts as one."""
    await connection.send_command("INFO", "server")
    try:
        told = await connection.read_response()
    except NoPermissionError:
        return None
    text = told.decode() if isinstance(told, bytes) else str(told)
    return next((line[7:] for line in text.splitlines() if line.startswith("run_id:")), None)


def read(reply: Reply) -> Reply:
    """One of the replies of `ask_all`; raises the error that stands in its place."""
    if isinstance(reply, RedisError):
        raise translated(reply) from reply
    return reply


def translated(error: RedisError) -> Exception:
    text = str(error).lower()
    if isinstance(error, OutOfMemoryError) or "maxmemory" in text:
        return OutOfSpace("Redis is at its `maxmemory`; the entry was not stored.")
    if isinstance(error, ResponseError) and any(said in text for said in _INDEX_GONE):
        return IndexGone()
    if "index already exists" in text:
        return IndexThere()
    if text.startswith("unknown command"):
        return NoQueryEngine()
    # What it says may hold names of keys; whoever runs the server finds it in the log.
    log.error("redis refused a command", extra={"error": str(error)})
    return EngineUnavailable("Redis refused what was asked of it; the server's log tells why.")
