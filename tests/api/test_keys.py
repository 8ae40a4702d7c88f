"""Keys over HTTP: what a minted key may do, and that a change, a rotation or a revocation holds at once."""

from typing import Any

import pytest
from tests.api.world import START_MS, World

START_S = START_MS // 1_000
SEARCH = {"prompt": "hello"}
ENTRY = {"prompt": "hello", "response": "r"}


def grant(cache_id: str, *actions: str) -> dict[str, Any]:
    return {
        "product": "langcache",
        "resourceType": "lc-cache",
        "resourceId": cache_id,
        "actions": list(actions) or ["full"],
    }


async def mint(world: World, *grants: dict[str, Any], **fields: Any) -> tuple[str, str]:
    """The id and the token."""
    body = {"name": "service", "grants": list(grants) or [grant(world.cache_id)], **fields}
    answer = await world.admin("POST", "/api-keys", body)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["keyId", "token", "createdAt"]
    return answer.json()["keyId"], answer.json()["token"]


async def status(world: World, token: str, *, path: str = "/search", cache_id: str | None = None) -> int:
    body = SEARCH if path == "/search" else ENTRY
    return (await world.call("POST", path, body, key=token, cache_id=cache_id)).status_code


async def test_a_minted_key_reads_as_it_was_made_and_without_its_token(world: World) -> None:
    key_id, token = await mint(world, grant(world.cache_id, "read", "write"), expiresAt=START_S + 60)

    answer = await world.admin("GET", f"/api-keys/{key_id}")

    assert answer.json() == {
        "keyId": key_id,
        "name": "service",
        "grants": [grant(world.cache_id, "write")],
        "createdAt": START_S,
        "expiresAt": START_S + 60,
        "lastUsedAt": None,
        "requestsPerSecond": None,
        "burst": None,
    }
    assert token not in (await world.admin("GET", "/api-keys")).text


async def test_keys_are_listed_without_admin_tokens(world: World) -> None:
    key_id, _ = await mint(world)

    listed = (await world.admin("GET", "/api-keys")).json()["apiKeys"]

    assert [key["name"] for key in listed] == ["test", "service"]
    assert listed[1]["keyId"] == key_id


@pytest.mark.parametrize(("action", "writes"), [("read", 403), ("write", 201), ("full", 201)])
async def test_a_key_may_do_what_it_was_granted(world: World, action: str, writes: int) -> None:
    _, token = await mint(world, grant(world.cache_id, action))

    assert await status(world, token) == 200
    assert await status(world, token, path="/entries") == writes


async def test_a_grant_on_every_cache_reaches_those_still_to_be_made(world: World) -> None:
    _, token = await mint(world, grant("*", "read"))
    later, _ = await world.new_cache(["*"])

    assert await status(world, token, cache_id=later) == 200
    assert await status(world, token, path="/entries", cache_id=later) == 403
    assert await status(world, token, cache_id="0" * 32) == 404


async def test_grants_may_differ_by_cache(world: World) -> None:
    other, _ = await world.new_cache(["*"])
    _, token = await mint(world, grant(world.cache_id, "read"), grant(other, "write"))

    assert await status(world, token, path="/entries") == 403
    assert await status(world, token, path="/entries", cache_id=other) == 201


async def test_an_expired_key_is_refused_from_its_second_on(world: World) -> None:
    _, token = await mint(world, expiresAt=START_S + 1)
    world.clock.advance(ms=999)
    before = await status(world, token)
    world.clock.advance(ms=1)

    assert (before, await status(world, token)) == (200, 401)


