"""Bodies as bytes: encoding, JSON, size; and that what can not be read changes nothing."""

import json

import pytest
from tests.api.world import LIMITS, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = (
    ("POST", "/entries/search"),
    ("POST", "/entries"),
    ("DELETE", "/entries"),
    ("POST", "/conversations/search"),
)
GOOD = b'{"prompt": "stays", "response": "an answer"}'

UNREADABLE = [
    (b'{"prompt": "caf\xe9"}', "utf-8"),
    (b"\xff\xfe{\x00}\x00", "utf-8"),
    (b'{"prompt": "\xed\xa0\x80"}', "utf-8"),  # A surrogate as UTF-8.
    (b'{"prompt": "\xc0\xaf"}', "utf-8"),  # An overlong slash.
    (b'\xef\xbb\xbf{"prompt": "x"}', "json"),  # A byte order mark.
    (b"{", "json"),
    (b'{"prompt": "x"', "json"),
    (b'{"prompt": "x"}}', "json"),
    (b'{"prompt": "x"} {"prompt": "y"}', "json"),
    (b"{'prompt': 'x'}", "json"),
    (b'{"prompt": "x",}', "json"),
    (b'{"prompt": "a\nb"}', "json"),
    (b'{"prompt": "\\x41"}', "json"),
    (b'{"prompt": "\\ud8"}', "json"),
    (b"prompt=x", "json"),
    (b'{"similarityThreshold": NaN}', "json"),
    (b'{"similarityThreshold": -Infinity}', "json"),
    (b'{"x": 01}', "json"),
    (b'{"x": 1' + b"0" * 5_000 + b"}", "json"),
    (b"[" * 10_000, "json"),
    (b"[" * 9_000 + b"]" * 9_000, "depth"),
    (b'{"x": ' + b"[" * 64 + b"]" * 64 + b"}", "depth"),
    (b"null", "object"),
    (b"3", "object"),
    (b'"prompt"', "object"),
    (b"[]", "object"),
    (b'[{"prompt": "x"}]', "object"),
]


@pytest.mark.parametrize(("body", "rule"), UNREADABLE, ids=lambda value: str(value)[:40])
async def test_a_body_that_can_not_be_read_is_refused(still_world: World, body: bytes, rule: str) -> None:
    for method, path in CALLS:
        answer = await still_world.call(method, path, body)

        assert answer.status_code == 400, answer.text
        faults = [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
        assert faults == [("body", rule)] or (rule == "json" and faults == [("body", "depth")])
    assert await still_world.prompts() == ["stays"]


@pytest.mark.parametrize("body", [None, b"", b"  \r\n"])
async def test_a_search_and_a_set_need_a_body(still_world: World, body: bytes | None) -> None:
    for path in ("/entries", "/entries/search"):
        answer = await still_world.call("POST", path, body)

        assert [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]] == [
            ("body", "required")
        ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"prompt": "a\\ud800", "response": "r"}', "prompt"),
        (b'{"prompt": "\\udfff\\ud800", "response": "r"}', "prompt"),
        (b'{"prompt": "p", "response": "\\uDC00"}', "response"),
        (b'{"prompt": "p", "response": "r", "attributes": {"a": "\\ud83d"}}', "attributes.a"),
        (b'{"prompt": "p", "response": "r", "attributes": {"\\ud83d": "a"}}', "attributes.\ufffd"),
        (b'{"prompt": "p", "response": "r", "context": ["a", "\\ud83d"]}', "context[1]"),
        (b'{"prompt": "p", "response": "r", "searchStrategies": ["\\ud83d"]}', "searchStrategies[0]"),
        (b'{"prompt": "p", "response": "r", "unknown": [{"x": "\\ud83d"}]}', "unknown[0].x"),
        (b'{"prompt": "p", "response": "r", "\\ud83d": 1}', "\ufffd"),
    ],
    ids=str,
)
async def test_half_a_surrogate_pair_is_refused_wherever_it_stands(
    still_world: World, body: bytes, field: str
) -> None:
    for path in ("/entries", "/entries/search"):
        answer = await still_world.call("POST", path, body)

        assert answer.status_code == 400
        assert (field, "unicode") in [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
    assert await still_world.prompts() == ["stays"]


async def test_a_whole_surrogate_pair_is_one_character(still_world: World) -> None:
    found = await still_world.call("POST", "/conversations/search", b'{"prompt": "\\ud83d\\ude00"}')

    assert found.json()["actualPrompt"] == "😀"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"prompt": "a", "prompt": "b", "response": "r"}', "prompt"),
        (b'{"prompt": "a", "response": "r", "\\u0070rompt": "b"}', "prompt"),
        (b'{"prompt": "a", "response": "r", "attributes": {"x": "1", "x": "2"}}', "attributes.x"),
        (b'{"prompt": "a", "response": "r", "attributes": {}, "attributes": {"x": "1"}}', "attributes"),
    ],
)
async def test_a_name_that_stands_twice_is_refused(still_world: World, body: bytes, field: str) -> None:
    for method, path in CALLS:
        answer = await still_world.call(method, path, body)

        assert (field, "unique") in [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]
    assert await still_world.prompts() == ["stays"]


