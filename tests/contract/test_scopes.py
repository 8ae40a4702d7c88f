"""A search sees the entries of its scope, all of them, and no others."""

import asyncio

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, beside, direction, entry

from askonce.model.attributes import Attributes
from askonce.model.query import Scope

CONTEXT, OTHER_CONTEXT = "c" * 32, "d" * 32


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"ab", "a", "b", "none"}),
        ({"a": "1"}, {"ab", "a"}),
        ({"a": "1", "b": "1"}, {"ab"}),
        ({"a": "2"}, set()),
        ({"a": "1", "c": "1"}, set()),
        ({"A": "1"}, set()),
        ({"a": ""}, set()),
    ],
)
async def test_an_entry_is_in_scope_when_it_carries_every_attribute(
    engine: KeptEngine, asked: Attributes, found: set[str]
) -> None:
    carried = {"ab": {"a": "1", "b": "1"}, "a": {"a": "1"}, "b": {"b": "1"}, "none": {}}
    for name, attributes in carried.items():
        await engine.put("cache", entry("Why?", name, attributes), direction(1))

    exact = await engine.exact("cache", "Why?", Scope(asked), 9, NOW_MS)
    nearest = await engine.nearest("cache", direction(1), Scope(asked), 0.9, 9, NOW_MS)
    assert {each.response for each in exact} == found
    assert {match.entry.response for match in nearest} == found


async def test_names_and_values_do_not_run_into_each_other(engine: KeptEngine) -> None:
    for attributes in ({"ab": "c"}, {"a": "bc"}, {"a=b": "c"}, {"a": "b=c"}):
        await engine.put("cache", entry("Why?", attributes=attributes), direction(1))

    for attributes in ({"ab": "c"}, {"a": "bc"}, {"a=b": "c"}, {"a": "b=c"}):
        (found,) = await engine.nearest("cache", direction(1), Scope(attributes), 0.9, 9, NOW_MS)
        assert found.entry.attributes == attributes


async def test_a_match_is_found_however_rare_its_scope_is(engine: KeptEngine) -> None:
    """Three thousand entries nearer to the question than the one that the searcher may see."""
    question = direction(0)
    common = [
        engine.put("cache", entry(f"common {n}", attributes={"u": "all"}), beside(question, 0.99, n))
        for n in range(1, 3_001)
    ]
    rare = entry("rare", attributes={"u": "me"})
    await asyncio.gather(*common, engine.put("cache", rare, beside(question, 0.8, 7)))

    (found,) = await engine.nearest("cache", question, Scope({"u": "me"}), 0.79, 1, NOW_MS)
    assert found.entry == rare
    assert found.similarity == pytest.approx(0.8, abs=1e-5)
    assert await engine.nearest("cache", question, Scope({"u": "me"}), 0.81, 1, NOW_MS) == []


async def test_a_search_without_context_sees_no_entry_in_context(engine: KeptEngine) -> None:
    await engine.put("cache", entry("And then?", context=CONTEXT), direction(1))

    assert await engine.exact("cache", "And then?", ANYWHERE, 9, NOW_MS) == []
    assert await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS) == []


async def test_a_search_in_context_sees_entries_of_that_context_only(engine: KeptEngine) -> None:
    for response, context in (("alone", ""), ("here", CONTEXT), ("there", OTHER_CONTEXT)):
        await engine.put("cache", entry("And then?", response, {"a": "1"}, context=context), direction(1))

    for attributes in ({}, {"a": "1"}):
        scope = Scope(attributes, CONTEXT)
        exact = await engine.exact("cache", "and then?", scope, 9, NOW_MS)
        nearest = await engine.nearest("cache", direction(1), scope, 0.0, 9, NOW_MS)
        assert [each.response for each in exact] == ["here"]
        assert [match.entry.response for match in nearest] == ["here"]
    assert await engine.exact("cache", "and then?", Scope({"a": "2"}, CONTEXT), 9, NOW_MS) == []


async def test_no_attribute_can_forge_a_context(engine: KeptEngine) -> None:
    await engine.put("cache", entry("And then?", attributes={"context": CONTEXT}), direction(1))

    assert await engine.exact("cache", "And then?", Scope({}, CONTEXT), 9, NOW_MS) == []
    assert await engine.nearest("cache", direction(1), Scope({}, CONTEXT), 0.0, 9, NOW_MS) == []
