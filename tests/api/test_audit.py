"""The audit log over HTTP: every administrative act, once, with its admin and without a token."""

import json

import pytest
from tests.api.world import NEW_CACHE, World


async def test_every_change_is_told_with_who_made_it_the_latest_first(world: World) -> None:
    cache_id = (await world.admin("POST", "/caches", NEW_CACHE)).json()["cacheId"]
    await world.admin("PATCH", f"/caches/{cache_id}", {"defaultSearchThreshold": 0.5})
    await world.call("DELETE", "/entries", key=world.admin_token, cache_id=cache_id)
    grants = [{"resourceId": cache_id, "actions": ["write"]}]
    key_id = (await world.admin("POST", "/api-keys", {"name": "x", "grants": grants})).json()["keyId"]
    await world.admin("PATCH", f"/api-keys/{key_id}", {"name": "y"})
    await world.admin("POST", f"/api-keys/{key_id}/rotate", {"overlapMillis": 5})
    await world.admin("DELETE", f"/api-keys/{key_id}")
    await world.admin("DELETE", f"/caches/{cache_id}?flush=true")

    acts = (await world.admin("GET", "/audit?limit=8")).json()["acts"]

    assert [(act["what"], act["subject"] == cache_id) for act in reversed(acts)] == [
        ("cache.create", True),
        ("cache.update", True),
        ("cache.flush", True),
        ("key.mint", False),
        ("key.update", False),
        ("key.rotate", False),
        ("key.revoke", False),
        ("cache.delete", True),
    ]
    assert {(act["at"], act["who"], act["address"]) for act in acts} == {
        ("2026-01-01T00:00:00Z", "admin main", "127.0.0.1")
    }
    assert acts[6]["details"] == {"default_threshold": 0.5}
    assert acts[4]["details"] == {"name": "x", "grants": {cache_id: "write"}, "expires_at_ms": None}
    assert acts[2]["details"] == {"overlap_ms": 5}


async def test_a_refused_call_and_a_call_that_changes_nothing_leave_no_act(world: World) -> None:
    before = (await world.admin("GET", "/audit")).json()

    await world.admin("PATCH", f"/caches/{world.cache_id}", {"name": ""})
    await world.admin("DELETE", f"/caches/{'0' * 32}")
    await world.admin("DELETE", "/api-keys/unknown")
    await world.admin("DELETE", "/admin-tokens/main")
    await world.call("PATCH", "", {"name": "x"})
    await world.admin("GET", "/caches")
    await world.set("a prompt", "a response")
    await world.call("POST", "/flush")

    assert (await world.admin("GET", "/audit")).json() == before


async def test_no_token_is_ever_in_it(world: World) -> None:
    tokens = [world.key, world.admin_token]
    for path in ("/api-keys", "/admin-tokens"):
        body = {"name": "x", "grants": [{"resourceId": "*", "actions": ["read"]}]}
        minted = (await world.admin("POST", path, body)).json()
        minted_id = minted.get("keyId") or minted["tokenId"]
        rotated = await world.admin("POST", f"{path}/{minted_id}/rotate")
        tokens += [minted["token"], rotated.json()["token"]]

    told = json.dumps((await world.admin("GET", "/audit?limit=1000")).json())

    assert not any(token in told for token in tokens)


async def test_it_is_read_page_by_page(world: World) -> None:
    for number in range(5):
        await world.admin("PATCH", f"/caches/{world.cache_id}", {"name": str(number)})

    first = (await world.admin("GET", "/audit?limit=2")).json()["acts"]
    second = (await world.admin("GET", f"/audit?limit=2&before={first[-1]['position']}")).json()["acts"]

    assert [act["details"]["name"] for act in [*first, *second]] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("limit=0", "range"),
        ("limit=1001", "range"),
        ("limit=-1", "type"),
        ("limit=x", "type"),
        ("limit=1&limit=2", "unique"),
        ("before=0", "range"),
        ("before=" + "9" * 30, "type"),
        ("before=", "type"),
    ],
)
async def test_a_wrong_page_is_refused(world: World, query: str, rule: str) -> None:
    answer = await world.admin("GET", f"/audit?{query}")

    assert (answer.status_code, answer.json()["fields"][0]["rule"]) == (400, rule)
