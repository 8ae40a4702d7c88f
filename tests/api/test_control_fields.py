"""What each field of a cache must be; and that a call that breaks a rule makes and changes nothing."""

from typing import Any

import pytest
from tests.api.world import NEW_CACHE, World

from askonce.model.entry import MAX_TTL_MS


def each(field: str, rule: str, *wrong: Any) -> list[tuple[dict[str, Any], str, str]]:
    return [({field: one}, field, rule) for one in wrong]


CHANGEABLE = [
    *each("name", "length", "", "x" * 65),
    *each("name", "type", 1, ["x"]),
    *each("defaultSearchThreshold", "range", -0.1, 1.1, 85),
    *each("defaultSearchThreshold", "type", "0.9", True),
    *each("defaultTtlMillis", "range", -2, MAX_TTL_MS + 1),
    *each("defaultTtlMillis", "type", "1000", 0.5),
    *each("attributes", "type", "user", {"user": 1}),
    *each("attributes", "unique", ["user", "user"]),
    *each("attributes", "exclusive", ["*", "user"]),
    *each("attributes", "count", [f"name {number}" for number in range(1_001)]),
    ({"attributes": ["user", "", 3]}, "attributes[1]", "length"),
    ({"attributes": ["user", "", 3]}, "attributes[2]", "type"),
    *each("searchStrategies", "count", []),
    ({"searchStrategies": ["guess"]}, "searchStrategies[0]", "choice"),
    *each("onEmbedderFailure", "choice", "fail", 1),
    *each("maxPromptChars", "range", 0, -1),
    *each("maxResponseChars", "type", "9"),
    *each("maxEntries", "range", 0, 10**9 + 1),
    *each("maxBytes", "type", 1.5, "9"),
    *each("evictionPolicy", "choice", "random", 1),
    *each("ttlMode", "choice", "rolling"),
]
AT_CREATION = [
    *CHANGEABLE,
    *[({field: None}, field, "required") for field in NEW_CACHE],
    *each("databaseId", "pattern", "a b", "a_b"),
    *each("databaseId", "length", "", "x" * 33),
    *each("databaseId", "known", "redis"),
    *each("embeddingProvider", "choice", "openai"),
    *each("embeddingModel", "choice", "larger"),
]
IN_A_CHANGE = [
    *CHANGEABLE,
    *each("cacheId", "immutable", "0" * 32),
    *each("databaseId", "immutable", "redis"),
    *each("embeddingProvider", "immutable", "another"),
    *each("embeddingDimensions", "immutable", 3),
]


@pytest.mark.parametrize(("wrong", "field", "rule"), AT_CREATION, ids=repr)
async def test_a_wrong_cache_is_refused_and_not_made(
    world: World, wrong: dict[str, Any], field: str, rule: str
) -> None:
    answer = await world.admin("POST", "/caches", {**NEW_CACHE, **wrong})

    assert (answer.status_code, answer.json()["type"]) == (400, "/errors/invalid-data")
    assert (field, rule) in [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
    assert len((await world.admin("GET", "/caches")).json()["caches"]) == 1


@pytest.mark.parametrize(("wrong", "field", "rule"), IN_A_CHANGE, ids=repr)
async def test_a_wrong_change_is_refused_and_changes_nothing(
    world: World, wrong: dict[str, Any], field: str, rule: str
) -> None:
    before = (await world.admin("GET", f"/caches/{world.cache_id}")).json()

    answer = await world.admin(
        "PATCH", f"/caches/{world.cache_id}", {"name": "new", "defaultTtlMillis": 5, **wrong}
    )

    assert (answer.status_code, answer.json()["type"]) == (400, "/errors/invalid-data")
    assert (field, rule) in [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
    assert (await world.admin("GET", f"/caches/{world.cache_id}")).json() == before


async def test_every_fault_of_a_cache_is_told_at_once(world: World) -> None:
    answer = await world.admin("POST", "/caches", {"name": "", "attributes": ["*", "a"], "maxPromptChars": 0})

    assert sorted(fault["field"] for fault in answer.json()["fields"]) == [
        "attributes",
        "databaseId",
        "defaultSearchThreshold",
        "defaultTtlMillis",
        "maxPromptChars",
        "name",
    ]
