"""Nothing hangs and nothing piles up: requests at once, time, and bodies that come slowly or never end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.api.live import Live, serving
from tests.api.world import LIMITS, World, open_world

from askonce.api.occupancy import Occupancy

SEARCH = {"prompt": "something new"}
SET = {"prompt": "something new", "response": "r"}

SHORT_S = 0.3


@pytest.fixture
async def hurried(tmp_path: Path) -> AsyncIterator[World]:
    """A server whose requests may take SHORT_S."""
    async with open_world(tmp_path / "data", replace(LIMITS, request_timeout_s=SHORT_S)) as opened:
        yield opened


async def under_way(world: World, count: int) -> list[asyncio.Task[httpx2.Response]]:
    """That many searches, each waiting for the embedder."""
    world.embedder.is_let_through.clear()
    tasks = [asyncio.create_task(world.call("POST", "/search", SEARCH)) for _ in range(count)]
    while world.embedder.waiting < count:
        await asyncio.sleep(0)
    return tasks


async def test_one_request_too_many_is_told_when_to_try_again(world: World) -> None:
    tasks = await under_way(world, LIMITS.max_concurrent_requests)

    refused = await world.call("POST", "/entries", SET)
    world.embedder.is_let_through.set()
    answers = await asyncio.gather(*tasks)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["type"] == "/errors/too-many-requests"
    assert {answer.status_code for answer in answers} == {200}
    assert await world.prompts() == []


async def test_a_cache_that_takes_every_place_does_not_shut_another_out(world: World) -> None:
    other_id, other_key = await world.new_cache(["*"])
    tasks = await under_way(world, LIMITS.max_concurrent_requests)

    refused = await world.call("POST", "/search", SEARCH)
    exact = SEARCH | {"searchStrategies": ["exact"]}
    let_in = await world.call("POST", "/search", exact, key=other_key, cache_id=other_id)
    world.embedder.is_let_through.set()
    await asyncio.gather(*tasks)

    assert (refused.status_code, let_in.status_code) == (429, 200)


def test_the_places_kept_for_others_are_few_and_given_back() -> None:
    occupancy = Occupancy(16)
    assert all(occupancy.enter("noisy") for _ in range(16))

    taken = [occupancy.enter(cache_id) for cache_id in ("noisy", "a", "b", "c")]
    occupancy.leave("a")
    again = [occupancy.enter(cache_id) for cache_id in ("noisy", "c", "d")]

    assert taken == [False, True, True, False]
    assert again == [False, True, False]
    assert len(occupancy) == 18


async def test_places_that_were_taken_are_given_back(world: World) -> None:
    bodies: list[object] = [None, b"{", {}]
    for failing in bodies:
        for _ in range(LIMITS.max_concurrent_requests + 1):
            assert (await world.call("POST", "/search", failing)).status_code == 400

    assert (await world.call("POST", "/search", SEARCH)).status_code == 200


async def test_a_crowded_server_still_answers_its_probes(world: World) -> None:
    tasks = await under_way(world, LIMITS.max_concurrent_requests)

    for path in ("//health", "//health/liveness", "//health/readiness"):
        assert (await world.call("GET", path, key=None)).status_code == 200
    world.embedder.is_let_through.set()
    await asyncio.gather(*tasks)


async def test_a_request_past_its_time_is_answered_and_gives_its_place_back(hurried: World) -> None:
    hurried.embedder.is_let_through.clear()

    answers = await asyncio.gather(
        *(hurried.call("POST", "/search", SEARCH) for _ in range(LIMITS.max_concurrent_requests))
    )
    hurried.embedder.is_let_through.set()

    assert {answer.status_code for answer in answers} == {424}
    assert {answer.json()["type"] for answer in answers} == {"/errors/resource-unavailable"}
    assert (await hurried.call("POST", "/search", SEARCH)).status_code == 200


async def test_a_set_past_its_time_says_that_its_outcome_is_open(hurried: World) -> None:
    hurried.embedder.is_let_through.clear()

    read, write = [await hurried.call("POST", path, SET) for path in ("/search", "/entries")]

    assert "may have taken effect" not in read.json()["detail"]
    assert "may have taken effect" in write.json()["detail"]


@pytest.fixture
async def live(world: World) -> AsyncIterator[Live]:
    async with serving(world.app) as served:
        yield served


def head(world: World, *lines: str, path: str = "/entries") -> bytes:
    start = (
        f"POST /v1/caches/{world.cache_id}{path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {world.key}",
    )
    return "\r\n".join([*start, *lines, "", ""]).encode()


async def answer_on(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer on a connection."""
    headers = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).lower()
    length = next(
        int(line.partition(b":")[2]) for line in headers.split(b"\r\n") if line.startswith(b"content-length")
    )
    return int(headers.split(b" ")[1]), await reader.readexactly(length)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