async def test_a_body_of_countless_names_is_read_in_no_time(still_world: World) -> None:
    names = ",".join(f'"n{number % 900}":1' for number in range(2_000))

    answer = await still_world.call("POST", "/search", f'{{"prompt":"x",{names}}}'.encode())

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json; charset=latin-1",
        "\x80",
    ],
)
async def test_a_body_is_json_whatever_its_header_says(still_world: World, content_type: str | None) -> None:
    headers = [(b"Authorization", f"Bearer {still_world.key}".encode())]
    if content_type is not None:
        headers.append((b"Content-Type", content_type.encode("latin-1")))

    answer = await still_world.client.post(
        f"/v1/caches/{still_world.cache_id}/entries/search",
        content=GOOD,
        headers=headers,
    )

    assert [hit["prompt"] for hit in answer.json()["data"]] == ["stays"]


@pytest.mark.parametrize(
    ("encoding", "status"), [("gzip", 400), ("br, gzip", 400), ("Identity", 200), ("", 200)]
)
async def test_a_compressed_body_is_refused(still_world: World, encoding: str, status: int) -> None:
    answer = await still_world.call("POST", "/search", GOOD, headers={"Content-Encoding": encoding})

    assert answer.status_code == status
    if status == 400:
        assert answer.json()["fields"][0]["field"] == "Content-Encoding"


async def test_a_body_of_the_limit_is_read_and_one_byte_more_is_refused(still_world: World) -> None:
    most = GOOD + b" " * (LIMITS.max_body_bytes - len(GOOD))

    fits = await still_world.call("POST", "/search", most)
    too_large = await still_world.call("POST", "/search", most + b" ")

    assert fits.status_code == 200
    assert (too_large.status_code, too_large.json()["type"]) == (413, "/errors/payload-too-large")


async def test_a_prompt_is_counted_in_characters_not_bytes(still_world: World) -> None:
    prompt = "😀" * LIMITS.max_prompt_chars

    assert (await still_world.call("POST", "/search", {"prompt": prompt})).status_code == 200
    raw = json.dumps({"prompt": prompt + "😀"}, ensure_ascii=False).encode()
    assert (await still_world.call("POST", "/search", raw)).status_code == 400


async def test_the_key_is_looked_at_before_the_body(still_world: World) -> None:
    body = b"x" * (LIMITS.max_body_bytes + 1)

    nobody = await still_world.call("POST", "/entries", body, key=None)
    elsewhere = await still_world.call("POST", "/entries", body, cache_id="f" * 32)

    assert (nobody.status_code, elsewhere.status_code) == (401, 403)
