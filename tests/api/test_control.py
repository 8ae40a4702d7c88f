"""Administering caches over HTTP: what is made, changed and deleted, and what that does to searches."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.api.world import ANOTHER, NEW_CACHE, World, open_world
from tests.support.toy_embedder import DIMENSIONS

from askonce.errors import EmbedderUnavailable
from askonce.model.bounds import entry_bytes
from askonce.model.cache import DEFAULT_MIN_CONFIDENCE
from askonce.model.entry import Entry
from askonce.model.key import Access
from askonce.service.control import clear_dropped


async def create(world: World, **fields: Any) -> str:
    answer = await world.admin("POST", "/caches", {**NEW_CACHE, **fields})
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["cacheId"]
    return str(answer.json()["cacheId"])


async def update(world: World, cache_id: str, **fields: Any) -> dict[str, Any]:
    answer = await world.admin("PATCH", f"/caches/{cache_id}", fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_made_cache_reads_as_it_was_made(world: World) -> None:
    cache_id = await create(world)

    answer = await world.admin("GET", f"/caches/{cache_id}")

    assert answer.status_code == 200
    assert answer.json() == {
        "cacheId": cache_id,
        "name": "support",
        "databaseId": "default",
        "databaseName": "Embedded engine",
        "defaultSearchThreshold": 0.9,
        "defaultTtlMillis": 60_000,
        "attributes": ["language", "user"],
        "searchStrategies": ["semantic"],
        "embeddingProvider": "bundled",
        "embeddingModel": "toy",
        "embeddingDimensions": DIMENSIONS,
        "status": "READY",
        "createdAt": "2026-01-01T00:00:00Z",
        "onEmbedderFailure": "error",
        "judge": "model",
        "minConfidence": DEFAULT_MIN_CONFIDENCE,
        "maxPromptChars": None,
        "maxResponseChars": None,
        "maxEntries": None,
        "maxBytes": None,
        "evictionPolicy": "lru",
        "ttlMode": "fixed",
        "entryCount": 0,
        "bytes": 0,
        "lastUsedAt": None,
    }


async def test_every_cache_is_listed_oldest_first(world: World) -> None:
    made = await create(world)

    answer = await world.admin("GET", "/caches")

    assert [one["cacheId"] for one in answer.json()["caches"]] == [world.cache_id, made]


async def test_a_key_to_a_made_cache_is_served_with_its_defaults(world: World) -> None:
    cache_id = await create(world, searchStrategies=["exact"])
    key = await world.mint(Access.FULL, cache_id)
    body = {"prompt": "hello", "response": "r"}
    await world.call("POST", "/entries", body, key=key, cache_id=cache_id)

    found = await world.call("POST", "/entries/search", {"prompt": "HELLO"}, key=key, cache_id=cache_id)

    (hit,) = found.json()["data"]
    assert (hit["searchStrategy"], hit["expiresAt"]) == ("exact", "2026-01-01T00:01:00Z")


@pytest.mark.parametrize("ttl", [-1, 0])
async def test_no_default_ttl_means_that_entries_stay(world: World, ttl: int) -> None:
    cache_id = await create(world, defaultTtlMillis=ttl)

    assert (await world.admin("GET", f"/caches/{cache_id}")).json()["defaultTtlMillis"] == -1


async def test_an_embedder_is_chosen_per_cache(world: World) -> None:
    cache_id = await create(world, embeddingProvider="another", embeddingModel="larger")

    told = (await world.admin("GET", f"/caches/{cache_id}")).json()

    assert (told["embeddingProvider"], told["embeddingModel"], told["embeddingDimensions"]) == (
        "another",
        ANOTHER.model,
        ANOTHER.dimensions,
    )


async def test_the_embedders_are_listed(world: World) -> None:
    answer = await world.admin("GET", "/embedding-providers")

    assert answer.json() == {
        "embeddingProviders": [
            {"name": "another", "models": [{"name": "larger", "dimensions": 3}]},
            {"name": "bundled", "models": [{"name": "toy", "dimensions": DIMENSIONS}]},
        ]
    }


async def test_a_change_leaves_the_rest_as_it_is(world: World) -> None:
    cache_id = await create(world)
    before = (await world.admin("GET", f"/caches/{cache_id}")).json()

    told = await update(world, cache_id, defaultSearchThreshold=0.5, onEmbedderFailure="miss", name=None)

    assert told == {**before, "defaultSearchThreshold": 0.5, "onEmbedderFailure": "miss"}
    assert (await world.admin("GET", f"/caches/{cache_id}")).json() == told


async def test_what_was_read_can_be_sent_back(world: World) -> None:
    told = (await world.admin("GET", f"/caches/{world.cache_id}")).json()

    assert await update(world, world.cache_id, **told) == told


async def test_changes_at_once_all_hold(world: World) -> None:
    changes: list[dict[str, Any]] = [
        {"name": "new"},
        {"defaultSearchThreshold": 0.1},
        {"defaultTtlMillis": 7},
        {"attributes": ["a"]},
        {"maxPromptChars": 9},
        {"maxResponseChars": 8},
    ]
    await asyncio.gather(*[update(world, world.cache_id, **change) for change in changes])

    told = (await world.admin("GET", f"/caches/{world.cache_id}")).json()

    assert all(told[name] == value for change in changes for name, value in change.items())


async def test_the_next_search_follows_a_change(world: World) -> None:
    await world.set("reset my password now")
    assert await world.search("reset my password") != []

    await update(world, world.cache_id, defaultSearchThreshold=1)

    assert await world.search("reset my password") == []


async def test_attributes_can_be_declared_later(world: World) -> None:
    await update(world, world.cache_id, attributes=[])
    body = {"prompt": "p", "response": "r", "attributes": {"user": "a"}}
    before = await world.call("POST", "/entries", body)

    await update(world, world.cache_id, attributes=["user", "a", "b", "c", "d", "e", "naïve name"])

    assert "no attributes are configured" in before.text
    assert (await world.call("POST", "/entries", body)).status_code == 201


async def test_a_cache_s_own_bounds_hold_below_the_server_s(world: World) -> None:
    await update(world, world.cache_id, maxPromptChars=5, maxResponseChars=6)

    long_prompt = await world.call("POST", "/entries", {"prompt": "123456", "response": "1234567"})
    long_search = await world.call("POST", "/search", {"prompt": "123456"})
    await world.set("12345", "123456")
    await update(world, world.cache_id, maxPromptChars=None, maxResponseChars=10**9)
    freed = await world.call("POST", "/entries", {"prompt": "123456", "response": "1234567"})
    beyond = await world.call(
        "POST", "/entries", {"prompt": "1", "response": "x" * (world.limits.max_response_chars + 1)}
    )

    assert [fault["field"] for fault in long_prompt.json()["fields"]] == ["prompt", "response"]
    assert long_search.status_code == 400
    assert (freed.status_code, beyond.status_code) == (201, 400)


async def test_a_cache_says_what_a_search_does_when_its_embedder_fails(world: World) -> None:
    await world.set("known question")
    world.embedder.failure = EmbedderUnavailable("down")
    error = await world.call("POST", "/search", {"prompt": "another one"})

    await update(world, world.cache_id, onEmbedderFailure="miss")
    miss = await world.call("POST", "/search", {"prompt": "another one"})
    put = await world.call("POST", "/entries", {"prompt": "new", "response": "r"})

    assert error.status_code == 424
    assert (miss.status_code, miss.json()) == (200, {"data": []})
    assert put.status_code == 424
    assert len(await world.search("KNOWN question")) == 1


async def test_a_cache_tells_what_it_holds(world: World) -> None:
    async def told() -> tuple[int, int]:
        answer = (await world.admin("GET", f"/caches/{world.cache_id}")).json()
        return answer["entryCount"], answer["bytes"]

    def size(prompt: str, response: str) -> int:
        return entry_bytes(Entry("", prompt, response, {"user": "é"}, "", 0, None), DIMENSIONS)

    await world.set("one", "r" * 100, attributes={"user": "é"})
    await world.set("one", "r" * 50, attributes={"user": "é"})
    await world.set("two", "r", attributes={"user": "é"}, ttlMillis=1_000)
    both = await told()
    world.clock.advance(ms=1_000)
    waiting_for_the_sweep = await told()
    await world.services.upkeep.sweep(world.clock.now_ms())
    swept = await told()
    await world.call("POST", "/flush")

    one, two = size("one", "r" * 50), size("two", "r")
    assert one == len("one") + 50 + len("user") + 2 + 4 * DIMENSIONS
    assert both == (2, one + two)
    assert waiting_for_the_sweep == (1, one + two)
    assert swept == (1, one)
    assert await told() == (0, 0)


async def test_the_admin_s_delete_of_entries_is_a_flush_and_a_key_s_is_by_attributes(world: World) -> None:
    for user in ("a", "b"):
        await world.set("hello", attributes={"user": user})

    by_key = await world.call("DELETE", "/entries", {"attributes": {"user": "a"}})
    by_admin = await world.call("DELETE", "/entries", {"attributes": {"user": "c"}}, key=world.admin_token)

    assert (by_key.status_code, by_key.json()) == (200, {"deletedEntriesCount": 1})
    assert (by_admin.status_code, by_admin.content) == (204, b"")
    assert await world.prompts() == []


async def test_a_deleted_cache_is_out_of_reach_at_once(world: World) -> None:
    await world.set("hello")

    answer = await world.admin("DELETE", f"/caches/{world.cache_id}?flush=true")

    assert (answer.status_code, answer.json()) == (200, {"cacheId": world.cache_id})
    assert (await world.call("POST", "/search", {"prompt": "hello"})).status_code == 403
    assert (await world.admin("GET", f"/caches/{world.cache_id}")).status_code == 404
    assert (await world.admin("GET", "/caches")).json() == {"caches": []}


async def held(world: World) -> bool:
    control = world.control
    return world.cache_id in await control._inventory.cache_ids()


@pytest.mark.parametrize(("query", "is_kept"), [("", True), ("?flush=false", True), ("?flush=true", False)])
async def test_its_entries_go_with_it_if_the_caller_says_so(world: World, query: str, is_kept: bool) -> None:
    await world.set("hello")
    await world.admin("DELETE", f"/caches/{world.cache_id}{query}")

    assert await held(world) == is_kept


async def test_kept_entries_can_be_dropped_later(world: World) -> None:
    await world.set("hello")
    await world.admin("DELETE", f"/caches/{world.cache_id}")

    again = [
        (await world.admin("DELETE", f"/caches/{world.cache_id}{query}")).status_code
        for query in ("", "?flush=true", "?flush=true")
    ]

    assert again == [404, 200, 404]
    assert not await held(world)


async def test_what_was_set_while_its_cache_was_deleted_does_not_stay(world: World) -> None:
    world.embedder.is_let_through.clear()
    late = asyncio.create_task(world.set("hello"))
    while not world.embedder.waiting:
        await asyncio.sleep(0)
    await world.admin("DELETE", f"/caches/{world.cache_id}?flush=true")
    world.embedder.is_let_through.set()
    await late
    assert await held(world)

    control = world.control
    await clear_dropped(control._register, control._inventory)

    assert not await held(world)


@pytest.mark.parametrize("query", ["?flush=yes", "?flush=", "?flush=true&flush=false"])
async def test_an_unclear_flush_deletes_nothing(world: World, query: str) -> None:
    answer = await world.admin("DELETE", f"/caches/{world.cache_id}{query}")

    assert answer.status_code == 400
    assert answer.json()["fields"][0]["field"] == "flush"
    assert (await world.admin("GET", f"/caches/{world.cache_id}")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("DELETE", "?flush=true"),
        ("DELETE", "/entries"),
    ],
)
async def test_an_unknown_cache_is_told_to_the_admin(world: World, method: str, path: str) -> None:
    answer = await world.admin(method, f"/caches/{'0' * 32}{path}", {})

    assert (answer.status_code, answer.json()["type"]) == (404, "/errors/resource-not-found")


async def test_a_catalog_out_of_reach_is_a_service_out_of_reach(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        (tmp_path / "data" / "catalog.db").rename(tmp_path / "away")

        answer = await world.admin("PATCH", f"/caches/{world.cache_id}", {"name": "x"})

        assert (answer.status_code, answer.json()["type"]) == (503, "/errors/service-unavailable")


ADMIN_CALLS = (
    ("GET", "/caches"),
    ("POST", "/caches"),
    ("GET", "/caches/{id}"),
    ("PATCH", "/caches/{id}"),
    ("DELETE", "/caches/{id}?flush=true"),
    ("GET", "/embedding-providers"),
)


@pytest.mark.parametrize(("method", "path"), ADMIN_CALLS)
async def test_only_the_admin_token_administers(world: World, method: str, path: str) -> None:
    await world.set("hello")
    target = f"//v1{path.format(id=world.cache_id)}"

    nobody = await world.call(method, target, NEW_CACHE, key=None)
    stranger = await world.call(method, target, NEW_CACHE, key="ask_unknown")
    key = await world.call(method, target, NEW_CACHE)

    assert [answer.status_code for answer in (nobody, stranger, key)] == [401, 401, 403]
    assert key.json()["type"] == "/errors/insufficient-permissions"
    assert await world.prompts() == ["hello"]
