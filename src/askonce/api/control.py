"""The calls that administer caches: let the admin in, read what is asked, do it, answer.

They share the port with the data plane; the credential tells them apart. Where the catalog can not be reached
these calls answer 503, which the published API knows here only.
"""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from starlette.responses import Response

from askonce.api import headers, query
from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.routes import Handler
from askonce.api.wire import control as wire
from askonce.api.wire.answers import JSON
from askonce.errors import EngineUnavailable, OutOfSpace, ServiceUnavailable
from askonce.model.audit import Caller
from askonce.service.control import Control

T = TypeVar("T")


class AdminGate(Protocol):
    async def admit_admin(self, token: str | None, address: str) -> Caller:
        """Who administers. Raises `Unauthenticated` or `Forbidden`."""

    async def is_admin(self, token: str | None) -> bool: ...


class ControlPlane:
    def __init__(self, gate: AdminGate, control: Control, limits: Limits) -> None:
        self._gate = gate
        self._control = control
        self._limits = limits

    async def list_caches(self, exchange: Exchange) -> Response:
        await self._admit(exchange)
        return _json(wire.encode_caches(await _reached(self._control.reports())))

    async def create_cache(self, exchange: Exchange) -> Response:
        caller = await self._admit(exchange)
        spec = wire.read_new_cache(await self._body(exchange), self._control.embedders)
        cache = await _reached(self._control.create(spec, caller))
        return _json(wire.encode_cache_id(cache.id), 201)

    async def read_cache(self, exchange: Exchange) -> Response:
        await self._admit(exchange)
        return _json(wire.encode_cache(await _reached(self._control.report(_cache_id(exchange)))))

    async def update_cache(self, exchange: Exchange) -> Response:
        caller = await self._admit(exchange)
        edit = wire.edit_of(await self._body(exchange))
        report = await _reached(self._control.change(_cache_id(exchange), edit, caller))
        return _json(wire.encode_cache(report), 201)

    async def delete_cache(self, exchange: Exchange) -> Response:
        caller = await self._admit(exchange)
        flush = query.flag(exchange.scope, "flush")
        await _reached(self._control.remove(_cache_id(exchange), caller, flush=flush))
        return _json(wire.encode_cache_id(_cache_id(exchange)))

    def delete_entries(self, by_key: Handler) -> Handler:
        """One path, two calls: the admin token flushes, a key removes by attributes (`by_key`)."""

        async def handle(exchange: Exchange) -> Response:
            if not await self._gate.is_admin(exchange.token):
                return await by_key(exchange)
            caller = await self._admit(exchange)
            await _reached(self._control.flush(_cache_id(exchange), caller))
            return Response(status_code=204)

        return handle

    async def list_providers(self, exchange: Exchange) -> Response:
        await self._admit(exchange)
        return _json(wire.encode_providers(self._control.embedders))

    async def _admit(self, exchange: Exchange) -> Caller:
        return await self._gate.admit_admin(exchange.token, headers.client_address(exchange.scope))

    async def _body(self, exchange: Exchange) -> bytes:
        return await exchange.body(self._limits.max_body_bytes)


def _cache_id(exchange: Exchange) -> str:
    return exchange.parameters["cacheId"]


def _json(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type=JSON)


async def _reached(work: Awaitable[T]) -> T:
    try:
        return await work
    except (EngineUnavailable, OutOfSpace) as refusal:
        raise ServiceUnavailable(str(refusal)) from refusal