async def test_a_body_that_announces_too_much_is_refused_before_it_comes(world: World, live: Live) -> None:
    reader, writer = await live.connect()
    writer.write(head(world, f"Content-Length: {10**15}"))

    status, _ = await answer_on(reader)

    assert status == 413
    writer.close()


async def test_a_chunked_body_is_read(world: World, live: Live) -> None:
    reader, writer = await live.connect()
    writer.write(head(world, "Transfer-Encoding: chunked"))
    for part in (b'{"prompt": "chu', b'nked", "resp', b'onse": "r"}'):
        writer.write(chunk(part))
        await writer.drain()
    writer.write(b"0\r\n\r\n")

    status, _ = await answer_on(reader)

    assert status == 201
    assert await world.prompts() == ["chunked"]
    writer.close()


async def test_a_chunked_body_is_refused_as_soon_as_it_is_too_large(world: World, live: Live) -> None:
    reader, writer = await live.connect()
    writer.write(head(world, "Transfer-Encoding: chunked"))
    for _ in range(LIMITS.max_body_bytes // 1_000 + 1):
        writer.write(chunk(b" " * 1_000))

    status, _ = await answer_on(reader)  # The body has not ended, and never will.

    assert status == 413
    writer.close()


async def test_a_connection_is_as_good_as_before_once_a_refused_body_is_through(
    world: World, live: Live
) -> None:
    reader, writer = await live.connect()
    writer.write(head(world, "Content-Length: 500000") + b" " * 500_000)
    writer.write(head(world, "Content-Length: 13", path="/search") + b'{"prompt":""}')

    first, _ = await answer_on(reader)
    second, body = await answer_on(reader)

    assert (first, second) == (413, 400)
    assert b'"prompt"' in body
    writer.close()


async def test_an_ordinary_client_reads_the_413_to_a_large_upload(world: World, live: Live) -> None:
    async with httpx2.AsyncClient(base_url=live.url) as client:
        answer = await client.post(
            f"/v1/caches/{world.cache_id}/entries",
            content=b" " * 8_000_000,
            headers={"Authorization": f"Bearer {world.key}"},
        )

    assert answer.status_code == 413


async def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(
    world: World, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "askonce")
    body = b'{"prompt": "half", "response": "r"}'  # As JSON it is whole; as a body, one byte is missing.
    _, writer = await live.connect()
    writer.write(head(world, f"Content-Length: {len(body) + 1}") + body)
    await writer.drain()
    writer.close()

    while not caplog.records:
        await asyncio.sleep(0.01)  # For the server to notice, which nothing tells us of.
    facts = caplog.records[0].args
    assert isinstance(facts, dict)
    assert facts["status"] == 499
    assert await world.prompts() == []


async def test_a_body_that_comes_too_slowly_is_refused_and_changes_nothing(hurried: World) -> None:
    async with serving(hurried.app) as live:
        reader, writer = await live.connect()
        writer.write(head(hurried, "Content-Length: 1000") + b'{"prompt": "slow", "response": "r"}')

        status, body = await answer_on(reader)

        assert status == 400
        assert b'"rule":"timeout"' in body
        assert await asyncio.wait_for(reader.read(), 10) == b""  # The connection is closed.
        assert await hurried.prompts() == []
        writer.close()


async def test_a_caller_who_asks_first_need_not_send_a_refused_body(world: World, live: Live) -> None:
    for key, expected in ((world.key, b"HTTP/1.1 100 "), ("unknown", b"HTTP/1.1 401 ")):
        reader, writer = await live.connect()
        request = head(world, "Content-Length: 100", "Expect: 100-continue")
        writer.write(request.replace(world.key.encode(), key.encode()))

        line = await asyncio.wait_for(reader.readline(), 10)

        assert line.startswith(expected)
        writer.close()


async def test_a_path_of_any_bytes_is_answered(world: World, live: Live) -> None:
    for path in ("/%", "/%zz", "/%ff%fe", "/%00", "/v1/caches/%2F/search", "//", "/../..", "/?a=%2F"):
        reader, writer = await live.connect()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

        status, _ = await answer_on(reader)

        assert status in (404, 405)
        writer.close()
    assert world.limits == LIMITS
