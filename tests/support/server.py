"""A real `askonce serve` in a process of its own, for the client tests, the crash tests and the benches.

Owns the process from its start until it is reaped, and what it prints. Invariant: when `serving` is left, by
whatever way, the process is gone.
"""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, TypeAlias
from urllib.parse import urlsplit

START_TIMEOUT_S = 30  # Ten times the start that issue 2 allows: two cores are shared by many test processes.
STOP_TIMEOUT_S = 20  # Twice the default of `shutdown_timeout_ms`, after which the server gives up waiting.
REQUEST_TIMEOUT_S = 30
READINESS_PAUSE_S = 0.01

Json: TypeAlias = Any  # What a JSON document holds; the assertions of the tests say what they expect in it.


class ServerDidNotStart(Exception):
    """The process ended, or did not answer in time. Carries what it printed."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A cache and a key to it."""

    cache_id: str
    api_key: str


PRESET = Credentials(
    cache_id="00112233445566778899aabbccddeeff", api_key="a-key-that-was-preset-by-the-tests"
)
ADMIN_TOKEN = "an-admin-token-that-was-preset-by-the-tests"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered. `body` is the decoded JSON, None if there is no body."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(slots=True)
class _Output:
    """What a process printed on one stream, collected by a thread: a full pipe must never stop the server."""

    lines: list[str] = field(default_factory=list)

    def follow(self, stream: IO[str], on_line: Callable[[str | None], None]) -> None:
        """`on_line` is called with each line, and with None at the end."""
        with stream:
            for line in stream:
                self.lines.append(line)
                on_line(line)
        on_line(None)

    def text(self) -> str:
        return "".join(self.lines)


