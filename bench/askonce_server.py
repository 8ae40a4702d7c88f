"""The server under test: filled over HTTP, as its users fill it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import load

CACHE_ID = "0" * 32
API_KEY = "k" * 32
ADMIN_TOKEN = "a" * 32
RESPONSE = "x" * 1_024  # The size that the promises on memory and disk are made for.
FILLERS = 32
FLOOR = 0.85  # LangCache's default; the rewordings are asked at this so that nearly every search has a hit.


@dataclass(frozen=True, slots=True)
class Cache:
    """A running server with one cache. Sizes in bytes."""

    url: str
    pid: int
    ready_s: float  # From the start of the process until it answered that it was ready.
    api_key: str = API_KEY

    def sets(self, prompts: Sequence[str]) -> list[bytes]:
        return [self._request("/entries", {"prompt": prompt, "response": RESPONSE}) for prompt in prompts]

    def semantic_searches(self, prompts: Sequence[str], judge: str = "off") -> list[bytes]:
        """`judge` of "model" judges one candidate a search: the first is always served."""
        terms = {"similarityThreshold": FLOOR, "judge": judge, "minConfidence": 0}
        return [self._request("/entries/search", {"prompt": prompt, **terms}) for prompt in prompts]

    def exact_searches(self, prompts: Sequence[str]) -> list[bytes]:
        path = "/entries/search"
        return [self._request(path, {"prompt": prompt, "searchStrategies": ["exact"]}) for prompt in prompts]

    def fill(self, prompts: Sequence[str]) -> load.Load:
        return load.run(self.url, self.sets(prompts), clients=FILLERS, expect=201)

    def resident_bytes(self) -> int:
        """The process's memory, as Linux counts it."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1_024
        raise ValueError("no VmRSS")

    def _request(self, path: str, body: dict[str, object]) -> bytes:
        content = json.dumps(body).encode()
        return load.request_bytes("POST", f"/v1/caches/{CACHE_ID}{path}", content, self.api_key)


@contextmanager
def started(data: Path) -> Iterator[Cache]:
    """A server on `data` with its default settings. It logs to a file, as under a service manager."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    presets = {"ASKONCE_CACHE_ID": CACHE_ID, "ASKONCE_API_KEY": API_KEY, "ASKONCE_ADMIN_TOKEN": ADMIN_TOKEN}
    command = [
        sys.executable,
        "-m",
        "askonce",
        "serve",
        "--port",
        url.rpartition(":")[2],
        "--data",
        str(data),
    ]
    with (data.parent / f"{data.name}.log").open("w") as log:
        began = time.perf_counter()
        server = subprocess.Popen(command, env={**os.environ, **presets}, stdout=log, stderr=log)
        try:
            _await_readiness(url, server)
            yield Cache(url, server.pid, time.perf_counter() - began)
        finally:
            server.terminate()
            server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await_readiness(url: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/readiness", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"The server ended with {server.returncode}; its log is beside its data.")


def disk_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
