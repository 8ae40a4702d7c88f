"""Bounds, eviction and sliding TTL through the front door: made, changed and felt over HTTP."""

import asyncio
from typing import Any

import pytest
from tests.api.world import NEW_CACHE, World
from tests.support.toy_embedder import DIMENSIONS

from askonce.model.bounds import BYTES_A_DIMENSION
from askonce.model.key import Access
from askonce.service.upkeep import trim_all

PROMPTS = ["how tall is the tower", "who wrote the book", "where is the station", "when does it open"]


class Bounded:
    """A cache of the world's with bounds, and a key to it."""

    def __init__(self, world: World, cache_id: str, key: str) -> None:
        self.world = world
        self.cache_id = cache_id
        self.key = key

    @classmethod
    async def make(cls, world: World, **fields: Any) -> "Bounded":
        body = {**NEW_CACHE, "defaultTtlMillis": -1, "searchStrategies": ["exact"], **fields}
        answer = await world.admin("POST", "/caches", body)
        assert answer.status_code == 201, answer.text
        cache_id = str(answer.json()["cacheId"])
        return cls(world, cache_id, await world.mint(Access.FULL, cache_id))

    async def set(self, prompt: str, response: str = "r", **fields: Any) -> Any:
        body = {"prompt": prompt, "response": response, **fields}
        return await self.world.call("POST", "/entries", body, key=self.key, cache_id=self.cache_id)

    async def search(self, prompt: str) -> list[Any]:
        body = {"prompt": prompt}
        found = await self.world.call("POST", "/entries/search", body, key=self.key, cache_id=self.cache_id)
        assert found.status_code == 200, found.text
        return list(found.json()["data"])

    async def report(self) -> Any:
        return (await self.world.admin("GET", f"/caches/{self.cache_id}")).json()

    async def update(self, **fields: Any) -> Any:
        answer = await self.world.admin("PATCH", f"/caches/{self.cache_id}", fields)
        assert answer.status_code == 201, answer.text
        return answer.json()


async def test_bounds_are_made_read_and_changed_and_null_takes_one_away(world: World) -> None:
    cache = await Bounded.make(world, maxEntries=7, maxBytes=8_000, evictionPolicy="lfu", ttlMode="sliding")
    names = ("maxEntries", "maxBytes", "evictionPolicy", "ttlMode")
    made = await cache.report()
    changed = await cache.update(maxEntries=None, evictionPolicy="oldest")
    same = await cache.update(evictionPolicy=None, ttlMode=None)

    assert [made[name] for name in names] == [7, 8_000, "lfu", "sliding"]
    assert [changed[name] for name in names] == [None, 8_000, "oldest", "sliding"]
    assert [same[name] for name in names] == [None, 8_000, "oldest", "sliding"]


async def test_a_search_that_is_served_keeps_its_entry_in_a_full_cache(world: World) -> None:
    cache = await Bounded.make(world, maxEntries=3)
    for prompt in PROMPTS[:3]:
        await cache.set(prompt)
    assert await cache.search(PROMPTS[0])
    await cache.set(PROMPTS[3])

    assert [bool(await cache.search(prompt)) for prompt in PROMPTS] == [True, False, True, True]
    assert (await cache.report())["entryCount"] == 3


async def test_a_full_cache_without_eviction_refuses_a_set_and_changes_nothing(world: World) -> None:
    cache = await Bounded.make(world, maxEntries=2, evictionPolicy="none")
    for prompt in PROMPTS[:2]:
        await cache.set(prompt)
    refused = await cache.set(PROMPTS[2])
    replaced = await cache.set(PROMPTS[1], "another")

    assert (refused.status_code, refused.json()["type"]) == (424, "/errors/database-out-of-memory")
    assert replaced.status_code == 201
    assert [len(await cache.search(prompt)) for prompt in PROMPTS[:3]] == [1, 1, 0]
    assert (await cache.report())["entryCount"] == 2


