"""What a page costs, and what Redis ends under a walk. What pages show: `tests/contract/test_browsing.py`."""

import asyncio
import time
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS, entry
from tests.engine.redis.conftest import Open
from tests.support.redis_server import RedisServer

from askonce.engine import paging
from askonce.engine.redis import browse
from askonce.engine.redis.engine import RedisEngine
from askonce.model.browsing import Order, Selection
from askonce.ports import Kept


async def pages_of(engine: RedisEngine, selection: Selection, limit: int) -> list[list[Kept]]:
    pages, after = [], None
    while True:
        page = await engine.browse("one", selection, after, limit, NOW_MS)
        pages.append(list(page.kept))
        if page.after is None:
            return pages
        after = page.after
        assert len(pages) < 100


async def test_a_step_is_bounded_whatever_is_looked_for(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MOST_EXAMINED", 4)
    engine = open_engine(redis_server, key_prefix=str(tmp_path))
    for number in range(10):
        await engine.put("one", entry(f"q{number}"), None)

    assert await pages_of(engine, Selection(prefix="z"), 3) == [[], [], []]
    found = [kept.entry.prompt for page in await pages_of(engine, Selection(prefix="Q3"), 3) for kept in page]
    assert found == ["q3"]


async def test_a_page_of_long_texts_ends_early(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (paging, browse):  # Of a page, and of a round trip for one.
        monkeypatch.setattr(module, "MOST_PAGE_BYTES", 1_000)
    engine = open_engine(redis_server, key_prefix=str(tmp_path))
    for number in range(7):
        await engine.put("one", entry(f"q{number}", "x" * 400), None)

    assert [len(page) for page in await pages_of(engine, Selection(), 100)] == [3, 3, 1]


@pytest.mark.parametrize("order", list(Order))
async def test_a_walk_steps_over_what_redis_has_ended(
    redis_server: RedisServer, open_engine: Open, tmp_path: Path, order: Order
) -> None:
    engine = open_engine(redis_server, key_prefix=str(tmp_path))
    await engine.put("two", entry("a"), None)  # It is connected.
    ends_ms = time.time_ns() // 1_000_000 + 500  # To the walk, whose clock is behind, they all live.
    for number in range(12):
        ends = None if number % 4 == 0 else ends_ms
        await engine.put("one", entry(f"q{number}", attributes={"a": "b"}, expires_at_ms=ends), None)
    await asyncio.sleep(0.6)

    for selection in (Selection(order), Selection(order, "q"), Selection(order, "", {"a": "b"})):
        shown = [kept.entry.prompt for page in await pages_of(engine, selection, 2) for kept in page]
        assert shown == (["q8", "q4", "q0"] if order is Order.NEWEST else ["q0", "q4", "q8"])
