"""What stands around every request: its id, the limits, one line in the log, and an answer to any failure.

Pure ASGI, in one piece: each layer of middleware would cost as much as the exact search it surrounds.

Invariant: every request that is still listened to gets an answer, and in bounded time; whatever goes wrong
inside is told without internals, and logged without a word of what was asked or answered.
"""

import asyncio
import logging
import re
import time
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from askonce.api.cors import Cors
from askonce.api.dialects import dialect_of
from askonce.api.exchange import Exchange
from askonce.api.headers import REQUEST_ID, rate_limit
from askonce.api.limits import Limits
from askonce.api.occupancy import Occupancy
from askonce.api.problems import problem
from askonce.api.proxies import Proxies
from askonce.api.routes import Operation, Routes
from askonce.errors import Refusal, TookTooLong, TooManyRequests, UnfinishedBody

log = logging.getLogger(__name__)

RETRY_AFTER_S = 1  # The least that the header can say; what is under way is over in a fraction of it.
CLIENT_LEFT = 499  # In the log only, as nginx has it: the caller left before there was an answer.
_CACHE_ID = re.compile(r"[0-9a-f]{32}")  # Anything else in its place could be anything, so it is not logged.


@dataclass(frozen=True, slots=True)
class Front:
    """What may stand between a caller and this server: pages of other origins, and proxies."""

    cors: Cors | None = None
    proxies: Proxies | None = None


DIRECT = Front()  # Neither of them.


class Guard:
    def __init__(self, routes: Routes, limits: Limits, front: Front) -> None:
        self._routes = routes
        self._limits = limits
        self._cors = front.cors
        self._proxies = front.proxies
        self._occupancy = Occupancy(limits.max_concurrent_requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served here.")  # How ASGI says so.
        started = time.perf_counter()
        if self._proxies is not None:
            scope = self._proxies.seen_through(scope)
        exchange = Exchange(scope, receive)
        try:
            response = await self._answer(exchange)
        except ClientDisconnect:
            _log_request(exchange, CLIENT_LEFT, started)
            return
        response.raw_headers.append((REQUEST_ID, exchange.id.encode("ascii")))
        if exchange.allowance is not None:
            response.raw_headers += rate_limit(exchange.allowance)
        if self._cors is not None:
            self._cors.allow(scope, response)
        if scope["method"] == "HEAD":
            response.body = b""  # Its headers still speak of the body that a GET would get.
        await response(scope, receive, send)
        _log_request(exchange, response.status_code, started)

    async def _answer(self, exchange: Exchange) -> Response:
        preflight = None if self._cors is None else self._cors.preflight(exchange.scope)
        if preflight is not None:
            return preflight
        try:
            operation = self._routes.find(exchange)
            if operation.is_probe:
                return await self._in_time(operation, exchange)
            return await self._in_turn(operation, exchange)
        except Refusal as refusal:
            return problem(refusal, dialect_of(exchange.user_agent), exchange.id)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("request failed", extra={"request_id": exchange.id, "route": exchange.route})
            unexpected = Refusal(
                "Something went wrong in the server; its log has more under this request's id."
            )
            return problem(unexpected, dialect_of(exchange.user_agent), exchange.id)

    async def _in_turn(self, operation: Operation, exchange: Exchange) -> Response:
        cache_id = exchange.parameters.get("cacheId", "")
        if not self._occupancy.enter(cache_id):
            raise TooManyRequests(
                f"{len(self._occupancy)} requests are under way, this server's limit. Try again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            )
        try:
            return await self._in_time(operation, exchange)
        finally:
            self._occupancy.leave(cache_id)

    async def _in_time(self, operation: Operation, exchange: Exchange) -> Response:
        limit_s = self._limits.request_timeout_s
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await operation.handle(exchange)
        except TimeoutError:
            if not limit.expired():
                raise  # Somebody else's, who should have known what to do about it.
            if exchange.is_receiving:
                raise UnfinishedBody(limit_s) from None
            raise TookTooLong(limit_s, is_write=operation.is_write) from None


def _log_request(exchange: Exchange, status: int, started: float) -> None:
    route = exchange.route
    level = logging.DEBUG if route is not None and route.startswith("/health") else logging.INFO
    if not log.isEnabledFor(level):
        return
    facts: dict[str, object] = {
        "request_id": exchange.id,
        "method": exchange.method,
        "route": route,
        "status": status,
        "duration_ms": round((time.perf_counter() - started) * 1_000, 3),
    }
    cache_id = exchange.parameters.get("cacheId")
    if cache_id is not None and _CACHE_ID.fullmatch(cache_id):
        facts["cache_id"] = cache_id
    log.log(level, "request", facts)