async def test_bytes_count_as_they_are_reported(world: World) -> None:
    size = len(PROMPTS[0]) + 100 + BYTES_A_DIMENSION * DIMENSIONS
    cache = await Bounded.make(world, maxBytes=size, evictionPolicy="none")
    assert (await cache.set(PROMPTS[0], "r" * 101)).status_code == 424
    assert (await cache.set(PROMPTS[0], "r" * 100)).status_code == 201
    assert (await cache.report())["bytes"] == size
    assert (await cache.set(PROMPTS[1])).status_code == 424


async def test_a_lowered_bound_is_reached_by_the_upkeep(world: World) -> None:
    cache = await Bounded.make(world)
    for number in range(30):
        await cache.set(f"question {number}")
    await cache.update(maxEntries=10)
    await trim_all(world.services.upkeep, world.caches._catalog, world.clock)

    assert (await cache.report())["entryCount"] == 10
    assert await cache.search("question 20")
    assert not await cache.search("question 19")


@pytest.mark.parametrize("policy", ["lru", "lfu", "oldest", "none"])
async def test_a_race_of_sets_leaves_a_full_cache_no_fuller(world: World, policy: str) -> None:
    cache = await Bounded.make(world, maxEntries=10, evictionPolicy=policy)
    seen: list[int] = []

    async def use(user: int) -> list[int]:
        statuses = []
        for number in range(12):
            prompt = f"question {number} of {user}"
            statuses.append((await cache.set(prompt)).status_code)
            await cache.search(prompt)
            seen.append((await cache.report())["entryCount"])
        return statuses

    statuses = [one for used in await asyncio.gather(*(use(user) for user in range(4))) for one in used]

    assert max(seen) == 10
    assert (await cache.report())["entryCount"] == 10
    assert statuses.count(201) == (10 if policy == "none" else 48)
    assert set(statuses) <= {201, 424}


async def test_sliding_ttl_prolongs_to_the_millisecond_and_fixed_does_not(world: World) -> None:
    sliding = await Bounded.make(world, ttlMode="sliding")
    fixed = await Bounded.make(world)
    for cache in (sliding, fixed):
        await cache.set(PROMPTS[0], ttlMillis=1_000)
    world.clock.advance(ms=999)
    (slid,), (stayed,) = await sliding.search(PROMPTS[0]), await fixed.search(PROMPTS[0])
    assert slid["expiresAt"] == "2026-01-01T00:00:01.999000Z"
    assert stayed["expiresAt"] == "2026-01-01T00:00:01Z"

    world.clock.advance(ms=999)
    assert not await fixed.search(PROMPTS[0])
    assert len(await sliding.search(PROMPTS[0])) == 1
    world.clock.advance(ms=1_000)
    assert not await sliding.search(PROMPTS[0])


async def test_sliding_begins_with_the_change_and_ends_with_it(world: World) -> None:
    cache = await Bounded.make(world)
    await cache.set(PROMPTS[0], ttlMillis=1_000)
    world.clock.advance(ms=500)
    await cache.update(ttlMode="sliding")
    assert await cache.search(PROMPTS[0])
    world.clock.advance(ms=900)
    await cache.update(ttlMode="fixed")
    assert await cache.search(PROMPTS[0])
    world.clock.advance(ms=99)

    assert await cache.search(PROMPTS[0])
    world.clock.advance(ms=1)
    assert not await cache.search(PROMPTS[0])


async def test_a_prolonged_entry_is_there_to_be_deleted(world: World) -> None:
    cache = await Bounded.make(world, ttlMode="sliding")
    entry_id = (await cache.set(PROMPTS[0], ttlMillis=1_000)).json()["entryId"]
    world.clock.advance(ms=900)
    await cache.search(PROMPTS[0])
    world.clock.advance(ms=900)
    path = f"/entries/{entry_id}"
    answer = await world.call("DELETE", path, key=cache.key, cache_id=cache.cache_id)

    assert answer.status_code == 204
    assert not await cache.search(PROMPTS[0])
