"""Pages of entries: each once, in the order of writing, whatever is asked and whoever writes meanwhile."""

import asyncio
import random
from dataclasses import replace

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import NOW_MS, direction, entry

from askonce.errors import InvalidRequest
from askonce.model.browsing import Order, Selection
from askonce.ports import Kept


async def walked(
    engine: KeptEngine, selection: Selection, limit: int = 3, cache_id: str = "one"
) -> list[Kept]:
    kept: list[Kept] = []
    after = None
    for _ in range(1_000):
        page = await engine.browse(cache_id, selection, after, limit, NOW_MS)
        assert len(page.kept) <= limit
        kept += page.kept
        if page.after is None:
            return kept
        after = page.after
    raise AssertionError("The walk does not end.")


async def fill(engine: KeptEngine) -> None:
    for number in range(30):
        carried = {"n": str(number % 3)} | ({"x": "y"} if number % 2 else {})
        ends = NOW_MS if number % 7 == 0 else None
        one = entry(f"q{number}", attributes=carried, expires_at_ms=ends)
        await engine.put("one", one, direction(number) if number % 5 else None)
        await engine.put("two", entry(f"other {number}", attributes=carried), None)
    await engine.put("one", entry("q1 in context", context="c" * 32), None)
    await engine.remove("one", entry("q4", attributes={"n": "1"}).id, NOW_MS)
    await engine.put("one", entry("q5", "set again", attributes={"n": "2", "x": "y"}), None)


ORDER = [number for number in range(30) if number % 7 and number not in (4, 5)]
IN_ORDER = [*(f"q{number}" for number in ORDER), "q1 in context", "q5"]


@pytest.mark.parametrize("limit", [1, 3, 1_000])
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    ("prefix", "attributes"),
    [("", {}), ("Q1", {}), ("", {"n": "2"}), ("q2", {"n": "1", "x": "y"}), ("z", {})],
)
async def test_pages_show_each_live_entry_that_is_looked_for_once_and_in_order(
    engine: KeptEngine, order: Order, prefix: str, attributes: dict[str, str], limit: int
) -> None:
    await fill(engine)
    selection = Selection(order, prefix, attributes)
    everything = await walked(engine, Selection(order), 1_000)
    shown = await walked(engine, selection, limit)

    expected = IN_ORDER[::-1] if order is Order.NEWEST else IN_ORDER
    assert [kept.entry.prompt for kept in everything] == expected
    assert [kept.entry.id for kept in shown] == [
        kept.entry.id for kept in everything if selection.has(kept.entry)
    ]


async def test_an_entry_is_shown_and_read_whole(engine: KeptEngine) -> None:
    whole = entry("a", "b", {"é": "ü"}, context="c" * 32, expires_at_ms=NOW_MS + 9)
    await engine.put("one", whole, direction(1))
    (shown,) = await walked(engine, Selection())
    read = await engine.read("one", whole.id, NOW_MS)

    for kept in (shown, read):
        assert kept is not None
        assert kept.entry == whole
        assert kept.vector is not None
        assert kept.vector.tolist() == direction(1).tolist()
        assert kept.bytes == 6 + 4 * len(direction(1))


async def test_an_entry_that_a_hit_has_renewed_is_shown_and_read_as_it_is_now(engine: KeptEngine) -> None:
    made = replace(entry("a", expires_at_ms=NOW_MS - 5), created_at_ms=NOW_MS - 20)
    await engine.put("one", made, None)
    renewed = made.renewed(NOW_MS - 6)
    engine.note_hits("one", [renewed])
    (shown,) = await walked(engine, Selection())
    read = await engine.read("one", made.id, NOW_MS)

    assert read is not None
    assert shown.entry == read.entry == renewed


async def test_what_is_over_or_was_never_there_is_not_read(engine: KeptEngine) -> None:
    over = entry("over", expires_at_ms=NOW_MS)
    await engine.put("one", over, None)

    for entry_id in (over.id, entry("b").id, "no id"):
        assert await engine.read("one", entry_id, NOW_MS) is None
    assert await engine.read("two", over.id, NOW_MS - 1) is None
    assert await walked(engine, Selection(), cache_id="two") == []


@pytest.mark.parametrize("order", list(Order))
async def test_a_position_that_was_never_given_is_refused(engine: KeptEngine, order: Order) -> None:
    await engine.put("one", entry("a"), None)

    for made_up in ("", "x", "1-2-3", "-1", "1" if order is Order.OLDEST else "1-2"):
        with pytest.raises(InvalidRequest):
            await engine.browse("one", Selection(order), made_up, 1, NOW_MS)


@pytest.mark.parametrize("order", [Order.WRITTEN, Order.NEWEST])
async def test_a_walk_beside_a_writer_misses_nothing_that_it_promises(
    engine: KeptEngine, order: Order
) -> None:
    """A writer sets the same twelve again and again, and others that stay; the walks go on beside it."""
    moving = [f"moving {number}" for number in range(12)]
    staying = [f"staying {number}" for number in range(12)]
    for prompt in (*moving, *staying):
        await engine.put("one", entry(prompt), None)
    chance = random.Random(1)
    is_over = False

    async def write() -> None:
        while not is_over:
            await asyncio.gather(*(engine.put("one", entry(chance.choice(moving)), None) for _ in range(3)))

    writing = asyncio.create_task(write())
    try:
        for _ in range(20):
            # Larger than what the writer sets while a page is read.
            shown = [kept.entry.prompt for kept in await walked(engine, Selection(order), 20)]
            assert set(staying) <= set(shown)
            assert order is not Order.WRITTEN or set(moving) <= set(shown)
            assert order is not Order.NEWEST or len(shown) == len(set(shown))
    finally:
        is_over = True
        await writing
