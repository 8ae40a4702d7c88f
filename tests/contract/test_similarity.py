"""What is near is found in order, by numbers that do not depend on how it was found."""

import asyncio

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, beside, direction, entry

from askonce.engine.similarity import similarities
from askonce.model.query import Scope


async def test_the_best_comes_first(engine: KeptEngine) -> None:
    question = direction(0)
    for similarity in (0.85, 0.99, 0.7, 0.92):
        await engine.put("cache", entry(str(similarity)), beside(question, similarity))

    found = await engine.nearest("cache", question, ANYWHERE, 0.8, 2, NOW_MS)
    assert [match.entry.prompt for match in found] == ["0.99", "0.92"]
    assert [match.similarity for match in found] == pytest.approx([0.99, 0.92], abs=1e-5)


async def test_an_entry_exactly_at_the_floor_is_found_and_one_below_is_not(engine: KeptEngine) -> None:
    question, vector = direction(0), beside(direction(0), 0.9)
    await engine.put("cache", entry("Why?"), vector)
    (similarity,) = similarities(vector[None], question).tolist()

    assert len(await engine.nearest("cache", question, ANYWHERE, similarity, 1, NOW_MS)) == 1
    assert await engine.nearest("cache", question, ANYWHERE, similarity + 1e-6, 1, NOW_MS) == []


@pytest.mark.parametrize("number", range(8))
async def test_an_identical_vector_has_similarity_one(engine: KeptEngine, number: int) -> None:
    await engine.put("cache", entry("Why?"), direction(number, dimensions=384))

    (found,) = await engine.nearest("cache", direction(number, dimensions=384), ANYWHERE, 1.0, 1, NOW_MS)
    assert found.similarity == 1.0


async def test_an_opposite_vector_has_similarity_zero(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?"), -direction(1))

    (found,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 1, NOW_MS)
    assert found.similarity == 0.0


async def test_among_equals_the_newer_entry_comes_first(engine: KeptEngine) -> None:
    for number in range(5):
        await engine.put("cache", entry(f"entry {number}"), direction(1))
    await engine.put("cache", entry("entry 2", "put again"), direction(1))

    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS)
    assert [match.entry.prompt[-1] for match in found] == ["2", "4", "3", "1", "0"]


async def test_among_thousands_of_equals_the_newest_is_served(engine: KeptEngine) -> None:
    """A quantized index can not tell these apart; the answer may not depend on which of them it proposes."""
    puts = [engine.put("cache", entry(f"entry {n}"), direction(1)) for n in range(3_000)]
    await asyncio.gather(*puts)
    for number in (1_500, 700, 2_999):
        await engine.put("cache", entry(f"entry {number}", "newer"), direction(1))

    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 3, NOW_MS)
    assert [match.entry.prompt for match in found] == ["entry 2999", "entry 700", "entry 1500"]


async def test_a_pair_has_one_similarity_whatever_stands_around_it(engine: KeptEngine) -> None:
    question, vector = direction(0), beside(direction(0), 0.913)
    await engine.put("small", entry("Why?"), vector)
    crowd = [engine.put("large", entry(f"crowd {n}"), direction(n)) for n in range(1, 3_001)]
    await asyncio.gather(*crowd, engine.put("large", entry("Why?", attributes={"a": "1"}), vector))

    alone = await engine.nearest("small", question, ANYWHERE, 0.9, 1, NOW_MS)
    crowded = await engine.nearest("large", question, ANYWHERE, 0.9, 1, NOW_MS)
    filtered = await engine.nearest("large", question, Scope({"a": "1"}), 0.9, 1, NOW_MS)
    assert alone[0].similarity == crowded[0].similarity == filtered[0].similarity


async def test_no_more_than_the_limit_is_returned_and_no_less_than_there_is(engine: KeptEngine) -> None:
    await asyncio.gather(*(engine.put("cache", entry(str(n)), direction(n)) for n in range(150)))

    for limit in (1, 100, 1_000):
        found = await engine.nearest("cache", direction(0), ANYWHERE, 0.0, limit, NOW_MS)
        assert len(found) == min(limit, 150)
        assert [match.similarity for match in found] == sorted((m.similarity for m in found), reverse=True)
