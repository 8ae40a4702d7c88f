"""How refusals reach the caller: status, type by client, and a body that tells what to do and no more."""

from pathlib import Path

import pytest
from tests.api.world import LIMITS, World, open_world
from tests.support.failing_engine import FailingEngine

from askonce import errors
from askonce.errors import (
    EmbedderOverloaded,
    EmbedderUnauthorized,
    EmbedderUnavailable,
    EngineUnavailable,
    OutOfSpace,
    Refusal,
)
from askonce.model.key import EVERY_CACHE, Access, Grant

SDK = "speakeasy-sdk/"
PYTHON_0_9 = f"{SDK}python 0.9.0 2.656.5 1.0 langcache"
PYTHON_0_10 = f"{SDK}python 0.10.1 2.698.4 langcache"
PYTHON_0_11 = f"{SDK}python 0.11.1 2.755.9 langcache"
TYPESCRIPT = f"{SDK}typescript 0.11.1 2.760.2 @redis-ai/langcache"
PYTHON_0_14 = f"{SDK}python 0.14.0 2.932.9 langcache"
CLIENTS = (PYTHON_0_9, PYTHON_0_10, PYTHON_0_11, TYPESCRIPT, PYTHON_0_14, "curl/8.5.0")

SEARCH = {"prompt": "something new"}


async def types_told(world: World, method: str, path: str, body: object, **how: str | None) -> list[str]:
    """The type that each of CLIENTS is told."""
    told = []
    for client in CLIENTS:
        answer = await world.call(method, path, body, headers={"User-Agent": client}, **how)
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["instance"] == answer.headers["x-request-id"]
        assert problem["title"]
        assert problem["detail"]
        told.append(problem["type"])
    return told


async def test_each_client_knows_its_type_of_400(world: World) -> None:
    later = "/errors/invalid-data"

    told = await types_told(world, "POST", "/search", {})

    assert told == ["/errors/invalid-request", later, later, later, later, later]


async def test_each_client_knows_its_type_of_401(world: World) -> None:
    later = "/errors/authentication-failed"

    told = await types_told(world, "POST", "/search", SEARCH, key=None)

    assert told == ["/errors/unauthenticated", later, later, later, later, later]


async def test_each_client_knows_its_type_of_403(world: World) -> None:
    later = "/errors/insufficient-permissions"

    told = await types_told(world, "POST", "/search", SEARCH, cache_id="0" * 32)

    assert told == ["/errors/unauthorized", later, later, later, later, later]


async def test_each_client_knows_its_type_of_404_for_an_entry(world: World) -> None:
    middle, last = "/errors/cache/entry/not-found", "/errors/resource-not-found"

    told = await types_told(world, "DELETE", f"/entries/{'0' * 32}", None)

    assert told == ["/errors/not-found", middle, middle, middle, last, last]


async def test_each_client_knows_its_type_of_404_for_a_cache_that_the_key_has_a_grant_on(
    world: World,
) -> None:
    gone = "0" * 32
    token = await world.mint_for([Grant(EVERY_CACHE, Access.FULL)])
    middle, last = "/errors/cache/not-found", "/errors/resource-not-found"

    told = await types_told(world, "POST", "/search", SEARCH, cache_id=gone, key=token)

    assert told == ["/errors/not-found", middle, middle, middle, last, last]


async def test_each_client_knows_its_type_of_404_for_a_path(world: World) -> None:
    middle, last = "/errors/resource/not-found", "/errors/resource-not-found"

    told = await types_told(world, "POST", "/nothing-here", SEARCH)

    assert told == ["/errors/not-found", middle, middle, middle, last, last]


async def test_each_client_knows_its_type_of_413(world: World) -> None:
    told = await types_told(world, "POST", "/search", b" " * (LIMITS.max_body_bytes + 1))

    assert told == ["/errors/payload-too-large"] * 6


@pytest.mark.parametrize(
    ("failure", "v0_10", "v0_11"),
    [
        (EmbedderUnavailable("down"), *["/errors/database/resource-database-unavailable"] * 2),
        (EmbedderUnauthorized("401"), *["/errors/embeddings/unauthorized"] * 2),
        (EmbedderOverloaded("429"), *["/errors/embeddings/too-many-requests"] * 2),
    ],
)
async def test_each_client_knows_its_type_of_424_for_the_embedder(
    world: World, failure: Refusal, v0_10: str, v0_11: str
) -> None:
    world.embedder.failure = failure
    last = "/errors/resource-unavailable"

    for path, body in (("/search", SEARCH), ("/entries", {**SEARCH, "response": "r"})):
        told = await types_told(world, "POST", path, body)

        assert told == [v0_10, v0_10, v0_11, v0_11, last, last]


async def test_an_exact_match_is_served_while_the_embedder_is_down(world: World) -> None:
    await world.set("hello")
    world.embedder.failure = EmbedderUnavailable("down")

    assert len(await world.search("Hello", searchStrategies=["exact", "semantic"])) == 1


@pytest.mark.parametrize(
    ("failure", "v0_10", "v0_11", "last"),
    [
        (
            EngineUnavailable("The disk is gone."),
            *["/errors/database/resource-database-unavailable"] * 2,
            "/errors/resource-unavailable",
        ),
        (
            OutOfSpace("The disk is full."),
            "/errors/database/resource-database-unavailable",
            "/errors/database/out-of-memory",
            "/errors/database-out-of-memory",
        ),
    ],
)
async def test_each_client_knows_its_type_of_424_for_the_storage(
    tmp_path: Path, failure: Refusal, v0_10: str, v0_11: str, last: str
) -> None:
    engine = FailingEngine(failure)
    async with open_world(tmp_path / "data", engine=engine, upkeep=engine) as world:
        calls: list[tuple[str, str, object]] = [
            ("POST", "/search", SEARCH),
            ("POST", "/entries", {**SEARCH, "response": "r"}),
            ("DELETE", f"/entries/{'0' * 32}", None),
            ("DELETE", "/entries", {}),
            ("POST", "/flush", None),
            ("GET", "/health", None),
        ]
        for call in calls:
            assert await types_told(world, *call) == [v0_10, v0_10, v0_11, v0_11, last, last]


async def test_a_500_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    engine = FailingEngine(ZeroDivisionError("secret of the house"))
    async with open_world(tmp_path / "data", engine=engine, upkeep=engine) as world:
        told = await types_told(world, "POST", "/search", SEARCH)

        assert told == ["/errors/unexpected-error"] * 6
        assert {answer.status_code for answer in world.answers} == {500}
        assert not any("secret" in answer.text or "Zero" in answer.text for answer in world.answers)


async def test_a_time_out_within_is_not_taken_for_the_request_s_own(tmp_path: Path) -> None:
    engine = FailingEngine(TimeoutError())
    async with open_world(tmp_path / "data", engine=engine, upkeep=engine) as world:
        assert (await world.call("POST", "/search", SEARCH)).status_code == 500


def test_the_limits_of_a_refusal_are_told_in_its_words() -> None:
    assert "more than" not in str(errors.TooLarge(10))
    assert str(errors.TookTooLong(1.5, is_write=False)) == "The request took longer than 1.5 s."
    assert "may have taken effect" in str(errors.TookTooLong(1.5, is_write=True))
