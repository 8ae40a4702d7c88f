"""How the command line talks to the control plane: over HTTP to a server, or within the process to the data
directory. Both answer the same JSON and refuse the same way.
"""

import asyncio
import http.client
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

from askonce import app
from askonce.errors import StartRefused
from askonce.model.key import is_mistyped
from askonce.settings import Settings

Json: TypeAlias = Any  # What a JSON document holds; it leaves for the printer as it came.

TOKEN_VARIABLE = "ASKONCE_ADMIN_TOKEN"
TIMEOUT_S = 60  # A flush of millions of entries answers in less.
PIECE_BYTES = 65_536


class Refused(Exception):
    """The control plane declined a call. `status` is HTTP's, whichever way the call went."""

    def __init__(self, status: int, problem: Mapping[str, Json]) -> None:
        self.status = status
        self.faults: list[Mapping[str, Json]] = list(problem.get("fields") or ())
        messages = [fault["message"] for fault in self.faults]
        super().__init__("\n".join(messages) or problem.get("detail") or f"The server answered {status}.")


class Unreachable(Exception):
    """No answer came that could be read."""


class Talk(Protocol):
    def call(self, method: str, target: str, body: Json = None) -> Json:
        """The decoded answer, None if it is empty. Raises `Refused` or `Unreachable`."""

    def open(self) -> AbstractContextManager["OpenTalk"]:
        """For many calls in a row."""


class OpenTalk(Protocol):
    def send(self, method: str, target: str, content: bytes) -> Json:
        """As `call`, with the body as it is."""

    def stream(self, target: str) -> Iterator[bytes]:
        """What GET answers, piece by piece. Raises `Refused` or `Unreachable`, the latter also on the way."""


@dataclass(frozen=True, slots=True)
class DataDirectory:
    settings: Settings

    def call(self, method: str, target: str, body: Json = None) -> Json:
        with self.open() as opened:
            return opened.send(method, target, b"" if body is None else json.dumps(body).encode("utf-8"))

    @contextmanager
    def open(self) -> "Iterator[OpenTalk]":
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            try:
                opened = runner.run(stack.enter_async_context(app.office(self.settings, os.environ)))
                yield _OpenOffice(runner, opened)
            finally:
                runner.run(stack.aclose())


@dataclass(frozen=True, slots=True)
class _OpenOffice:
    runner: asyncio.Runner
    office: app.Office

    def send(self, method: str, target: str, content: bytes) -> Json:
        return _answer(*self.runner.run(self.office.inside.call(method, target, content)))

    def stream(self, target: str) -> Iterator[bytes]:
        status, pieces = self.runner.run(self.office.inside.stream("GET", target))
        if status >= 300:
            _answer(status, b"".join(self._each(pieces)))
        yield from self._each(pieces)

    def _each(self, pieces: AsyncIterator[bytes]) -> Iterator[bytes]:
        async def following() -> bytes | None:
            return await anext(pieces, None)

        while (piece := self.runner.run(following())) is not None:
            yield piece


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
        return self.send(method, target, None if body is None else json.dumps(body).encode("utf-8"))

    @contextmanager
    def open(self) -> Iterator[Self]:
        yield self

    def send(self, method: str, target: str, content: bytes | None) -> Json:
        with self._response(method, target, content) as response:
            return _answer(response.status, response.read())

    def stream(self, target: str) -> Iterator[bytes]:
        with self._response("GET", target, None) as response:
            if response.status >= 300:
                _answer(response.status, response.read())
            while piece := response.read1(PIECE_BYTES):
                yield piece

    @contextmanager
    def _response(
        self, method: str, target: str, content: bytes | None
    ) -> Iterator[http.client.HTTPResponse]:
        """On a connection of its own: a server may be started anew between two calls."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection = self._connection()
        try:
            connection.request(method, self._url.path.rstrip("/") + target, content, headers)
            yield connection.getresponse()
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
