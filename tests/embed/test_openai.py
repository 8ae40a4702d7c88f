"""The embeddings endpoint, over a real HTTP server in a thread."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from math import inf, nan

import numpy as np
import pytest
from tests.embed.local_endpoint import (
    LONG_S,
    LocalEndpoint,
    Reply,
    Request,
    refusal,
    rows,
    vector_for,
    vectors,
)

from askonce.embed.openai import OpenAIEmbedder, OpenAIEndpoint
from askonce.errors import (
    BadSetting,
    EmbedderOverloaded,
    EmbedderUnauthorized,
    EmbedderUnavailable,
)
from askonce.ports import Vector

KEY = "sk-very-secret"
PROMPT = "a prompt that nobody else may see"


@pytest.fixture
def server() -> Iterator[LocalEndpoint]:
    with LocalEndpoint() as server:
        yield server


@pytest.fixture
def endpoint(server: LocalEndpoint) -> OpenAIEndpoint:
    """One request at a time, without retries, and in no hurry: a test names what it changes."""
    return OpenAIEndpoint(
        base_url=server.base_url, model="toy", dimensions=4, timeout_s=LONG_S, retries=0, requests=1
    )


@asynccontextmanager
async def running(endpoint: OpenAIEndpoint) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder(endpoint)
    try:
        yield embedder
    finally:
        await embedder.close()


async def embedded(endpoint: OpenAIEndpoint, text: str = PROMPT) -> Vector | None:
    async with running(endpoint) as embedder:
        return await embedder.embed(text)


def assert_is_of(vector: Vector | BaseException | None, text: str) -> None:
    expected = np.array(vector_for(text))
    assert isinstance(vector, np.ndarray)
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), rtol=1e-6)


async def begun(server: LocalEndpoint) -> None:
    assert await asyncio.to_thread(server.arrived.wait, LONG_S)


async def test_a_text_gets_its_vector_as_a_unit_vector(endpoint: OpenAIEndpoint) -> None:
    assert_is_of(await embedded(endpoint), PROMPT)


async def test_the_request_is_of_the_protocol(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    await embedded(replace(endpoint, api_key=KEY))

    (request,) = server.requests
    assert request.path == "/v1/embeddings"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {"model": "toy", "input": [PROMPT], "encoding_format": "float"}


async def test_without_a_key_none_is_sent(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    await embedded(endpoint)

    assert "Authorization" not in server.requests[0].headers


async def test_dimensions_are_sent_when_asked_to(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    await embedded(replace(endpoint, send_dimensions=True))

    assert server.requests[0].body["dimensions"] == 4


async def test_a_query_of_the_address_is_kept(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    await embedded(replace(endpoint, base_url=server.base_url + "/?api-version=7"))

    assert server.requests[0].path == "/v1/embeddings?api-version=7"


@pytest.mark.parametrize("text", ["", " \n\t", "half of a pair: \ud83d", "x" * 101])
async def test_a_text_that_can_not_be_sent_whole_has_no_vector(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, text: str
) -> None:
    assert await embedded(replace(endpoint, max_chars=100), text) is None
    assert server.requests == []


def test_the_fingerprint_is_of_model_and_dimensions_and_not_of_the_address(endpoint: OpenAIEndpoint) -> None:
    here = OpenAIEmbedder(endpoint).fingerprint

    assert OpenAIEmbedder(replace(endpoint, base_url="http://elsewhere.test/v1")).fingerprint == here
    assert OpenAIEmbedder(replace(endpoint, model="other")).fingerprint != here
    assert OpenAIEmbedder(replace(endpoint, dimensions=5)).fingerprint != here


# Gathering


async def test_what_waits_while_a_request_runs_goes_in_the_next_one(
    server: LocalEndpoint, endpoint: OpenAIEndpoint
) -> None:
    server.script = [server.hold]
    texts = [f"text {number}" for number in range(6)]

    async with running(endpoint) as embedder:
        first = asyncio.create_task(embedder.embed(texts[0]))
        await begun(server)
        others = [asyncio.create_task(embedder.embed(text)) for text in texts[1:]]
        await asyncio.sleep(0)
        server.may_go_on.set()
        found = await asyncio.gather(first, *others)

    assert [request.texts for request in server.requests] == [texts[:1], texts[1:]]
    for text, vector in zip(texts, found, strict=True):
        assert_is_of(vector, text)


async def test_a_batch_is_no_larger_than_set(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    async with running(replace(endpoint, batch_size=4)) as embedder:
        await asyncio.gather(*(embedder.embed(f"text {number}") for number in range(10)))

    assert [len(request.texts) for request in server.requests] == [4, 4, 2]


async def test_a_free_slot_takes_a_text_while_another_request_runs(
    server: LocalEndpoint, endpoint: OpenAIEndpoint
) -> None:
    server.script = [server.hold]

    async with running(replace(endpoint, requests=2)) as embedder:
        held = asyncio.create_task(embedder.embed("held"))
        await begun(server)
        assert_is_of(await embedder.embed("free"), "free")
        server.may_go_on.set()
        assert_is_of(await held, "held")


async def test_a_full_line_refuses_at_once(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.script = [server.hold]

    async with running(replace(endpoint, most_waiting=1)) as embedder:
        held = asyncio.create_task(embedder.embed("held"))
        await begun(server)
        waiting = asyncio.create_task(embedder.embed("waiting"))
        await asyncio.sleep(0)
        with pytest.raises(EmbedderUnavailable, match="in line"):
            await embedder.embed("one too many")
        server.may_go_on.set()
        await asyncio.gather(held, waiting)


async def test_a_cancelled_text_is_not_sent(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.script = [server.hold]

    async with running(endpoint) as embedder:
        held = asyncio.create_task(embedder.embed("held"))
        await begun(server)
        leaving, staying = (asyncio.create_task(embedder.embed(text)) for text in ("leaving", "staying"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        server.may_go_on.set()
        await asyncio.gather(held, staying)

    assert server.requests[1].texts == ["staying"]


def refuse_batches_with(bad: str, answer: Reply, request: Request) -> Reply:
    return answer if bad in request.texts else vectors(request)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(b'{"error": {}}', 400), id="400"),
        pytest.param(Reply(b"", 422), id="422"),
        pytest.param(Reply(b'{"data": [{"index": 0, "embedding": [NaN, 1, 1, 1]}]}'), id="NaN"),
    ],
)
async def test_one_bad_text_does_not_fail_its_neighbours(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, answer: Reply
) -> None:
    server.otherwise = lambda request: refuse_batches_with("bad", answer, request)
    texts = ["a", "b", "bad", "c", "d"]

    async with running(endpoint) as embedder:
        found = await asyncio.gather(*(embedder.embed(text) for text in texts), return_exceptions=True)

    assert [isinstance(outcome, EmbedderUnavailable) for outcome in found] == [
        text == "bad" for text in texts
    ]
    for text, outcome in zip(texts, found, strict=True):
        if text != "bad":
            assert_is_of(outcome, text)
    assert len(server.requests) < 2 * len(texts)


# What comes back


async def test_vectors_go_by_their_index_and_not_by_their_order(
    server: LocalEndpoint, endpoint: OpenAIEndpoint
) -> None:
    server.otherwise = lambda request: rows(
        [(at, vector_for(text)) for at, text in reversed(list(enumerate(request.texts)))]
    )

    async with running(endpoint) as embedder:
        found = await asyncio.gather(embedder.embed("one"), embedder.embed("two"), embedder.embed("three"))

    assert len(server.requests) == 1
    for text, vector in zip(("one", "two", "three"), found, strict=True):
        assert_is_of(vector, text)


GOOD = vector_for(PROMPT)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(rows([]), id="no vector"),
        pytest.param(rows([(0, GOOD), (1, GOOD)]), id="two vectors for one text"),
        pytest.param(rows([(1, GOOD)]), id="an index that no text has"),
        pytest.param(rows([(0, GOOD), (0, GOOD)]), id="an index twice"),
        pytest.param(rows([(0, GOOD[:3])]), id="a vector too short"),
        pytest.param(rows([(0, [*GOOD, 1.0])]), id="a vector too long"),
        pytest.param(rows([(0, [nan, 1, 1, 1])]), id="NaN"),
        pytest.param(rows([(0, [inf, 1, 1, 1])]), id="infinity"),
        pytest.param(Reply(b'{"data": [{"index": 0, "embedding": [1e999, 1, 1, 1]}]}'), id="out of range"),
        pytest.param(rows([(0, [0, 0, 0, 0])]), id="zero"),
        pytest.param(Reply(b'{"data": [{"index": 0, "embedding": "AACAPw=="}]}'), id="base64"),
        pytest.param(Reply(b'{"data": [{"embedding": [1, 1, 1, 1]}]}'), id="no index"),
        pytest.param(Reply(b'{"error": {"message": "overloaded"}}'), id="an error with status 200"),
        pytest.param(Reply(b"<html>Sign in</html>", headers={"Content-Type": "text/html"}), id="HTML"),
        pytest.param(Reply(b""), id="nothing"),
        pytest.param(Reply(b"\xff\xfe"), id="bytes that are no text"),
        pytest.param(Reply(b"x", headers={"Content-Encoding": "gzip"}), id="broken compression"),
        pytest.param(Reply(b" " * 1_000_000), id="an answer far too large"),
        pytest.param(Reply(json.dumps({"data": []}).encode(), 204), id="another status"),
        pytest.param(Reply(b"", 302, {"Location": "/elsewhere"}), id="a redirect, which is not followed"),
        pytest.param(Reply(b"", 404), id="404"),
    ],
)
async def test_nonsense_is_never_taken_for_a_vector(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, reply: Reply
) -> None:
    server.otherwise = lambda _: reply

    with pytest.raises(EmbedderUnavailable):
        await embedded(endpoint)
    assert len(server.requests) == 1


# Failures and retries


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, EmbedderUnavailable),
        (401, EmbedderUnauthorized),
        (403, EmbedderUnauthorized),
        (429, EmbedderOverloaded),
        (500, EmbedderUnavailable),
        (503, EmbedderUnavailable),
    ],
)
async def test_a_failure_has_its_kind_and_tells_neither_key_nor_prompt(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, status: int, kind: type[EmbedderUnavailable]
) -> None:
    server.otherwise = refusal(status)

    with pytest.raises(kind) as caught:
        await embedded(replace(endpoint, api_key=KEY))

    told = ""
    error: BaseException | None = caught.value
    while error is not None:
        told, error = f"{told} {error!r}", None if error.__suppress_context__ else error.__context__
    assert str(status) in told
    assert PROMPT not in told
    assert KEY not in told


async def test_a_passing_failure_is_tried_again(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.script = [refusal(500), refusal(503, Retry_After="0")]

    assert_is_of(await embedded(replace(endpoint, retries=2)), PROMPT)


async def test_a_truncated_answer_is_tried_again(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.script = [lambda request: replace(vectors(request), missing_bytes=5)]

    assert_is_of(await embedded(replace(endpoint, retries=1)), PROMPT)


async def test_an_answer_that_stays_truncated_is_a_failure(
    server: LocalEndpoint, endpoint: OpenAIEndpoint
) -> None:
    server.otherwise = lambda request: replace(vectors(request), missing_bytes=5)

    with pytest.raises(EmbedderUnavailable, match="failed"):
        await embedded(endpoint)


async def test_retries_end(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.otherwise = refusal(429, Retry_After="0")

    with pytest.raises(EmbedderOverloaded):
        await embedded(replace(endpoint, retries=2))
    assert len(server.requests) == 3


async def test_unauthorized_is_not_tried_again(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.otherwise = refusal(401)

    with pytest.raises(EmbedderUnauthorized):
        await embedded(replace(endpoint, retries=2))
    assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["0", format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)])
async def test_a_429_is_tried_again_when_it_says(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, wait: str
) -> None:
    server.script = [refusal(429, Retry_After=wait)]

    assert_is_of(await embedded(replace(endpoint, retries=1)), PROMPT)


@pytest.mark.parametrize("wait", ["3600", format_datetime(datetime(9000, 1, 1, tzinfo=UTC), usegmt=True)])
async def test_a_429_that_says_later_than_the_time_limit_fails_at_once(
    server: LocalEndpoint, endpoint: OpenAIEndpoint, wait: str
) -> None:
    server.otherwise = refusal(429, Retry_After=wait)

    with pytest.raises(EmbedderOverloaded):
        await asyncio.wait_for(embedded(replace(endpoint, retries=5, timeout_s=3_000)), LONG_S)
    assert len(server.requests) == 1


async def test_a_server_that_hangs_ends_in_a_timeout(server: LocalEndpoint, endpoint: OpenAIEndpoint) -> None:
    server.otherwise = server.hold

    with pytest.raises(EmbedderUnavailable, match=r"longer than 0\.2 s"):
        await embedded(replace(endpoint, timeout_s=0.2, retries=5))


async def test_a_server_that_is_not_there_is_a_failure(endpoint: OpenAIEndpoint) -> None:
    with LocalEndpoint() as gone:
        address = gone.base_url

    with pytest.raises(EmbedderUnavailable, match="ConnectError"):
        await embedded(replace(endpoint, base_url=address))


async def test_closing_fails_what_is_under_way_and_what_comes(
    server: LocalEndpoint, endpoint: OpenAIEndpoint
) -> None:
    server.script = [server.hold]
    embedder = OpenAIEmbedder(endpoint)
    held = asyncio.create_task(embedder.embed("held"))
    await begun(server)
    waiting = asyncio.create_task(embedder.embed("waiting"))
    await asyncio.sleep(0)

    await embedder.close()

    for one in (held, waiting, embedder.embed("late")):
        with pytest.raises(EmbedderUnavailable, match="closed"):
            await one


# Settings


def test_the_key_is_not_in_the_repr(endpoint: OpenAIEndpoint) -> None:
    assert KEY not in repr(replace(endpoint, api_key=KEY))


@pytest.mark.parametrize("key", ["sk-1\n", "sk 1", "sk-é", "sk-1\r\nX: y"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(
    endpoint: OpenAIEndpoint, key: str
) -> None:
    with pytest.raises(BadSetting) as caught:
        OpenAIEmbedder(replace(endpoint, api_key=key))

    assert "sk" not in str(caught.value)


@pytest.mark.parametrize("address", ["", "example.org/v1", "ftp://example.org", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused(endpoint: OpenAIEndpoint, address: str) -> None:
    with pytest.raises(BadSetting, match="base_url"):
        OpenAIEmbedder(replace(endpoint, base_url=address))
