"""An engine whose times are moved: Redis ends entries by its own clock, and the tests live at `NOW_MS`.

What is now to a test is tomorrow to Redis, so that nothing is over for Redis while the test runs: whatever
hides an entry that is over is the engine's own look at the time.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from askonce.engine.redis.engine import RedisEngine
from askonce.model.attributes import Attributes
from askonce.model.bounds import UNBOUNDED, Bounds, Size
from askonce.model.browsing import Selection
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Kept, Page, Vector

DAY_MS = 86_400_000
TOMORROW_MS = time.time_ns() // 1_000_000 + DAY_MS  # One moment for all: two engines must not differ by it.


class Shifted:
    """Satisfies what `RedisEngine` does. `now_ms` is the moment of the tests."""

    def __init__(self, engine: RedisEngine, now_ms: int) -> None:
        self.engine = engine
        self._shift_ms = TOMORROW_MS - now_ms

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        await self.engine.put(cache_id, self._moved(entry, self._shift_ms), vector, bounds)

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        self.engine.note_hits(cache_id, [self._moved(entry, self._shift_ms) for entry in entries])

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        found = await self.engine.exact(cache_id, prompt, scope, limit, now_ms + self._shift_ms)
        return [self._moved(entry, -self._shift_ms) for entry in found]

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        now_ms += self._shift_ms
        found = await self.engine.nearest(cache_id, vector, scope, floor, limit, now_ms)
        return [replace(match, entry=self._moved(match.entry, -self._shift_ms)) for match in found]

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        return await self.engine.remove(cache_id, entry_id, now_ms + self._shift_ms)

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        return await self.engine.remove_matching(cache_id, attributes, now_ms + self._shift_ms)

    async def flush(self, cache_id: str) -> None:
        await self.engine.flush(cache_id)

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        return await self.engine.size_of(cache_id, now_ms + self._shift_ms)

    async def cache_ids(self) -> Sequence[str]:
        return await self.engine.cache_ids()

    async def sweep(self, now_ms: int) -> int:
        return await self.engine.sweep(now_ms + self._shift_ms)

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        return await self.engine.trim(cache_id, bounds, now_ms + self._shift_ms)

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        page = await self.engine.browse(cache_id, selection, after, limit, now_ms + self._shift_ms)
        return Page([self._moved_kept(kept) for kept in page.kept], page.after)

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        kept = await self.engine.read(cache_id, entry_id, now_ms + self._shift_ms)
        return None if kept is None else self._moved_kept(kept)

    async def ping(self) -> None:
        await self.engine.ping()

    def _moved_kept(self, kept: Kept) -> Kept:
        return replace(kept, entry=self._moved(kept.entry, -self._shift_ms))

    def _moved(self, entry: Entry, by_ms: int) -> Entry:
        def moved(at_ms: int | None) -> int | None:
            return None if at_ms is None else at_ms + by_ms

        return replace(
            entry,
            created_at_ms=entry.created_at_ms + by_ms,
            expires_at_ms=moved(entry.expires_at_ms),
            renewed_at_ms=moved(entry.renewed_at_ms),
        )
