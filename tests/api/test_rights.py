"""The rights, cell by cell: which role may make which call, on its own cache and on another.

`o` is served, `x` is 403 and `-` is 401; before the slash on the caller's own cache, after it on another.
Calls that name no cache are the same on both sides.

No key lists, reads by id, exports or imports, whatever it grants: a key finds what it asks for, in the
context that it names, and those calls show every entry, in whatever conversation it was set.
"""

import re
from typing import Any

import pytest
from tests.api.world import LIMITS, NEW_CACHE, START_MS, World

from askonce.api.openapi import document
from askonce.model.audit import SERVER
from askonce.model.key import EVERY_CACHE, Access, Grant

TABLE = """
call                              nobody  ended  reader  writer  full  reader* full*  admin  ended-admin
POST /{cache}/entries/search      -/-     -/-    o/x     o/x     o/x   o/o     o/o    x/x    -/-
POST /{cache}/search              -/-     -/-    o/x     o/x     o/x   o/o     o/o    x/x    -/-
POST /{cache}/conversations/search -/-    -/-    o/x     o/x     o/x   o/o     o/o    x/x    -/-
GET /{cache}/health               -/-     -/-    o/x     o/x     o/x   o/o     o/o    x/x    -/-
POST /{cache}/entries             -/-     -/-    x/x     o/x     o/x   x/x     o/o    x/x    -/-
DELETE /{cache}/entries/{entry}   -/-     -/-    x/x     o/x     o/x   x/x     o/o    o/o    -/-
DELETE /{cache}/entries           -/-     -/-    x/x     o/x     o/x   x/x     o/o    o/o    -/-
POST /{cache}/flush               -/-     -/-    x/x     o/x     o/x   x/x     o/o    x/x    -/-
GET /v1/caches                    -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /v1/caches                   -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /{cache}                      -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
PATCH /{cache}                    -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
DELETE /{cache}                   -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /{cache}/entries              -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /{cache}/entries/{entry}      -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /{cache}/export               -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /{cache}/import              -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/embedding-providers       -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/api-keys                  -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /v1/api-keys                 -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/api-keys/{key}            -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
PATCH /v1/api-keys/{key}          -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /v1/api-keys/{key}/rotate    -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
DELETE /v1/api-keys/{key}         -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/admin-tokens              -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /v1/admin-tokens             -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/admin-tokens/{token}      -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
PATCH /v1/admin-tokens/{token}    -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
POST /v1/admin-tokens/{token}/rotate -/-  -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
DELETE /v1/admin-tokens/{token}   -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
GET /v1/audit                     -/-     -/-    x/x     x/x     x/x   x/x     x/x    o/o    -/-
"""
ROWS = [line.rsplit(maxsplit=9) for line in TABLE.strip().splitlines()]
ROLES = ROWS[0][1:]
CALLS = [row[0].strip() for row in ROWS[1:]]
BODIES: dict[str, Any] = {
    "POST /{cache}/entries": {"prompt": "p", "response": "r"},
    "POST /{cache}/import": {"prompt": "p", "response": "r"},
    "POST /v1/caches": NEW_CACHE,
    "PATCH /{cache}": {"name": "renamed"},
    "POST /v1/api-keys": {"name": "x", "grants": [{"resourceId": "*", "actions": ["read"]}]},
    "POST /v1/admin-tokens": {"name": "x"},
}


async def token_of(world: World, role: str, cache_id: str) -> str | None:
    administration = world.services.administration
    assert administration is not None
    access = {"reader": Access.READ, "writer": Access.WRITE}.get(role.rstrip("*"), Access.FULL)
    grants = [Grant(EVERY_CACHE if role.endswith("*") else cache_id, access)]
    match role:
        case "nobody":
            return None
        case "ended":
            return (await administration.keys.mint(role, grants, START_MS, SERVER)).token
        case "admin":
            return (await administration.admins.mint(role, (), None, SERVER)).token
        case "ended-admin":
            return (await administration.admins.mint(role, (), START_MS, SERVER)).token
        case _:
            return (await administration.keys.mint(role, grants, None, SERVER)).token


async def cell(world: World, role: str, call: str) -> str:
    """What the role meets with the call, on its own cache and on another, each made for this cell alone."""
    met = []
    for is_own in (True, False):
        own, _ = await world.new_cache(["*"])
        cache_id, key = (own, await world.mint(Access.FULL, own)) if is_own else await world.new_cache(["*"])
        entry = {"prompt": "known", "response": "r"}
        stored = await world.call("POST", "/entries", entry, key=key, cache_id=cache_id)
        path = call.partition(" ")[2].format(
            cache=f"v1/caches/{cache_id}",
            entry=stored.json()["entryId"],
            key=(await world.admin("GET", "/api-keys")).json()["apiKeys"][-1]["keyId"],
            token=await _another_admin(world),
        )
        token = await token_of(world, role, own)
        body = BODIES.get(call, {"prompt": "known"} if "search" in call else {})
        answer = await world.call(call.partition(" ")[0], f"/{path}", body, key=token)
        met.append({401: "-", 403: "x"}.get(answer.status_code, "o"))
        assert answer.status_code in (200, 201, 204, 401, 403), answer.text
    return "/".join(met)


async def _another_admin(world: World) -> str:
    answer = await world.admin("POST", "/admin-tokens", {"name": "not the caller"})
    return str(answer.json()["tokenId"])


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_meets_what_the_table_says(world: World, role: str) -> None:
    column = ROLES.index(role) + 1

    met = {call: await cell(world, role, call) for call in CALLS}

    assert met == {row[0].strip(): row[column] for row in ROWS[1:]}


def test_the_table_has_every_call_there_is() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, calls in document(LIMITS)["paths"].items()
        for method, call in calls.items()
        if call.get("security") != []
    }
    names = {
        "/{cache}": "/v1/caches/{cacheId}",
        "{entry}": "{entryId}",
        "{key}": "{keyId}",
        "{token}": "{tokenId}",
    }
    listed = " ".join(CALLS)
    for short, name in names.items():
        listed = listed.replace(short, name)

    assert set(re.findall(r"[A-Z]+ \S+", listed)) == described
