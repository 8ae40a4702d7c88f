"""The calls that administer caches: let the admin in, read what is asked, do it, answer.

They share the port with the data plane; the credential tells them apart.
"""

from collections.abc import Sequence

from starlette.responses import Response

from askonce.api import query
from askonce.api.admission import Admission, json_answer, reached
from askonce.api.exchange import Exchange
from askonce.api.routes import Handler, Operation
from askonce.api.wire import control as wire
from askonce.service.control import Control

CACHES = "/v1/caches"
CACHE = "/v1/caches/{cacheId}"


class CacheCalls:
    def __init__(self, admission: Admission, control: Control) -> None:
        self._admission = admission
        self._control = control

    def operations(self) -> Sequence[Operation]:
        """All but the flush, which shares its path with the data plane (`delete_entries`)."""
        return [
            Operation("GET", CACHES, self.list_all),
            Operation("POST", CACHES, self.create, is_write=True),
            Operation("GET", CACHE, self.read),
            Operation("PATCH", CACHE, self.update, is_write=True),
            Operation("DELETE", CACHE, self.delete, is_write=True),
            Operation("GET", "/v1/embedding-providers", self.list_providers),
        ]

    async def list_all(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        return json_answer(wire.encode_caches(await reached(self._control.reports())))

    async def create(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        body = await self._admission.body(exchange)
        spec = wire.read_new_cache(body, self._control.embedders, self._control.databases)
        cache = await reached(self._control.create(spec, caller))
        return json_answer(wire.encode_cache_id(cache.id), 201)

    async def read(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        return json_answer(wire.encode_cache(await reached(self._control.report(_cache_id(exchange)))))

    async def update(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        edit = wire.edit_of(await self._admission.body(exchange))
        report = await reached(self._control.change(_cache_id(exchange), edit, caller))
        return json_answer(wire.encode_cache(report), 201)

    async def delete(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        flush = query.flag(exchange.scope, "flush")
        await reached(self._control.remove(_cache_id(exchange), caller, flush=flush))
        return json_answer(wire.encode_cache_id(_cache_id(exchange)))

    def delete_entries(self, by_key: Handler) -> Handler:
        """One path, two calls: the admin token flushes, a key removes by attributes (`by_key`)."""

        async def handle(exchange: Exchange) -> Response:
            if not await self._admission.is_admin(exchange):
                return await by_key(exchange)
            return await self.flush(exchange)

        return handle

    async def flush(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        await reached(self._control.flush(_cache_id(exchange), caller))
        return Response(status_code=204)

    async def list_providers(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        return json_answer(wire.encode_providers(self._control.embedders))


def _cache_id(exchange: Exchange) -> str:
    return exchange.parameters["cacheId"]
