"""Who is let in: 401 without a live key, 403 without the grant, 404 only to those who may know."""

import pytest
from tests.api.world import World

from askonce.model.key import Access

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTRY = "99b76fd71edf0428ef7ab8f8335597a9"
READS = (
    ("POST", "/entries/search"),
    ("POST", "/search"),
    ("POST", "/conversations/search"),
    ("GET", "/health"),
)
WRITES = (
    ("POST", "/entries"),
    ("DELETE", "/entries"),
    ("DELETE", f"/entries/{ENTRY}"),
    ("POST", "/flush"),
)
BODY = {"prompt": "p", "response": "r"}


@pytest.mark.parametrize(("method", "path"), [*READS, *WRITES])
async def test_a_call_without_a_key_is_unauthenticated(still_world: World, method: str, path: str) -> None:
    answer = await still_world.call(method, path, BODY, key=None)

    assert (answer.status_code, answer.json()["type"]) == (401, "/errors/authentication-failed")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await still_world.prompts() == ["stays"]


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic %s",
        b"%s",
        b"Bearer%s",
        b"Token %s",
        b"Bearer %s x",
        b"Bearer %s, Bearer %s",
        b'Bearer "%s"',
        b"Bearer unknown",
        b"Bearer \xff\xfe\xe9",
        b"B\xe9arer %s",
        b"Bearer " + b"x" * 50_000,
    ],
)
async def test_a_malformed_or_unknown_key_is_unauthenticated(
    still_world: World, authorization: bytes
) -> None:
    value = authorization.replace(b"%s", still_world.key.encode())
    path = f"/v1/caches/{still_world.cache_id}/search"

    answer = await still_world.client.post(path, json=BODY, headers=[(b"Authorization", value)])

    assert answer.status_code == 401
    assert still_world.key not in answer.text


async def test_two_keys_are_none(still_world: World) -> None:
    value = f"Bearer {still_world.key}".encode()
    path = f"/v1/caches/{still_world.cache_id}/search"

    answer = await still_world.client.post(
        path, json=BODY, headers=[(b"Authorization", value), (b"Authorization", value)]
    )

    assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_read_in_any_case(still_world: World, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {still_world.key}"}

    assert (await still_world.call("POST", "/search", BODY, headers=headers)).status_code == 200


@pytest.mark.parametrize(("method", "path"), [*READS, *WRITES])
async def test_a_key_of_another_cache_is_forbidden(still_world: World, method: str, path: str) -> None:
    _, other = await still_world.new_cache(["*"])

    answer = await still_world.call(method, path, BODY, key=other)

    assert (answer.status_code, answer.json()["type"]) == (403, "/errors/insufficient-permissions")
    assert await still_world.prompts() == ["stays"]


@pytest.mark.parametrize("cache_id", ["f" * 32, "x", "%C3%A9", "a%2Fb", "%00", "%ff", "..."])
async def test_an_unknown_cache_is_forbidden_to_a_key_without_a_grant_on_it(
    still_world: World, cache_id: str
) -> None:
    answer = await still_world.call("POST", "/search", BODY, cache_id=cache_id)

    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_key_that_reads_may_not_write(still_world: World, method: str, path: str) -> None:
    reader = await still_world.mint(Access.READ)

    answer = await still_world.call(method, path, BODY, key=reader)

    assert answer.status_code == 403
    assert await still_world.prompts() == ["stays"]


@pytest.mark.parametrize("access", list(Access))
async def test_every_key_of_a_cache_reads_it(still_world: World, access: Access) -> None:
    key = await still_world.mint(access)

    for method, path in READS:
        body = BODY if method == "POST" else None
        assert (await still_world.call(method, path, body, key=key)).status_code == 200


async def test_the_admin_token_does_not_use_caches(still_world: World) -> None:
    answer = await still_world.call("POST", "/search", BODY, key=still_world.admin_token)

    assert answer.status_code == 403


async def test_an_encoded_slash_in_a_cache_id_does_not_reach_another_path(still_world: World) -> None:
    cache_id = f"{still_world.cache_id}%2Fentries%2Fsearch%2F..%2F..%2Fentries"

    answer = await still_world.call("DELETE", "/entries", {}, cache_id=cache_id)

    assert answer.status_code == 403
    assert await still_world.prompts() == ["stays"]
