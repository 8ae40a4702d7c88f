"""What every administrative call begins and ends with: the admin is let in, the body read, an outage told.

Where the catalog can not be reached these calls answer 503, which the published API knows here only.
"""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from starlette.responses import Response

from askonce.api import headers
from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.wire.answers import JSON
from askonce.errors import EngineUnavailable, OutOfSpace, ServiceUnavailable
from askonce.model.audit import Caller

T = TypeVar("T")


class AdminGate(Protocol):
    async def admit_admin(self, token: str | None, address: str) -> Caller:
        """Who administers. Raises `Unauthenticated` or `Forbidden`."""

    async def is_admin(self, token: str | None) -> bool: ...


class Admission:
    def __init__(self, gate: AdminGate, limits: Limits) -> None:
        self._gate = gate
        self._limits = limits

    async def admit(self, exchange: Exchange) -> Caller:
        return await self._gate.admit_admin(exchange.token, headers.client_address(exchange.scope))

    async def is_admin(self, exchange: Exchange) -> bool:
        return await self._gate.is_admin(exchange.token)

    async def body(self, exchange: Exchange) -> bytes:
        return await exchange.body(self._limits.max_body_bytes)


def json_answer(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type=JSON)


async def reached(work: Awaitable[T]) -> T:
    try:
        return await work
    except (EngineUnavailable, OutOfSpace) as refusal:
        raise ServiceUnavailable(str(refusal)) from refusal
