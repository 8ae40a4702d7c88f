"""An engine of which every call fails in the way that a test wants."""

# ruff: noqa: ARG002

from collections.abc import Sequence

from askonce.model.attributes import Attributes
from askonce.model.bounds import UNBOUNDED, Bounds
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Vector


class FailingEngine:
    """Satisfies `Engine` and `Upkeep`."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        raise self.failure

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        raise self.failure

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        raise self.failure

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        raise self.failure

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        raise self.failure

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        raise self.failure

    async def flush(self, cache_id: str) -> None:
        raise self.failure

    async def sweep(self, now_ms: int) -> int:
        raise self.failure

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        raise self.failure

    async def ping(self) -> None:
        raise self.failure
