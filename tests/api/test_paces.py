"""A key that asks too often is refused with when to come back, and disturbs no other."""

from typing import Any

import pytest
from tests.api.world import World

SEARCH = {"prompt": "hello"}


async def mint(world: World, **fields: Any) -> tuple[str, str]:
    grants = [{"resourceId": world.cache_id, "actions": ["full"]}]
    answer = await world.admin("POST", "/api-keys", {"name": "paced", "grants": grants, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["keyId"], answer.json()["token"]


async def statuses(world: World, token: str, count: int) -> list[int]:
    return [(await world.call("POST", "/search", SEARCH, key=token)).status_code for _ in range(count)]


async def test_a_burst_is_let_in_and_then_the_rate(world: World) -> None:
    _, token = await mint(world, requestsPerSecond=2, burst=3)
    at_once = await statuses(world, token, 4)
    world.clock.advance(ms=499)
    early = await statuses(world, token, 1)
    world.clock.advance(ms=1)

    assert at_once == [200, 200, 200, 429]
    assert early == [429]
    assert await statuses(world, token, 2) == [200, 429]


async def test_the_refusal_says_when_to_come_back(world: World) -> None:
    _, token = await mint(world, requestsPerSecond=0.1, burst=2)
    await statuses(world, token, 2)
    world.clock.advance(ms=500)

    answer = await world.call("POST", "/search", SEARCH, key=token)

    assert answer.json()["type"] == "/errors/too-many-requests"
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["ratelimit-policy"] == '"key";q=2;w=20'
    assert answer.headers["ratelimit"] == '"key";r=0;t=10'


async def test_other_keys_of_the_cache_are_not_slowed(world: World) -> None:
    _, token = await mint(world, requestsPerSecond=1)

    assert await statuses(world, token, 3) == [200, 429, 429]
    assert await statuses(world, world.key, 3) == [200, 200, 200]


async def test_a_rotation_does_not_renew_what_was_spent(world: World) -> None:
    key_id, token = await mint(world, requestsPerSecond=1)
    await statuses(world, token, 1)
    rotated = (await world.admin("POST", f"/api-keys/{key_id}/rotate")).json()["token"]

    assert await statuses(world, rotated, 1) == [429]


async def test_a_pace_is_told_changed_and_taken_away(world: World) -> None:
    key_id, token = await mint(world, requestsPerSecond=2.5)
    path = f"/api-keys/{key_id}"

    async def told() -> tuple[float | None, int | None]:
        key = (await world.admin("GET", path)).json()
        return key["requestsPerSecond"], key["burst"]

    at_first = await told()
    await world.admin("PATCH", path, {"burst": 9})
    larger = await told()
    await world.admin("PATCH", path, {"name": "renamed"})
    renamed = await told()
    await world.admin("PATCH", path, {"requestsPerSecond": None})

    assert (at_first, larger, renamed, await told()) == ((2.5, 3), (2.5, 9), (2.5, 9), (None, None))
    assert await statuses(world, token, 12) == [200] * 12


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"requestsPerSecond": 0}, "requestsPerSecond", "range"),
        ({"requestsPerSecond": "5"}, "requestsPerSecond", "type"),
        ({"requestsPerSecond": 1, "burst": 0}, "burst", "range"),
        ({"requestsPerSecond": 1, "burst": 1.5}, "burst", "type"),
        ({"burst": 5}, "burst", "alone"),
    ],
)
async def test_a_pace_that_can_not_be_is_refused(
    world: World, wrong: dict[str, Any], field: str, rule: str
) -> None:
    grants = [{"resourceId": "*", "actions": ["read"]}]

    answer = await world.admin("POST", "/api-keys", {"name": "x", "grants": grants, **wrong})

    assert [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]] == [(field, rule)]
