"""A search: the order of its strategies, what a veto does, and what is left when a part fails."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.service.conftest import Services

from askonce.errors import EmbedderUnavailable
from askonce.model.cache import Cache, Fingerprint
from askonce.model.judgement import JudgeMode, Terms
from askonce.model.query import Put, Scope, Search, Strategy
from askonce.service.caches import CacheSpec

EXACT, SEMANTIC = Strategy.EXACT, Strategy.SEMANTIC
TERMS = Terms(JudgeMode.MODEL, 0.5)


@pytest.fixture
async def cache(services: Services) -> Cache:
    return await services.caches.create(CacheSpec("tests"))


async def put(services: Services, cache: Cache, prompt: str, **attributes: str) -> None:
    await services.entries.put(cache, Put(prompt, f"answer to {prompt}", attributes, None))


async def found(
    services: Services, cache: Cache, prompt: str, strategies: Sequence[Strategy] = (SEMANTIC,), most: int = 1
) -> list[tuple[str, Strategy]]:
    search = Search(prompt, Scope({}), strategies, floor=0.7, max_results=most, terms=TERMS)
    answer = await services.lookup.search(cache, search)
    return [(hit.entry.prompt, hit.strategy) for hit in answer.hits]


async def test_the_first_strategy_that_finds_something_answers(services: Services, cache: Cache) -> None:
    await put(services, cache, "red green blue")
    await put(services, cache, "red green blue black")

    assert await found(services, cache, "RED green blue", (EXACT, SEMANTIC)) == [("red green blue", EXACT)]
    assert await found(services, cache, "red blue green", (EXACT, SEMANTIC)) == [("red green blue", SEMANTIC)]


async def test_later_strategies_fill_up_without_repeating_an_entry(services: Services, cache: Cache) -> None:
    await put(services, cache, "red green blue")
    await put(services, cache, "red green blue black")

    hits = await found(services, cache, "red green blue", (EXACT, SEMANTIC), most=5)

    assert hits == [("red green blue", EXACT), ("red green blue black", SEMANTIC)]


async def test_the_same_words_are_found_by_meaning_without_an_embedder(
    services: Services, cache: Cache
) -> None:
    await put(services, cache, "red green blue")
    services.embedder.failure = EmbedderUnavailable("down")

    assert await found(services, cache, "Red Green Blue") == [("red green blue", SEMANTIC)]


async def test_a_text_that_can_not_be_read_is_found_by_its_own_words_only(
    services: Services, cache: Cache
) -> None:
    await put(services, cache, "😀")
    await put(services, cache, "🎉")

    assert await found(services, cache, "😀") == [("😀", SEMANTIC)]
    assert await found(services, cache, "🍕") == []


async def test_a_failed_embedder_is_told_where_nothing_else_was_found(
    services: Services, cache: Cache
) -> None:
    await put(services, cache, "red green blue")
    services.embedder.failure = EmbedderUnavailable("down")

    with pytest.raises(EmbedderUnavailable):
        await found(services, cache, "red blue green", (EXACT, SEMANTIC))


async def test_a_failed_embedder_leaves_the_exact_hits_in_either_order(
    services: Services, cache: Cache
) -> None:
    await put(services, cache, "red green blue")
    services.embedder.failure = EmbedderUnavailable("down")

    assert await found(services, cache, "red green blue", (EXACT, SEMANTIC), most=3) != []
    assert await found(services, cache, "red green blue", (SEMANTIC, EXACT), most=3) != []


async def test_a_vetoed_neighbour_gives_way_to_the_next(services: Services, cache: Cache) -> None:
    await put(services, cache, "the 10 best red green blue films")
    await put(services, cache, "best 5 red green blue films")

    asked = "the 5 best red green blue films"

    assert await found(services, cache, asked) == [("best 5 red green blue films", SEMANTIC)]


async def test_where_every_neighbour_is_vetoed_the_search_is_a_miss(services: Services, cache: Cache) -> None:
    for number in range(50):
        await put(services, cache, f"the {number} best red green blue films")

    assert await found(services, cache, "the 99 best red green blue films", most=3) == []


async def test_a_set_without_an_embedder_is_refused_and_keeps_nothing(
    services: Services, cache: Cache
) -> None:
    services.embedder.failure = EmbedderUnavailable("down")
    with pytest.raises(EmbedderUnavailable):
        await put(services, cache, "red green blue")
    services.embedder.failure = None

    assert await found(services, cache, "red green blue", (EXACT, SEMANTIC)) == []


@pytest.mark.parametrize("change", ["fingerprint", "name"])
async def test_vectors_of_another_embedder_are_never_compared(
    services: Services, cache: Cache, change: str
) -> None:
    await put(services, cache, "red green blue")
    changed = (
        replace(cache, fingerprint=Fingerprint("toy", 64, "of other weights"))
        if change == "fingerprint"
        else replace(cache, embedder="gone")
    )

    with pytest.raises(EmbedderUnavailable):
        await found(services, changed, "red blue green")
