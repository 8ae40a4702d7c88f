"""Reading the audit log, page by page, the latest act first."""

from collections.abc import Sequence

from starlette.responses import Response

from askonce.api import query
from askonce.api.admission import Admission, json_answer, reached
from askonce.api.exchange import Exchange
from askonce.api.routes import Operation
from askonce.api.wire.audit import DEFAULT_ACTS, MAX_ACTS, MAX_POSITION, encode_acts
from askonce.service.control import Control


class AuditCalls:
    def __init__(self, admission: Admission, control: Control) -> None:
        self._admission = admission
        self._control = control

    def operations(self) -> Sequence[Operation]:
        return [Operation("GET", "/v1/audit", self.read)]

    async def read(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        limit = query.integer(exchange.scope, "limit", least=1, most=MAX_ACTS)
        before = query.integer(exchange.scope, "before", least=1, most=MAX_POSITION)
        return json_answer(encode_acts(await reached(self._control.acts(before, limit or DEFAULT_ACTS))))
