"""A cache stays within its bounds, by its policy; a hit is a use, and may give an entry its life again."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, DIMENSIONS, NOW_MS, direction, entry

from askonce.errors import OutOfSpace
from askonce.model.attributes import Attributes
from askonce.model.bounds import Bounds, EvictionPolicy, entry_bytes
from askonce.model.entry import Entry

EVERY_POLICY = list(EvictionPolicy)
EVICTING = [policy for policy in EVERY_POLICY if policy is not EvictionPolicy.NONE]


def three(policy: EvictionPolicy) -> Bounds:
    return Bounds(max_entries=3, eviction=policy)


class Cache:
    """One cache of an engine, and a clock that goes on by a millisecond with everything that is done."""

    def __init__(self, engine: KeptEngine, bounds: Bounds) -> None:
        self.engine = engine
        self.bounds = bounds
        self.now_ms = NOW_MS

    async def put(
        self,
        prompt: str,
        response: str = "an answer",
        attributes: Attributes | None = None,
        ttl_ms: int | None = None,
    ) -> Entry:
        self.now_ms += 1
        ends_ms = None if ttl_ms is None else self.now_ms + ttl_ms
        made = replace(entry(prompt, response, attributes, expires_at_ms=ends_ms), created_at_ms=self.now_ms)
        await self.engine.put("cache", made, direction(1), self.bounds)
        return made

    async def put_all(self, prompts: str) -> None:
        for prompt in prompts:
            await self.put(prompt)

    async def hit(self, prompt: str, *, renews: bool = False) -> Entry:
        self.now_ms += 1
        (found,) = await self.engine.exact("cache", prompt, ANYWHERE, 1, self.now_ms)
        served = found.renewed(self.now_ms) if renews else found
        self.engine.note_hits("cache", [served])
        return served

    async def prompts(self) -> str:
        found = await self.engine.nearest("cache", direction(1), ANYWHERE, 0.0, 1_000, self.now_ms)
        return "".join(sorted(match.entry.prompt for match in found))


@pytest.mark.parametrize("policy", EVICTING)
async def test_without_hits_the_oldest_goes_whatever_the_policy(
    engine: KeptEngine, policy: EvictionPolicy
) -> None:
    cache = Cache(engine, three(policy))
    await cache.put_all("abcde")

    assert await cache.prompts() == "cde"


async def test_lru_evicts_whose_last_use_is_longest_ago(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.LRU))
    await cache.put_all("abc")
    await cache.hit("a")
    await cache.put("b", "a set is a use")
    await cache.put_all("d")
    assert await cache.prompts() == "abd"

    await cache.put_all("e")
    assert await cache.prompts() == "bde"


async def test_lfu_evicts_who_was_used_least(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.LFU))
    await cache.put_all("abc")
    for prompt in "aabbbc":
        await cache.hit(prompt)
    await cache.put_all("d")
    assert await cache.prompts() == "abd"

    await cache.hit("d")
    await cache.put("a", "another answer does not make it less asked for")
    await cache.put_all("e")
    assert await cache.prompts() == "bde"


async def test_lfu_lets_an_old_favourite_go_after_as_many_turns_as_it_had_hits(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.LFU))
    await cache.put_all("abc")
    for _ in range(5):
        await cache.hit("a")
    turns = 0
    while "a" in await cache.prompts():
        await cache.put_all(f"{chr(ord('d') + 2 * turns)}{chr(ord('e') + 2 * turns)}")
        turns += 1

    assert turns == 6


async def test_oldest_evicts_by_age_however_much_it_was_used(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.OLDEST))
    await cache.put_all("abc")
    for _ in range(3):
        await cache.hit("a")
    await cache.put("b", "set again, it is the youngest")
    await cache.put_all("de")

    assert await cache.prompts() == "bde"


async def test_none_refuses_what_does_not_fit_and_replaces_what_does(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.NONE))
    await cache.put_all("abc")
    with pytest.raises(OutOfSpace):
        await cache.put("d")
    await cache.put("b", "another")

    assert await cache.prompts() == "abc"
    (replaced,) = await engine.exact("cache", "b", ANYWHERE, 9, cache.now_ms)
    assert replaced.response == "another"


async def test_a_refusal_takes_no_other_set_with_it(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.NONE))
    results = await asyncio.gather(*(cache.put(prompt) for prompt in "abcdefghij"), return_exceptions=True)

    assert [isinstance(result, OutOfSpace) for result in results].count(True) == 7
    assert len(await cache.prompts()) == 3
    assert {p for p, r in zip("abcdefghij", results, strict=True) if isinstance(r, Entry)} == set(
        await cache.prompts()
    )


@pytest.mark.parametrize("policy", EVERY_POLICY)
async def test_what_is_over_goes_before_anything_that_lives(
    engine: KeptEngine, policy: EvictionPolicy
) -> None:
    cache = Cache(engine, three(policy))
    await cache.put("a")
    await cache.put("b", ttl_ms=10)
    await cache.hit("b")
    await cache.put("c")
    cache.now_ms += 10
    await cache.put("d")

    assert await cache.prompts() == "acd"


@pytest.mark.parametrize("policy", EVERY_POLICY)
async def test_bytes_are_a_bound_too(engine: KeptEngine, policy: EvictionPolicy) -> None:
    most = 3 * entry_bytes(entry("a", "r" * 100), DIMENSIONS)
    cache = Cache(engine, Bounds(max_bytes=most, eviction=policy))
    for prompt in "abc":
        await cache.put(prompt, "r" * 100)
    if policy is EvictionPolicy.NONE:
        with pytest.raises(OutOfSpace):
            await cache.put("a", "r" * 101)
        assert await cache.prompts() == "abc"
        return
    await cache.put("d", "r" * 101)
    assert await cache.prompts() == "cd"
    await cache.put("e", "r" * 99)
    assert await cache.prompts() == "cde"


@pytest.mark.parametrize("policy", EVERY_POLICY)
async def test_what_alone_is_larger_than_the_cache_evicts_nothing(
    engine: KeptEngine, policy: EvictionPolicy
) -> None:
    cache = Cache(engine, Bounds(max_bytes=2_000, eviction=policy))
    await cache.put_all("abc")
    for prompt in "ax":
        with pytest.raises(OutOfSpace):
            await cache.put(prompt, "r" * 2_001)

    assert await cache.prompts() == "abc"


@pytest.mark.parametrize("policy", EVICTING)
async def test_many_sets_at_once_leave_the_cache_full_and_no_fuller(
    engine: KeptEngine, policy: EvictionPolicy
) -> None:
    cache = Cache(engine, Bounds(max_entries=50, eviction=policy))
    await asyncio.gather(*(cache.put(f"<{number}>") for number in range(400)))

    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 1_000, cache.now_ms)
    assert len(found) == 50
    assert {match.entry.prompt for match in found} == {f"<{number}>" for number in range(350, 400)}


@pytest.mark.parametrize("policy", EVICTING)
async def test_a_bound_that_was_lowered_is_reached_in_bounded_steps(
    engine: KeptEngine, policy: EvictionPolicy
) -> None:
    cache = Cache(engine, Bounds())
    await asyncio.gather(*(cache.put(f"<{number}>") for number in range(700)))
    lowered = Bounds(max_entries=10, eviction=policy)
    steps = []
    while removed := await engine.trim("cache", lowered, cache.now_ms):
        steps.append(removed)

    assert sum(steps) == 690
    assert max(steps) < 690
    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 1_000, cache.now_ms)
    assert {match.entry.prompt for match in found} == {f"<{number}>" for number in range(690, 700)}


async def test_trimming_what_is_within_its_bounds_or_may_not_evict_removes_nothing(
    engine: KeptEngine,
) -> None:
    cache = Cache(engine, Bounds())
    await cache.put_all("abcd")

    assert await engine.trim("cache", Bounds(max_entries=4, max_bytes=10_000), cache.now_ms) == 0
    assert await engine.trim("cache", three(EvictionPolicy.NONE), cache.now_ms) == 0
    assert await engine.trim("none", three(EvictionPolicy.LRU), cache.now_ms) == 0
    assert await cache.prompts() == "abcd"


async def test_bounds_of_one_cache_are_not_anothers(engine: KeptEngine) -> None:
    cache = Cache(engine, three(EvictionPolicy.LRU))
    await engine.put("other", entry("theirs"), direction(1))
    await cache.put_all("abcdef")

    assert await engine.exact("other", "theirs", ANYWHERE, 1, NOW_MS)


@pytest.mark.parametrize("sweeps", [False, True])
async def test_a_hit_that_renews_gives_a_whole_life_to_the_millisecond(
    engine: KeptEngine, sweeps: bool
) -> None:
    cache = Cache(engine, Bounds())
    put = await cache.put("a", ttl_ms=1_000)
    for _ in range(3):
        cache.now_ms += 900
        served = await cache.hit("a", renews=True)
        if sweeps:
            await engine.sweep(cache.now_ms)

    assert served.expires_at_ms == cache.now_ms + 1_000
    assert await engine.exact("cache", "a", ANYWHERE, 1, cache.now_ms + 999) == [served]
    (near,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, cache.now_ms + 999)
    assert near.entry == served
    assert await engine.exact("cache", "a", ANYWHERE, 1, cache.now_ms + 1_000) == []
    assert await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, cache.now_ms + 1_000) == []
    assert await engine.remove("cache", put.id, cache.now_ms + 999)


async def test_a_hit_that_does_not_renew_leaves_the_end_where_it_was(engine: KeptEngine) -> None:
    cache = Cache(engine, Bounds())
    put = await cache.put("a", ttl_ms=1_000)
    cache.now_ms += 900
    await cache.hit("a")

    assert put.expires_at_ms is not None
    assert await engine.exact("cache", "a", ANYWHERE, 1, put.expires_at_ms - 1) == [put]
    assert await engine.exact("cache", "a", ANYWHERE, 1, put.expires_at_ms) == []


async def test_a_sweep_spares_what_a_hit_has_renewed_and_takes_it_in_its_time(engine: KeptEngine) -> None:
    cache = Cache(engine, Bounds())
    await cache.put("a", ttl_ms=1_000)
    await cache.put("b", ttl_ms=1_000)
    cache.now_ms += 500
    await cache.hit("a", renews=True)
    cache.now_ms += 600

    assert await engine.sweep(cache.now_ms) == 1
    assert await cache.prompts() == "a"
    assert await engine.sweep(cache.now_ms + 1_000) == 1


async def test_a_hit_on_what_was_removed_or_replaced_meanwhile_changes_nothing(engine: KeptEngine) -> None:
    cache = Cache(engine, Bounds())
    removed = await cache.put("a", ttl_ms=1_000)
    former = await cache.put("b", ttl_ms=100_000)
    await engine.remove("cache", removed.id, cache.now_ms)
    latter = await cache.put("b", "another", ttl_ms=10)
    engine.note_hits("cache", [removed.renewed(cache.now_ms + 1), former.renewed(cache.now_ms + 1)])
    engine.note_hits("never written to", [removed])

    assert await engine.exact("cache", "a", ANYWHERE, 1, cache.now_ms) == []
    assert await engine.exact("cache", "b", ANYWHERE, 1, cache.now_ms) == [latter]
    assert await engine.exact("cache", "b", ANYWHERE, 1, cache.now_ms + 10) == []
