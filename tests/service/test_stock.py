"""An export of any size, taken piece by piece: what it holds in memory, and that it ends."""

import tracemalloc
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS, direction, entry

from askonce.api.wire.json_lines import Writer
from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.errors import EngineUnavailable
from askonce.model.attributes import AttributeNames
from askonce.model.bounds import UNBOUNDED, Bounds
from askonce.model.browsing import Selection
from askonce.model.cache import DEFAULT_JUDGE, DEFAULT_STRATEGIES, Cache, Fingerprint
from askonce.model.entry import Entry
from askonce.ports import Kept, Page, Vector
from askonce.service.stock import MOST_TIMES, TAKEN_OUT_AT_ONCE, Stock

VECTOR = direction(1, 384)
CACHE = Cache(
    id="0" * 32,
    name="large",
    attributes=AttributeNames.declared(["*"]),
    default_threshold=0.9,
    judge=DEFAULT_JUDGE,
    min_confidence=0.5,
    default_ttl_ms=None,
    strategies=DEFAULT_STRATEGIES,
    embedder="bundled",
    fingerprint=Fingerprint("toy", 384, "1"),
    created_at_ms=NOW_MS,
)


class Clock:
    def now_ms(self) -> int:
        return NOW_MS


class Endless:
    """Satisfies `Holdings`: as many entries as `count`, made when they are looked at."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        assert (cache_id, selection.prefix, now_ms) == (CACHE.id, "", NOW_MS)
        start = int(after or 0)
        end = min(start + limit, self._count)
        kept = [Kept(entry(f"question {number}", "x" * 1_000), VECTOR) for number in range(start, end)]
        return Page(kept, str(end) if end < self._count else None)

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        raise NotImplementedError(cache_id, entry_id, now_ms)

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        raise NotImplementedError(cache_id, entry, vector, bounds)

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        raise NotImplementedError(cache_id, entry_id, now_ms)


class NoVectors:
    async def of(self, text: str, cache: Cache) -> Vector | None:
        raise NotImplementedError(text, cache)


def stock_of(count: int, folder: Path) -> Stock:
    catalog = EmbeddedCatalog.open(folder / CATALOG_NAME)
    return Stock(catalog, catalog, Endless(count), NoVectors(), Clock())


async def test_20_000_entries_are_exported_with_less_than_8_mb_in_memory(tmp_path: Path) -> None:
    stock, writer = stock_of(20_000, tmp_path), Writer()
    written = 0
    tracemalloc.start()
    try:
        async for page in stock.taken_out(CACHE, 20_000):
            written += len(writer.entries(page))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert written > 60_000_000
    assert b'"entries":20000' in writer.trailer()
    assert peak < 8_000_000


async def test_an_export_that_others_never_let_come_to_an_end_breaks_off(tmp_path: Path) -> None:
    stock = stock_of(1_000_000, tmp_path)
    taken = 0

    async def take_all() -> None:
        nonlocal taken
        async for page in stock.taken_out(CACHE, 700):
            taken += len(page)

    with pytest.raises(EngineUnavailable):
        await take_all()

    assert 700 * MOST_TIMES <= taken < 700 * MOST_TIMES + TAKEN_OUT_AT_ONCE
