"""How the command line talks to the control plane: over HTTP to a server, or within the process to the data
directory. Both answer the same JSON and refuse the same way.
"""

import asyncio
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from askonce import app
from askonce.errors import StartRefused
from askonce.model.key import is_mistyped
from askonce.settings import Settings

Json: TypeAlias = Any  # What a JSON document holds; it leaves for the printer as it came.

TOKEN_VARIABLE = "ASKONCE_ADMIN_TOKEN"
TIMEOUT_S = 60  # A flush of millions of entries answers in less.


class Refused(Exception):
    """The control plane declined a call. `status` is HTTP's, whichever way the call went."""

    def __init__(self, status: int, problem: Mapping[str, Json]) -> None:
        self.status = status
        faults = [fault["message"] for fault in problem.get("fields") or ()]
        super().__init__("\n".join(faults) or problem.get("detail") or f"The server answered {status}.")


class Unreachable(Exception):
    """No answer came that could be read."""


class Talk(Protocol):
    def call(self, method: str, target: str, body: Json = None) -> Json:
        """The decoded answer, None if it is empty. Raises `Refused` or `Unreachable`."""


@dataclass(frozen=True, slots=True)
class DataDirectory:
    settings: Settings

    def call(self, method: str, target: str, body: Json = None) -> Json:
        content = b"" if body is None else json.dumps(body).encode("utf-8")

        async def work(office: app.Office) -> tuple[int, bytes]:
            return await office.inside.call(method, target, content)

        return _answer(*asyncio.run(app.in_office(self.settings, work)))


class Server:
    """The server at `url`. Raises `StartRefused` for an address or a token that can not be right."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StartRefused(f"--server must be an address like http://127.0.0.1:8080, not {url!r}.")
        if not token:
            raise StartRefused(f"Set {TOKEN_VARIABLE} to an admin token of the server {url}.")
        if is_mistyped(token):
            raise StartRefused(
                f"The token in {TOKEN_VARIABLE} is mistyped or cut off: its checksum is wrong."
            )
        self._url = parts
        self._token = token

    def call(self, method: str, target: str, body: Json = None) -> Json:
        content = None if body is None else json.dumps(body).encode("utf-8")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection = self._connection()
        try:
            connection.request(method, self._url.path.rstrip("/") + target, content, headers)
            response = connection.getresponse()
            return _answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"No answer from {self._url.geturl()}: {error}.") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _answer(status: int, content: bytes) -> Json:
    try:
        answer = json.loads(content) if content else None
    except ValueError as error:
        raise Unreachable(f"The answer (status {status}) is not JSON: is this an AskOnce server?") from error
    if status >= 300:
        raise Refused(status, answer if isinstance(answer, dict) else {})
    return answer
