"""One request on its way: its path, its key and its body, which is read only when a handler asks for it.

Invariant: no more of a body than the limit is ever in memory, and one that is not whole is never handed on.
"""

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from askonce.api import headers
from askonce.errors import Fault, InvalidRequest, TooLarge
from askonce.model.pace import Allowance


class Exchange:
    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.id = headers.request_id(scope)
        self.route: str | None = None  # The template of the path, once it is known.
        self.parameters: dict[str, str] = {}
        self.is_receiving = False  # While the body is waited for: nothing has been done yet.
        self.allowance: Allowance | None = None  # Of the key, once it is known and if it has a pace.
        self._receive = receive

    def tell_allowance(self, allowance: Allowance) -> None:
        self.allowance = allowance

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def token(self) -> str | None:
        return headers.bearer_token(self.scope)

    @property
    def user_agent(self) -> str:
        return headers.value_of(self.scope, b"user-agent")

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body. Raises `TooLarge`, `InvalidRequest`, and `ClientDisconnect` if it breaks off."""
        self._refuse_packed()
        announced = headers.value_of(self.scope, b"content-length")
        if announced.isdecimal() and int(announced) > limit_bytes:
            raise TooLarge(limit_bytes)
        self.is_receiving = True
        received: list[bytes] = []
        size = 0
        while self.is_receiving:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit_bytes:
                raise TooLarge(limit_bytes)
            received.append(chunk)
            self.is_receiving = message.get("more_body", False)
        return b"".join(received)

    def _refuse_packed(self) -> None:
        encoding = headers.value_of(self.scope, b"content-encoding").strip().lower()
        if encoding not in ("", "identity"):
            message = "A compressed body is not read; send it without Content-Encoding."
            raise InvalidRequest([Fault("Content-Encoding", "identity", message)])
