"""Whether the server lives and can answer. The probes need no key and tell nothing that needs one."""

import asyncio

from starlette.responses import Response

from askonce.api.exchange import Exchange
from askonce.api.problems import UNAVAILABLE_PROBE
from askonce.api.wire.answers import JSON, encode_health
from askonce.errors import EngineUnavailable
from askonce.model.key import Access
from askonce.ports import Upkeep
from askonce.service.gate import Gate

PROBE_TIMEOUT_S = 1.0  # The usual patience of a Kubernetes probe: an answer after it counts as none.


class Health:
    def __init__(self, gate: Gate, upkeep: Upkeep) -> None:
        self._gate = gate
        self._upkeep = upkeep

    async def is_alive(self, _exchange: Exchange) -> Response:
        return Response(encode_health("alive"), media_type=JSON)

    async def is_ready(self, _exchange: Exchange) -> Response:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                await self._upkeep.ping()
        except (EngineUnavailable, TimeoutError):
            # What broke is in the log; whoever reads a probe has shown no key.
            content = encode_health("unavailable", "The place where entries are kept does not answer.")
            return Response(content, UNAVAILABLE_PROBE, media_type=JSON)
        return Response(encode_health("ready"), media_type=JSON)

    async def of_cache(self, exchange: Exchange) -> Response:
        cache_id = exchange.parameters["cacheId"]
        await self._gate.admit(exchange.token, cache_id, Access.READ, exchange.tell_allowance)
        await self._upkeep.ping()
        return Response(encode_health("ready"), media_type=JSON)
