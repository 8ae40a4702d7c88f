"""What is removed is gone for every search begun after, and only that."""

import asyncio

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

CONTEXT = "c" * 32


async def prompts_left(engine: KeptEngine) -> set[str]:
    found = await engine.nearest("cache", direction(0), ANYWHERE, 0.0, 1_000, NOW_MS)
    return {match.entry.prompt for match in found}


async def test_a_removed_entry_is_gone(engine: KeptEngine) -> None:
    for prompt in ("stays", "goes"):
        await engine.put("cache", entry(prompt), direction(1))

    assert await engine.remove("cache", entry("goes").id, NOW_MS)
    assert not await engine.remove("cache", entry("goes").id, NOW_MS)
    assert await engine.exact("cache", "goes", ANYWHERE, 1, NOW_MS) == []
    assert await prompts_left(engine) == {"stays"}


async def test_removing_what_is_over_says_that_there_was_nothing(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", expires_at_ms=NOW_MS), direction(1))

    assert not await engine.remove("cache", entry("Why?").id, NOW_MS)


@pytest.mark.parametrize("odd", ["", "0", "zz", "é" * 32, "../..", "a" * 31, "a" * 1_000, "\x00", "%s"])
async def test_what_is_no_id_is_the_id_of_nothing(engine: KeptEngine, odd: str) -> None:
    await engine.put("cache", entry("Why?"), direction(1))

    assert not await engine.remove("cache", odd, NOW_MS)
    assert not await engine.remove("cache", entry("Why?").id.upper(), NOW_MS)
    assert await prompts_left(engine) == {"Why?"}


async def test_an_id_is_removed_from_the_named_cache_only(engine: KeptEngine) -> None:
    for cache_id in ("cache", "other"):
        await engine.put(cache_id, entry("Why?"), direction(1))
    await engine.remove("other", entry("Why?").id, NOW_MS)

    assert await prompts_left(engine) == {"Why?"}


async def test_removing_by_attributes_takes_every_entry_that_carries_all(engine: KeptEngine) -> None:
    await engine.put("cache", entry("both", attributes={"a": "1", "b": "1"}), direction(1))
    await engine.put("cache", entry("one", attributes={"a": "1"}), direction(2))
    await engine.put("cache", entry("over", attributes={"a": "1"}, expires_at_ms=NOW_MS), direction(3))
    await engine.put("cache", entry("in context", attributes={"a": "1"}, context=CONTEXT), direction(4))
    await engine.put("cache", entry("other", attributes={"a": "2"}), direction(5))
    await engine.put("elsewhere", entry("both", attributes={"a": "1", "b": "1"}), direction(1))

    assert await engine.remove_matching("cache", {"a": "1", "b": "1"}, NOW_MS) == 1
    assert await prompts_left(engine) == {"one", "other"}
    assert await engine.remove_matching("cache", {"a": "1"}, NOW_MS) == 2
    assert await engine.remove_matching("cache", {"a": "1"}, NOW_MS) == 0
    assert await prompts_left(engine) == {"other"}
    assert await engine.exact("elsewhere", "both", ANYWHERE, 1, NOW_MS) != []


async def test_removing_by_no_attributes_takes_everything_and_counts_the_live(engine: KeptEngine) -> None:
    await engine.put("cache", entry("plain"), direction(1))
    await engine.put("cache", entry("vectorless"), None)
    await engine.put("cache", entry("over", expires_at_ms=NOW_MS), direction(3))
    await engine.put("cache", entry("in context", context=CONTEXT), direction(4))

    assert await engine.remove_matching("cache", {}, NOW_MS) == 3
    assert await prompts_left(engine) == set()
    assert await engine.exact("cache", "vectorless", ANYWHERE, 1, NOW_MS) == []


async def test_a_flushed_cache_is_empty_and_fills_again(engine: KeptEngine) -> None:
    puts = [engine.put("cache", entry(f"entry {n}"), direction(n)) for n in range(700)]
    await asyncio.gather(*puts, engine.put("cache", entry("c", context=CONTEXT), direction(1)))
    await engine.flush("cache")

    assert await prompts_left(engine) == set()
    assert await engine.exact("cache", "entry 1", ANYWHERE, 1, NOW_MS) == []
    await engine.put("cache", entry("after"), direction(1))
    while await engine.sweep(NOW_MS):
        pass
    assert await prompts_left(engine) == {"after"}


async def test_a_flush_lets_a_cache_begin_again_with_other_dimensions(engine: KeptEngine) -> None:
    await engine.put("cache", entry("before"), direction(1))
    await engine.flush("cache")
    await engine.put("cache", entry("after"), direction(1, dimensions=64))

    (found,) = await engine.nearest("cache", direction(1, dimensions=64), ANYWHERE, 0.9, 1, NOW_MS)
    assert found.entry.prompt == "after"
