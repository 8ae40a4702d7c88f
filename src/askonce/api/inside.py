"""Administrative calls within the process: what a server answers over HTTP, without one.

The command line works so on a data directory; it prints and refuses the same, wherever it is pointed at.
"""

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Message

from askonce.api.administration import AdminCalls, Administration
from askonce.api.dialects import CURRENT
from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.problems import problem
from askonce.api.routes import Routes
from askonce.errors import Refusal
from askonce.model.audit import Caller


class OpenGate:
    """Whoever can write the data directory administers it; no token could keep them from it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def admit_admin(self, token: str | None, address: str) -> Caller:  # noqa: ARG002
        return self._caller

    async def is_admin(self, token: str | None) -> bool:  # noqa: ARG002
        return True


class Inside:
    def __init__(self, administration: Administration, caller: Caller, limits: Limits) -> None:
        calls = AdminCalls(administration, OpenGate(caller), limits)
        self._routes = Routes([*calls.operations(), *calls.deletions()])

    async def call(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        status, pieces = await self.stream(method, target, body)
        return status, b"".join([piece async for piece in pieces])

    async def stream(self, method: str, target: str, body: bytes = b"") -> tuple[int, AsyncIterator[bytes]]:
        """The status, and the body piece by piece."""
        path, _, search = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode("ascii"),
            "query_string": search.encode("ascii"),
            "headers": [],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        exchange = Exchange(scope, receive)
        try:
            response = await self._routes.find(exchange).handle(exchange)
        except Refusal as refusal:
            response = problem(refusal, CURRENT, exchange.id)
        return response.status_code, _pieces(response)


async def _pieces(response: Response) -> AsyncIterator[bytes]:
    if not isinstance(response, StreamingResponse):
        yield bytes(response.body)
        return
    async for piece in response.body_iterator:
        yield piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)
