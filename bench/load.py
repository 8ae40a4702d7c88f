"""A load generator that costs little beside the server it measures: prebuilt requests over kept connections.

Runs in a process of its own, so that its interpreter lock is not the server's.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

LONGEST_RUN_S = 600  # A run that takes longer has hung.


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests gave. Times in milliseconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failures: int  # Answers whose status is not the expected one.
    misses: int  # Answers of a search that found nothing.
    bodies: tuple[bytes, ...]  # The first answers, to see that they say what they should.

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request_bytes(method: str, path: str, body: bytes, token: str | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(url: str, requests: Sequence[bytes], *, clients: int, expect: int = 200) -> Load:
    """Send every request once, over `clients` connections at a time."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (url, list(requests), clients, expect))


def _run(url: str, requests: list[bytes], clients: int, expect: int) -> Load:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(url, requests, clients, expect))


async def _drive(url: str, requests: list[bytes], clients: int, expect: int) -> Load:
    host, _, port = urlsplit(url).netloc.rpartition(":")
    loop = asyncio.get_running_loop()
    course = _Course(requests, clients, expect)
    for _ in range(clients):
        await loop.create_connection(lambda: _Connection(course), host, int(port))
    started = time.perf_counter()
    course.begin()
    async with asyncio.timeout(LONGEST_RUN_S):
        await course.finished
    seconds = time.perf_counter() - started
    latencies = sorted(course.latencies)
    return Load(
        requests=len(latencies),
        seconds=seconds,
        p50_ms=statistics.median(latencies) * 1_000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1_000,
        failures=course.failures,
        misses=course.misses,
        bodies=tuple(course.bodies),
    )


class _Course:
    """The requests still to send, and what came back."""

    def __init__(self, requests: list[bytes], clients: int, expect: int) -> None:
        self._waiting = list(reversed(requests))
        self._expected = len(requests)
        self._expected_status = f"HTTP/1.1 {expect} ".encode()
        self._starts: list[Callable[[], None]] = []
        self.latencies: list[float] = []
        self.failures = 0
        self.misses = 0
        self.bodies: list[bytes] = []
        self.clients = clients
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def add(self, start: Callable[[], None]) -> None:
        self._starts.append(start)

    def begin(self) -> None:
        for start in self._starts:
            start()

    def next_request(self) -> bytes | None:
        return self._waiting.pop() if self._waiting else None

    def answered(self, seconds: float, head: bytes, body: bytes) -> None:
        self.latencies.append(seconds)
        if not head.startswith(self._expected_status):
            self.failures += 1
        self.misses += body == b'{"data":[]}'
        if len(self.bodies) < 3:
            self.bodies.append(body)
        if len(self.latencies) == self._expected:
            self.finished.set_result(None)

    def broke(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(error or ConnectionError("The server closed a connection."))


class _Connection(asyncio.Protocol):
    def __init__(self, course: _Course) -> None:
        self._course = course
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one by shape only.
        self._course.add(self._send_next)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return
        self._received = b""
        self._course.answered(time.perf_counter() - self._sent_at, head, body)
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._course.broke(exc)

    def _send_next(self) -> None:
        request = self._course.next_request()
        if request is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(request)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("An answer without Content-Length.")