async def test_a_revoked_key_is_refused_by_the_next_request(world: World) -> None:
    key_id, token = await mint(world)
    assert await status(world, token) == 200

    answer = await world.admin("DELETE", f"/api-keys/{key_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert await status(world, token) == 401
    assert (await world.admin("GET", f"/api-keys/{key_id}")).status_code == 404


async def test_a_changed_grant_holds_for_the_next_request(world: World) -> None:
    key_id, token = await mint(world)

    answer = await world.admin("PATCH", f"/api-keys/{key_id}", {"grants": [grant(world.cache_id, "read")]})

    assert (answer.status_code, answer.json()["grants"]) == (200, [grant(world.cache_id, "read")])
    assert (answer.json()["name"], answer.json()["keyId"]) == ("service", key_id)
    assert await status(world, token, path="/entries") == 403


async def test_an_expiry_can_be_set_and_taken_away(world: World) -> None:
    key_id, token = await mint(world)
    await world.admin("PATCH", f"/api-keys/{key_id}", {"expiresAt": START_S})
    ended = await status(world, token)
    await world.admin("PATCH", f"/api-keys/{key_id}", {"name": "renamed"})
    renamed = await status(world, token)
    await world.admin("PATCH", f"/api-keys/{key_id}", {"expiresAt": None})

    assert (ended, renamed, await status(world, token)) == (401, 401, 200)


async def rotate(world: World, key_id: str, body: Any = None) -> str:
    answer = await world.admin("POST", f"/api-keys/{key_id}/rotate", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["keyId"] == key_id
    return str(answer.json()["token"])


@pytest.mark.parametrize("body", [None, {}, {"overlapMillis": 0}, {"overlapMillis": None}])
async def test_a_rotation_ends_the_former_token_at_once(world: World, body: Any) -> None:
    key_id, former = await mint(world)

    token = await rotate(world, key_id, body)

    assert (await status(world, former), await status(world, token)) == (401, 200)


async def test_a_rotation_with_overlap_lets_both_tokens_in_until_its_end(world: World) -> None:
    key_id, former = await mint(world)
    token = await rotate(world, key_id, {"overlapMillis": 5_000})
    told = (await world.admin("GET", f"/api-keys/{key_id}")).json()
    world.clock.advance(ms=4_999)
    within = (await status(world, former), await status(world, token))
    world.clock.advance(ms=1)

    assert told["formerTokenExpiresAt"] == START_S + 5
    assert within == (200, 200)
    assert (await status(world, former), await status(world, token)) == (401, 200)


async def test_a_later_rotation_never_prolongs_a_token(world: World) -> None:
    key_id, first = await mint(world)
    second = await rotate(world, key_id, {"overlapMillis": 1_000})
    third = await rotate(world, key_id, {"overlapMillis": 60_000})
    world.clock.advance(ms=1_000)

    assert [await status(world, token) for token in (first, second, third)] == [401, 200, 200]
    fourth = await rotate(world, key_id)
    tokens = (first, second, third, fourth)
    assert [await status(world, token) for token in tokens] == [401, 401, 401, 200]


async def test_revoking_ends_the_tokens_of_an_overlap_too(world: World) -> None:
    key_id, former = await mint(world)
    token = await rotate(world, key_id, {"overlapMillis": 60_000})

    await world.admin("DELETE", f"/api-keys/{key_id}")

    assert (await status(world, former), await status(world, token)) == (401, 401)


async def test_a_deleted_cache_takes_the_grants_on_it_along(world: World) -> None:
    other, _ = await world.new_cache(["*"])
    key_id, token = await mint(world, grant(world.cache_id), grant(other))

    await world.admin("DELETE", f"/caches/{world.cache_id}")

    assert await status(world, token) == 403
    assert await status(world, token, cache_id=other) == 200
    assert (await world.admin("GET", f"/api-keys/{key_id}")).json()["grants"] == [grant(other)]


async def test_use_is_told_of_keys_admin_tokens_and_caches(world: World) -> None:
    key_id, token = await mint(world)
    world.clock.advance(ms=30_000)
    await status(world, token)
    await status(world, token, path="/entries")
    refused_id, _ = await mint(world)

    key = (await world.admin("GET", f"/api-keys/{key_id}")).json()
    refused = (await world.admin("GET", f"/api-keys/{refused_id}")).json()
    admin = (await world.admin("GET", "/admin-tokens/main")).json()
    cache = (await world.admin("GET", f"/caches/{world.cache_id}")).json()

    assert (key["lastUsedAt"], refused["lastUsedAt"], admin["lastUsedAt"]) == (
        START_S + 30,
        None,
        START_S + 30,
    )
    assert cache["lastUsedAt"] == "2026-01-01T00:00:30Z"


async def test_a_mistyped_token_is_told_from_an_unknown_one(world: World) -> None:
    _, token = await mint(world)
    swapped = token[:-1] + ("a" if token[-1] != "a" else "b")

    mistyped = await world.call("POST", "/search", SEARCH, key=swapped)
    unknown = await world.call("POST", "/search", SEARCH, key="ask_unknown")

    assert (mistyped.status_code, unknown.status_code) == (401, 401)
    assert "checksum" in mistyped.json()["detail"]
    assert "not known" in unknown.json()["detail"]


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "name", "required"),
    ({"name": ""}, "name", "length"),
    ({"name": "x" * 65}, "name", "length"),
    ({"grants": None}, "grants", "required"),
    ({"grants": []}, "grants", "count"),
    ({"grants": {}}, "grants", "type"),
    ({"grants": ["*"]}, "grants[0]", "type"),
    ({"grants": [{}]}, "grants[0].resourceId", "required"),
    ({"grants": [{}]}, "grants[0].actions", "required"),
    ({"grants": [grant("*"), {**grant("*"), "actions": []}]}, "grants[1].actions", "count"),
    ({"grants": [grant("*", "read", "admin")]}, "grants[0].actions[1]", "choice"),
    ({"grants": [{**grant("*"), "product": "redis"}]}, "grants[0].product", "choice"),
    ({"grants": [{**grant("*"), "resourceType": "x"}]}, "grants[0].resourceType", "choice"),
    ({"grants": [grant("*"), grant("0" * 32)]}, "grants[1].resourceId", "known"),
    ({"expiresAt": -1}, "expiresAt", "range"),
    ({"expiresAt": START_MS}, "expiresAt", "range"),
    ({"expiresAt": "tomorrow"}, "expiresAt", "type"),
]


