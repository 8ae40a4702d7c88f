"""Several admin tokens, each with a life of its own, changed without a stop."""

import pytest
from tests.api.world import START_MS, World

START_S = START_MS // 1_000


async def mint(world: World, **fields: object) -> tuple[str, str]:
    answer = await world.admin("POST", "/admin-tokens", {"name": "operations", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["tokenId"], answer.json()["token"]


async def status(world: World, token: str) -> int:
    return (await world.call("GET", "//v1/caches", key=token)).status_code


async def test_another_admin_token_administers_as_the_first_does(world: World) -> None:
    token_id, token = await mint(world)

    assert token.startswith("askadmin_")
    assert await status(world, token) == 200
    told = (await world.admin("GET", f"/admin-tokens/{token_id}")).json()
    assert told == {
        "tokenId": token_id,
        "name": "operations",
        "createdAt": START_S,
        "expiresAt": None,
        "lastUsedAt": START_S,
    }
    listed = (await world.admin("GET", "/admin-tokens")).json()["adminTokens"]
    assert [one["tokenId"] for one in listed] == ["main", token_id]


async def test_an_admin_token_is_replaced_without_a_stop(world: World) -> None:
    _, token = await mint(world)

    revoked = await world.call("DELETE", "//v1/admin-tokens/main", key=token)

    assert revoked.status_code == 204
    assert (await status(world, world.admin_token), await status(world, token)) == (401, 200)


async def test_an_admin_token_is_rotated_with_an_overlap(world: World) -> None:
    answer = await world.admin("POST", "/admin-tokens/main/rotate", {"overlapMillis": 1_000})
    token = answer.json()["token"]
    within = (await status(world, world.admin_token), await status(world, token))
    world.clock.advance(ms=1_000)

    assert within == (200, 200)
    assert (await status(world, world.admin_token), await status(world, token)) == (401, 200)


async def test_an_admin_token_ends_when_it_was_said_to(world: World) -> None:
    _, token = await mint(world, expiresAt=START_S + 1)
    world.clock.advance(ms=1_000)

    assert await status(world, token) == 401
    assert (await world.call("DELETE", "/entries", key=token)).status_code == 401


async def test_the_last_admin_token_is_not_revoked(world: World) -> None:
    await mint(world, expiresAt=START_S)

    answer = await world.admin("DELETE", "/admin-tokens/main")

    assert (answer.status_code, answer.json()["fields"][0]["rule"]) == (400, "last")
    assert await status(world, world.admin_token) == 200


async def test_keys_and_admin_tokens_do_not_know_each_other_s_ids(world: World) -> None:
    (key,) = (await world.admin("GET", "/api-keys")).json()["apiKeys"]

    assert (await world.admin("DELETE", f"/admin-tokens/{key['keyId']}")).status_code == 404
    assert (await world.admin("POST", "/api-keys/main/rotate")).status_code == 404
    assert await status(world, world.admin_token) == 200


async def test_an_admin_token_has_no_grants_to_be_given(world: World) -> None:
    body = {"name": "x", "grants": [{"resourceId": "*", "actions": ["full"]}]}
    await world.admin("PATCH", "/admin-tokens/main", body)

    answer = await world.call("POST", "/search", {"prompt": "hello"}, key=world.admin_token)

    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["", None, 3, "x" * 65])
async def test_a_wrong_name_is_refused(world: World, name: object) -> None:
    answer = await world.admin("POST", "/admin-tokens", {"name": name})

    assert [fault["field"] for fault in answer.json()["fields"]] == ["name"]
