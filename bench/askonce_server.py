"""The server under test: filled over HTTP, as its users fill it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import PRESET, serving

from bench import load

RESPONSE = "x" * 1_024  # The size that the promises on memory and disk are made for.
FILLERS = 32
FLOOR = 0.85  # LangCache's default; the rewordings are asked at this so that nearly every search has a hit.


@dataclass(frozen=True, slots=True)
class Cache:
    """A running server with one cache. Sizes in bytes."""

    url: str
    pid: int
    ready_s: float  # From the start of the process until it answered that it was ready.

    def sets(self, prompts: Sequence[str]) -> list[bytes]:
        return [self._request("/entries", {"prompt": prompt, "response": RESPONSE}) for prompt in prompts]

    def semantic_searches(self, prompts: Sequence[str]) -> list[bytes]:
        path = "/entries/search"
        return [self._request(path, {"prompt": prompt, "similarityThreshold": FLOOR}) for prompt in prompts]

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

    @staticmethod
    def _request(path: str, body: dict[str, object]) -> bytes:
        content = json.dumps(body).encode()
        return load.request_bytes("POST", f"/v1/caches/{PRESET.cache_id}{path}", content, PRESET.api_key)


@contextmanager
def started(data: Path) -> Iterator[Cache]:
    began = time.perf_counter()
    with serving(data) as server:
        yield Cache(server.url, server.pid, time.perf_counter() - began)


def disk_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