@pytest.mark.parametrize(("wrong", "field", "rule"), FAULTS, ids=repr)
async def test_a_wrong_key_is_not_minted_and_a_wrong_change_not_made(
    world: World, wrong: dict[str, Any], field: str, rule: str
) -> None:
    key_id, _ = await mint(world)
    before = (await world.admin("GET", "/api-keys")).json()
    body = {"name": "x", "grants": [grant("*")], **wrong}

    answers = [await world.admin("POST", "/api-keys", body)]
    if rule != "required" or "." in field:
        answers.append(await world.admin("PATCH", f"/api-keys/{key_id}", body))

    for answer in answers:
        assert answer.status_code == 400
        assert (field, rule) in [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
    assert (await world.admin("GET", "/api-keys")).json() == before


@pytest.mark.parametrize("overlap", [-1, 2_592_000_001, "1d", 0.5])
async def test_a_wrong_overlap_rotates_nothing(world: World, overlap: Any) -> None:
    key_id, token = await mint(world)

    answer = await world.admin("POST", f"/api-keys/{key_id}/rotate", {"overlapMillis": overlap})

    assert [fault["field"] for fault in answer.json()["fields"]] == ["overlapMillis"]
    assert await status(world, token) == 200


@pytest.mark.parametrize("kind", ["api-keys", "admin-tokens"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate")]
)
async def test_an_unknown_key_is_not_found(world: World, kind: str, method: str, path: str) -> None:
    answer = await world.admin(method, f"/{kind}/unknown{path}", {})

    assert (answer.status_code, answer.json()["type"]) == (404, "/errors/resource-not-found")
