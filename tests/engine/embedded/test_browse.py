"""Pages of the embedded engine and of its file: the same, and bounded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS, direction, entry

from askonce.engine import paging
from askonce.engine.embedded import browse
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.embedded.offline import OfflineInventory
from askonce.model.browsing import Order, Selection
from askonce.ports import Browser, Kept

Start = Callable[..., EmbeddedEngine]


class Clock:
    def now_ms(self) -> int:
        return NOW_MS


async def walked(
    browser: Browser, selection: Selection, limit: int = 3, cache_id: str = "one"
) -> tuple[list[Kept], int]:
    """Everything, and the number of pages."""
    kept: list[Kept] = []
    after, pages = None, 0
    while True:
        page = await browser.browse(cache_id, selection, after, limit, NOW_MS)
        kept += page.kept
        pages += 1
        assert pages < 1_000
        if page.after is None:
            return kept, pages
        assert len(page.kept) <= limit
        after = page.after


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    ("prefix", "attributes"), [("", {}), ("Q1", {}), ("", {"n": "2"}), ("q", {"n": "1", "x": "y"}), ("z", {})]
)
async def test_the_index_and_the_file_show_the_same(
    start: Start, directory: Path, order: Order, prefix: str, attributes: dict[str, str]
) -> None:
    engine = start()
    for number in range(30):
        carried = {"n": str(number % 3)} | ({"x": "y"} if number % 2 else {})
        ends = NOW_MS if number % 7 == 0 else None
        await engine.put(
            "one", entry(f"q{number}", attributes=carried, expires_at_ms=ends), direction(number)
        )
        await engine.put("two", entry(f"q{number}", attributes=carried), None)
    await engine.put("one", entry("q1 in context", context="c" * 32), None)
    await engine.remove("one", entry("q4", attributes={"n": "1"}).id, NOW_MS)
    selection = Selection(order, prefix, attributes)

    online, _ = await walked(engine, selection)
    offline, _ = await walked(OfflineInventory(directory, Clock()), selection)
    at_once, _ = await walked(engine, selection, limit=1_000)

    ids = [kept.entry.id for kept in online]
    assert [kept.entry.id for kept in offline] == [kept.entry.id for kept in at_once] == ids
    assert all(selection.has(kept.entry) and not kept.entry.is_over(NOW_MS) for kept in online)
    everything, _ = await walked(engine, Selection(order), limit=1_000)
    assert ids == [kept.entry.id for kept in everything if selection.has(kept.entry)]
    assert [kept.vector is None for kept in online] == [kept.vector is None for kept in offline]


async def test_an_entry_is_read_with_its_vector_by_either(start: Start, directory: Path) -> None:
    engine = start()
    await engine.put("one", entry("a"), direction(1))
    await engine.put("one", entry("over", expires_at_ms=NOW_MS), None)

    for browser in (engine, OfflineInventory(directory, Clock())):
        kept = await browser.read("one", entry("a").id, NOW_MS)
        assert kept is not None
        assert kept.entry == entry("a")
        assert kept.vector is not None
        assert kept.vector.tolist() == direction(1).tolist()
        assert kept.bytes == len("aan answer") + 4 * len(direction(1))
        for absent in ("over", "b"):
            assert await browser.read("one", entry(absent).id, NOW_MS) is None
        assert await browser.read("one", "no id", NOW_MS) is None
        assert await browser.read("two", entry("a").id, NOW_MS) is None


async def test_a_step_is_bounded_whatever_is_looked_for(
    start: Start, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MOST_EXAMINED", 4)
    engine = start()
    for number in range(10):
        await engine.put("one", entry(f"q{number}"), None)

    for browser in (engine, OfflineInventory(directory, Clock())):
        none, pages = await walked(browser, Selection(prefix="z"))
        one, _ = await walked(browser, Selection(prefix="Q3"))

        assert (none, pages) == ([], 3)
        assert [kept.entry.prompt for kept in one] == ["q3"]


async def test_a_page_of_long_texts_ends_early(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_PAGE_BYTES", 1_000)
    engine = start()
    for number in range(7):
        await engine.put("one", entry(f"q{number}", "x" * 400), None)

    kept, pages = await walked(engine, Selection(), limit=100)

    assert (len(kept), pages) == (7, 3)
