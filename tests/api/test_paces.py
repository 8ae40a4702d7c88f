"""A key that asks too often is refused with when to come back, and disturbs no other."""

from typing import Any

import httpx2
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


def told(answer: httpx2.Response) -> tuple[str | None, str | None]:
    return answer.headers.get("ratelimit-policy"), answer.headers.get("ratelimit")


async def test_every_answer_tells_what_is_left(world: World) -> None:
    _, token = await mint(world, requestsPerSecond=0.5, burst=4)
    policy = '"key";q=4;w=8'

    stored = await world.call("POST", "/entries", {"prompt": "hello", "response": "hi"}, key=token)
    found = await world.call("POST", "/search", SEARCH, key=token)
    world.clock.advance(ms=500)
    refused = await world.call("POST", "/search", {"prompt": ""}, key=token)
    healthy = await world.call("GET", "/health", key=token)
    world.clock.advance(ms=2_000)
    removed = await world.call("DELETE", f"/entries/{stored.json()['entryId']}", key=token)

    assert (stored.status_code, told(stored)) == (201, (policy, '"key";r=3;t=2'))
    assert (found.status_code, told(found)) == (200, (policy, '"key";r=2;t=2'))
    assert (refused.status_code, told(refused)) == (400, (policy, '"key";r=1;t=2'))
    assert (healthy.status_code, told(healthy)) == (200, (policy, '"key";r=0;t=2'))
    assert (removed.status_code, told(removed)) == (204, (policy, '"key";r=0;t=2'))


async def test_a_cache_that_is_not_there_is_told_with_what_is_left(world: World) -> None:
    grants = [{"resourceId": "*", "actions": ["read"]}]
    minted = await world.admin("POST", "/api-keys", {"name": "x", "grants": grants, "requestsPerSecond": 5})

    answer = await world.call("POST", "/search", SEARCH, key=minted.json()["token"], cache_id="0" * 32)

    assert (answer.status_code, told(answer)) == (404, ('"key";q=5;w=1', '"key";r=4;t=1'))


async def test_a_key_without_a_pace_and_whoever_is_not_let_in_are_told_nothing(world: World) -> None:
    _, token = await mint(world, requestsPerSecond=5)

    assert told(await world.call("POST", "/search", SEARCH)) == (None, None)
    assert told(await world.call("POST", "/search", SEARCH, key=token, cache_id="0" * 32)) == (None, None)
    assert told(await world.admin("GET", "/caches")) == (None, None)


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

    async def pace() -> tuple[float | None, int | None]:
        key = (await world.admin("GET", path)).json()
        return key["requestsPerSecond"], key["burst"]

    at_first = await pace()
    await world.admin("PATCH", path, {"burst": 9})
    larger = await pace()
    await world.admin("PATCH", path, {"name": "renamed"})
    renamed = await pace()
    await world.admin("PATCH", path, {"requestsPerSecond": None})

    assert (at_first, larger, renamed, await pace()) == ((2.5, 3), (2.5, 9), (2.5, 9), (None, None))
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