class Server:
    """A server that answers. Made by `start` or `serving`."""

    def __init__(
        self,
        process: subprocess.Popen[str],
        data: Path,
        config: Path | None,
        environ: Mapping[str, str],
        authority: Path | None,
    ) -> None:
        self._process = process
        self._config = config
        self._environ = environ
        self._authority = authority
        self._stdout = _Output()
        self._log = _Output()
        self._urls: SimpleQueue[str | None] = SimpleQueue()
        self._readers = [
            _thread(self._stdout.follow, process.stdout, lambda _: None),
            _thread(self._log.follow, process.stderr, self._look_for_url),
        ]
        self.data = data
        self.url = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def request(
        self, method: str, path: str, body: Json = None, *, key: str | None = PRESET.api_key
    ) -> Answer:
        """One request on a connection of its own. `body` is sent as JSON; bytes are sent as they are."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = self.connection()
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, json.loads(text) if text else None)

    def connection(self) -> http.client.HTTPConnection:
        """A new one, not yet made. It trusts the authority that the server was started with."""
        netloc = urlsplit(self.url).netloc
        if self._authority is None:
            return http.client.HTTPConnection(netloc, timeout=REQUEST_TIMEOUT_S)
        context = ssl.create_default_context(cafile=self._authority)
        return http.client.HTTPSConnection(netloc, timeout=REQUEST_TIMEOUT_S, context=context)

    def call(self, method: str, path: str, body: Json = None, *, cache: Credentials = PRESET) -> Answer:
        """A request to `path` below `cache`, with its key."""
        return self.request(method, f"/v1/caches/{cache.cache_id}{path}", body, key=cache.api_key)

    def create_cache(self, name: str, *options: str) -> Credentials:
        """Make a cache with `askonce cache create`, beside the running server."""
        command = [*_ASKONCE, "cache", "create", name, "--data", str(self.data), "--json", *options]
        if self._config is not None:
            command += ["--config", str(self._config)]
        done = subprocess.run(
            command, env=self._environ, cwd=self.data, capture_output=True, text=True, timeout=START_TIMEOUT_S
        )
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        return Credentials(made["cacheId"], made["apiKey"])

    def stdout(self) -> str:
        """What it printed so far; all of it once it has stopped."""
        return self._stdout.text()

    def log(self) -> str:
        """What it logged so far; all of it once it has stopped."""
        return self._log.text()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM. The exit code; 0 is a clean stop."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL: the server has no chance to finish anything."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.is_running():
            self._process.send_signal(how)
        try:
            code = self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            for reader in self._readers:
                reader.join()
        return code

    def _look_for_url(self, line: str | None) -> None:
        """The log names the port that the system chose, in either format: `listening … http://…`."""
        if line is None:
            self._urls.put(None)
        elif "listening" in line and (found := re.search(r"https?://[^\s\"']+", line)):
            self._urls.put(found.group())

    def await_readiness(self, *, is_ready_asked: bool) -> None:
        """Raises `ServerDidNotStart`. Called once, by `start`."""
        deadline = time.monotonic() + START_TIMEOUT_S
        with suppress(Empty):
            self.url = self._urls.get(timeout=START_TIMEOUT_S) or ""
        while self.url and self.is_running() and time.monotonic() < deadline:
            if not is_ready_asked or self._is_ready():
                return
            time.sleep(READINESS_PAUSE_S)  # Readiness has no event that reaches another process.
        self.kill()
        raise ServerDidNotStart(f"{self.stdout()}{self.log()}")

    def _is_ready(self) -> bool:
        try:
            return self.request("GET", "/health/readiness", key=None).status == 200
        except OSError:
            return False


_ASKONCE = [sys.executable, "-m", "askonce"]


def start(
    data: Path,
    *,
    settings: Mapping[str, object] | None = None,
    config: Path | None = None,
    is_preset: bool = True,
    awaits_readiness: bool = True,
    authority: Path | None = None,
) -> Server:
    """Start a server on `data` and a free port, and wait until it is ready (or, without `awaits_readiness`,
    listens). The caller stops or kills it.

    `settings` are lines of the settings by their names; `is_preset` presets `PRESET` and `ADMIN_TOKEN`, else
    the first start makes and prints its own. `authority` signed the certificate of one that serves HTTPS.
    """
    data.mkdir(parents=True, exist_ok=True)
    environ = _environment(settings or {}, is_preset=is_preset)
    command = [*_ASKONCE, "serve", "--port", "0", "--data", str(data)]
    if config is not None:
        command += ["--config", str(config)]
    # In `data`, so that no settings file of the developer's working directory is read.
    process = subprocess.Popen(
        command, env=environ, cwd=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    server = Server(process, data, config, environ, authority)
    try:
        server.await_readiness(is_ready_asked=awaits_readiness)
    except BaseException:
        server.kill()
        raise
    return server


@contextmanager
def serving(
    data: Path,
    *,
    settings: Mapping[str, object] | None = None,
    config: Path | None = None,
    is_preset: bool = True,
    awaits_readiness: bool = True,
    authority: Path | None = None,
) -> Iterator[Server]:
    """`start`, and the end of the process when the block is left."""
    server = start(
        data,
        settings=settings,
        config=config,
        is_preset=is_preset,
        awaits_readiness=awaits_readiness,
        authority=authority,
    )
    try:
        yield server
    finally:
        server.stop()


def _environment(settings: Mapping[str, object], *, is_preset: bool) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ASKONCE_")}
    values: dict[str, object] = {"log_format": "json", **settings}
    if is_preset:
        values = {
            "cache_id": PRESET.cache_id,
            "api_key": PRESET.api_key,
            "admin_token": ADMIN_TOKEN,
            **values,
        }
    return environ | {f"ASKONCE_{name.upper()}": str(value) for name, value in values.items()}


def _thread(
    follow: Callable[[IO[str], Callable[[str | None], None]], None],
    stream: IO[str] | None,
    on_line: Callable[[str | None], None],
) -> threading.Thread:
    assert stream is not None
    thread = threading.Thread(target=follow, args=(stream, on_line), daemon=True)
    thread.start()
    return thread
