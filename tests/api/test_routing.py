"""Paths, methods, request ids and the health probes."""

import re
from pathlib import Path

import pytest
from tests.api.world import World, open_world
from tests.support.failing_engine import FailingEngine

from askonce.errors import EngineUnavailable

PROBES = ("//health", "//health/liveness", "//health/readiness")


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "//v1",
        "//v1/caches/",
        "//nothing",
        "//health/",
        "//docs/",
        "//openapi.json/",
        "//Health",
        "/nothing",
        "/flush/x",
    ],
)
async def test_an_unknown_path_is_not_found(world: World, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PATCH"):
        answer = await world.call(method, path)

        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("path", ["/entries/search/", "/search/", "/flush/", "/entries/", "/health/"])
async def test_a_slash_at_the_end_leads_nowhere_and_changes_nothing(world: World, path: str) -> None:
    await world.set("hello")

    answers = [await world.call(method, path, {"prompt": "x"}) for method in ("POST", "DELETE", "GET")]

    assert {answer.status_code for answer in answers} <= {404, 405}
    assert await world.prompts() == ["hello"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/entries", "DELETE, GET, HEAD, POST"),
        ("GET", "/entries/search", "POST"),
        ("DELETE", "/entries/search", "POST"),
        ("GET", "/search", "POST"),
        ("PUT", "/entries/0123", "DELETE, GET, HEAD"),
        ("POST", "/export", "GET, HEAD"),
        ("GET", "/import", "POST"),
        ("GET", "/flush", "POST"),
        ("POST", "/health", "GET, HEAD"),
        ("OPTIONS", "/entries/search", "POST"),
        ("TRACE", "//health", "GET, HEAD"),
        ("POST", "//docs", "GET, HEAD"),
        ("DELETE", "//openapi.json", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    world: World, method: str, path: str, allowed: str
) -> None:
    await world.set("hello")

    answer = await world.call(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["type"] == "/errors/method-not-allowed"
    assert await world.prompts() == ["hello"]


@pytest.mark.parametrize("path", [*PROBES, "/health", "//openapi.json", "//docs"])
async def test_a_head_answers_as_a_get_without_the_body(world: World, path: str) -> None:
    got, head = await world.call("GET", path), await world.call("HEAD", path)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", PROBES)
async def test_a_probe_needs_no_key(world: World, path: str) -> None:
    answer = await world.call("GET", path, key=None)

    assert answer.status_code == 200


async def test_only_readiness_depends_on_the_engine(tmp_path: Path) -> None:
    engine = FailingEngine(EngineUnavailable("/var/secret/place is gone"))
    async with open_world(tmp_path / "data", engine=engine, upkeep=engine) as world:
        answers = {path: await world.call("GET", path, key=None) for path in PROBES}

        assert [answer.status_code for answer in answers.values()] == [503, 200, 503]
        assert answers["//health"].json()["status"] == "unavailable"
        assert not any("secret" in answer.text for answer in answers.values())


async def test_every_answer_has_a_request_id_of_its_own(world: World) -> None:
    answers = [
        await world.call("GET", path, key=None) for path in (*PROBES, "/health", "//nothing", "/flush")
    ]

    ids = [answer.headers["x-request-id"] for answer in answers]

    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("request_id", ["a", "trace-1:2/3+4", "!~", "x" * 128])
async def test_a_sane_request_id_is_kept(world: World, request_id: str) -> None:
    answer = await world.call("POST", "/search", {}, headers={"X-Request-Id": request_id})

    assert answer.headers["x-request-id"] == answer.json()["instance"] == request_id


@pytest.mark.parametrize("request_id", [b"", b"two words", b"x" * 129, b"\xe9", b"a\x01", b"a\tb"])
async def test_any_other_request_id_is_replaced(world: World, request_id: bytes) -> None:
    answer = await world.client.get("/health", headers=[(b"X-Request-Id", request_id)])

    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
