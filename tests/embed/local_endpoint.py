"""A server of the embeddings protocol on a free loopback port, which misbehaves as a test says."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self, TypeAlias

JSON: TypeAlias = "dict[str, object]"
LONG_S = 10  # Only a fault waits for as long.


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing_bytes: int = 0  # How much less than its Content-Length is sent.


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: JSON

    @property
    def texts(self) -> list[str]:
        texts = self.body["input"]
        assert isinstance(texts, list)
        return texts


Answer: TypeAlias = Callable[[Request], Reply]


def vector_for(text: str, dimensions: int = 4) -> list[float]:
    """Not of unit length, and different for every text of the tests."""
    return [math.sin(sum(text.encode()) * (at + 1)) + 2 for at in range(dimensions)]


def vectors(request: Request) -> Reply:
    """What a server that works says."""
    return rows([(at, vector_for(text)) for at, text in enumerate(request.texts)])


def rows(vectors: Sequence[tuple[int, Sequence[float]]]) -> Reply:
    found = [{"object": "embedding", "index": at, "embedding": list(vector)} for at, vector in vectors]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    answer = {"object": "list", "data": found, "model": "toy", "usage": usage}
    return Reply(json.dumps(answer).encode())


def refusal(status: int, **headers: str) -> Answer:
    """A refusal that repeats the texts, as some servers do."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: Reply(json.dumps({"error": {"message": request.texts}}).encode(), status, names)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Silence: in these tests clients leave in the middle of an answer."""


class LocalEndpoint:
    """Answers requests by `script` in turn, and by `otherwise` when that has ended."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.otherwise: Answer = vectors
        self.requests: list[Request] = []
        self.arrived = Event()
        self.may_go_on = Event()
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def hold(self, request: Request) -> Reply:
        """An answer that comes when `may_go_on` is set."""
        self.arrived.set()
        self.may_go_on.wait(LONG_S)
        return vectors(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.may_go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            answer = self.script.pop(0) if self.script else self.otherwise
        return answer(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = endpoint._answer(Request(self.path, dict(self.headers), body))
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[: len(reply.body) - reply.missing_bytes])
                self.close_connection = bool(reply.missing_bytes)

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        return Handler
