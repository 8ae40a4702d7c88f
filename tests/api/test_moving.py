"""Export and import over HTTP: what goes out comes in again; of a batch with a bad line nothing comes in."""

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from tests.api.world import ANOTHER, NEW_CACHE, START_MS, World
from tests.support.toy_embedder import DIMENSIONS, ToyEmbedder, toy_vector

from askonce.errors import EmbedderUnavailable

HEADER = {
    "format": "askonce-entries-1",
    "embedder": {
        "model": ToyEmbedder.fingerprint.model,
        "dimensions": DIMENSIONS,
        "digest": ToyEmbedder.fingerprint.digest,
    },
}


async def exported(world: World, cache_id: str | None = None) -> bytes:
    answer = await world.admin("GET", f"/caches/{cache_id or world.cache_id}/export")
    assert answer.status_code == 200, answer.text
    return answer.content


async def take_in(world: World, lines: bytes | Sequence[Any], cache_id: str | None = None) -> httpx2.Response:
    body = lines if isinstance(lines, bytes) else b"\n".join(json.dumps(line).encode() for line in lines)
    return await world.admin("POST", f"/caches/{cache_id or world.cache_id}/import", body)


async def contents(world: World, cache_id: str) -> Any:
    return (await world.admin("GET", f"/caches/{cache_id}/entries?order=oldest&limit=1000")).json()["entries"]


def packed(text: str) -> str:
    vector = toy_vector(text)
    assert vector is not None
    return b64encode(vector.astype("<f4").tobytes()).decode()


async def fill(world: World) -> None:
    for number in range(60):
        await world.set(f"How do I mend the roof of house {number}?", f"answer {number}")
    await world.set("ends", ttlMillis=5_000)
    await world.set("with attributes", attributes={"Straße": "α, β", "n": "1"})
    await world.set("and then?", "in context", context=["Is Rome warm?"])
    await world.set("!!!", "can not be embedded")
    await world.set("How do I mend the roof of house 3?", "a later answer")


async def test_an_export_is_a_header_a_line_for_each_entry_and_a_trailer_that_proves_it(world: World) -> None:
    await fill(world)

    text = await exported(world)

    lines = [json.loads(line) for line in text.splitlines()]
    before = text[: text.rindex(b'{"end"')]
    assert lines[0] == HEADER | {
        "exportedAt": "2026-01-01T00:00:00Z",
        "entries": 64,
        "cache": (await world.admin("GET", f"/caches/{world.cache_id}")).json(),
    }
    assert lines[-1] == {"end": True, "entries": 64, "sha256": sha256(before).hexdigest()}
    ends = next(line for line in lines if line.get("prompt") == "ends")
    assert (ends["createdAt"], ends["expiresAt"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z")
    assert ends["vector"] == packed("ends")
    assert [line["vector"] for line in lines[1:-1] if line["prompt"] == "!!!"] == [None]
    assert text.endswith(b"\n")


async def test_an_import_keeps_to_the_bounds_of_the_cache(world: World) -> None:
    await fill(world)
    assert (
        await world.admin(
            "PATCH", f"/caches/{world.cache_id}", {"maxEntries": 10, "evictionPolicy": "oldest"}
        )
    ).status_code == 201

    answer = await take_in(world, [HEADER, *({"prompt": f"new {n}", "response": "r"} for n in range(30))])

    assert answer.status_code == 200, answer.text
    assert [each["prompt"] for each in await contents(world, world.cache_id)] == [
        f"new {number}" for number in range(20, 30)
    ]


async def test_what_was_exported_comes_in_the_same_and_searches_are_answered_the_same(world: World) -> None:
    await fill(world)
    other_id, other_key = await world.new_cache(["*"])
    world.embedder.failure = RuntimeError("nothing is embedded anew")

    answer = await take_in(world, await exported(world), other_id)
    again = await take_in(world, await exported(world), other_id)

    world.embedder.failure = None
    assert answer.json() == again.json() == {"stored": 64, "embedded": 0, "over": 0}
    assert await contents(world, other_id) == await contents(world, world.cache_id)
    for search in (
        {"prompt": "mend the roof", "similarityThreshold": 0, "maxResults": 1_000, "judge": "off"},
        {"prompt": "HOW DO I MEND THE ROOF OF HOUSE 3?"},
        {"prompt": "and then?", "context": ["Is Rome warm?"]},
        {"prompt": "attributes", "attributes": {"n": "1"}, "similarityThreshold": 0, "judge": "off"},
        {"prompt": "!!!"},
    ):
        one = await world.call("POST", "/entries/search", search)
        other = await world.call("POST", "/entries/search", search, key=other_key, cache_id=other_id)
        assert one.json() == other.json()
        assert one.json()["data"] != []


async def test_vectors_of_another_embedder_are_made_anew(world: World) -> None:
    of_another = HEADER | {"embedder": {"model": ANOTHER.model, "dimensions": 3, "digest": ANOTHER.digest}}
    line = {"prompt": "Is Rome warm?", "response": "Yes.", "vector": "AAAA"}

    answer = await take_in(world, [of_another, line])
    without_header = await take_in(world, [line | {"prompt": "Is Oslo warm?"}])

    assert answer.json() == without_header.json() == {"stored": 1, "embedded": 1, "over": 0}
    assert [hit["response"] for hit in await world.search("is rome warm")] == ["Yes."]


async def test_a_plain_line_is_kept_as_a_set_would_keep_it(world: World) -> None:
    cache_id, key = await world.new_cache(["*"], ttl_ms=9_000)
    chat = json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}])
    puts: list[dict[str, Any]] = [
        {"prompt": chat, "response": "So."},
        {"prompt": "a", "response": "", "attributes": {"x": "1"}, "ttlMillis": 7},
    ]
    for put in puts:
        await world.call("POST", "/entries", put, key=key, cache_id=cache_id)
    set_so = await contents(world, cache_id)
    await world.call("POST", "/flush", key=key, cache_id=cache_id)

    answer = await take_in(world, [puts[0], puts[1] | {"unknown": 1}], cache_id)

    assert answer.json()["stored"] == 2
    assert await contents(world, cache_id) == set_so


async def test_times_are_kept_and_what_is_over_by_now_is_left_out(world: World) -> None:
    lines = [
        {"prompt": "old", "response": "r", "createdAt": "2020-02-03T04:05:06.789Z", "expiresAt": None},
        {"prompt": "ends", "response": "r", "expiresAt": "2026-01-01T02:00:00.001+02:00"},
        {"prompt": "over", "response": "r", "expiresAt": "2026-01-01T00:00:00Z"},
    ]

    answer = await take_in(world, lines)

    entries = await contents(world, world.cache_id)
    assert answer.json() == {"stored": 2, "embedded": 2, "over": 1}
    assert [(entry["createdAt"], entry["expiresAt"]) for entry in entries] == [
        ("2020-02-03T04:05:06.789000Z", None),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001000Z"),
    ]
    assert world.clock.at_ms == START_MS


GOOD: dict[str, Any] = {"prompt": "good", "response": "r"}


@pytest.mark.parametrize(
    ("lines", "field", "rule"),
    [
        ([GOOD, {"response": "r"}], "line 2.prompt", "required"),
        ([GOOD, GOOD, {"prompt": "p"}], "line 3.response", "required"),
        ([GOOD, {"prompt": "", "response": "r"}], "line 2.prompt", "length"),
        ([GOOD, {"prompt": "x" * 1_001, "response": "r"}], "line 2.prompt", "length"),
        ([GOOD, GOOD | {"attributes": {"a": 1}}], "line 2.attributes.a", "type"),
        ([GOOD, GOOD | {"ttlMillis": 0}], "line 2.ttlMillis", "range"),
        ([GOOD, GOOD | {"createdAt": "yesterday"}], "line 2.createdAt", "date-time"),
        ([GOOD, GOOD | {"expiresAt": "2026-01-01T00:00:00"}], "line 2.expiresAt", "date-time"),
        ([GOOD, GOOD | {"createdAt": "1969-12-31T23:59:59Z"}], "line 2.createdAt", "date-time"),
        ([GOOD, GOOD | {"expiresAt": "9999-12-31T23:59:59-01:00"}], "line 2.expiresAt", "date-time"),
        ([GOOD, GOOD | {"context": "x"}], "line 2.context", "pattern"),
        ([GOOD, GOOD | {"id": "0" * 32}], "line 2.id", "id"),
        ([HEADER, GOOD, GOOD | {"vector": "AAAA"}], "line 3.vector", "vector"),
        ([HEADER, GOOD, GOOD | {"vector": "é"}], "line 3.vector", "vector"),
        ([HEADER, GOOD | {"vector": b64encode(bytes(4 * DIMENSIONS)).decode()}], "line 2.vector", "vector"),
        ([HEADER | {"format": "askonce-entries-2"}, GOOD], "line 1.format", "format"),
        ([HEADER | {"entries": 1}, GOOD], "body", "trailer"),
        ([HEADER, GOOD, {"end": True, "entries": 1, "sha256": "0"}], "line 3.sha256", "digest"),
        (b'{"prompt": "p", "response": "r"}\n\n{"prompt": "p", \n', "line 3.body", "json"),
        (b'{"prompt": "p", "response": "r"}\n[]', "line 2.body", "object"),
        (b'{"prompt": "p", "response": "\xff"}', "line 1.body", "utf-8"),
        (b'{"prompt": "p", "prompt": "q", "response": "r"}', "line 1.prompt", "unique"),
        (b'{"prompt": "\\ud800", "response": "r"}', "line 1.prompt", "unicode"),
    ],
)
async def test_a_bad_line_is_refused_with_its_number_and_rule_and_nothing_of_the_batch_is_stored(
    still_world: World, lines: Any, field: str, rule: str
) -> None:
    answer = await take_in(still_world, lines)

    assert answer.status_code == 400
    assert [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]] == [(field, rule)]
    assert [entry["prompt"] for entry in await contents(still_world, still_world.cache_id)] == ["stays"]


async def test_every_bad_line_is_told_at_once_and_nothing_may_follow_a_trailer(world: World) -> None:
    await world.set("p")
    whole = await exported(world)

    many = await take_in(world, [{"prompt": ""}, GOOD, {"response": 1}])
    after = await take_in(world, whole + b'{"prompt": "p", "response": "r"}')

    assert [fault["field"] for fault in many.json()["fields"]] == [
        "line 1.prompt",
        "line 1.response",
        "line 3.prompt",
        "line 3.response",
    ]
    assert [fault["rule"] for fault in after.json()["fields"]] == ["trailer"]


async def test_attributes_that_the_cache_does_not_declare_and_bodies_that_are_too_large_are_refused(
    world: World,
) -> None:
    cache_id = (await world.admin("POST", "/caches", NEW_CACHE)).json()["cacheId"]

    undeclared = await take_in(world, [GOOD | {"attributes": {"tenant": "x"}}], cache_id)
    too_large = await take_in(world, b" " * 200_001, cache_id)

    assert undeclared.json()["fields"][0]["field"] == "line 1.attributes.tenant"
    assert too_large.status_code == 413


async def test_where_one_can_not_be_embedded_none_is_stored(world: World) -> None:
    world.embedder.failure = EmbedderUnavailable("down")
    lines = [HEADER, GOOD | {"prompt": "brought along", "vector": packed("brought along")}, GOOD]

    answer = await take_in(world, lines)

    assert answer.status_code == 424
    assert await contents(world, world.cache_id) == []


async def test_the_audit_log_tells_of_exports_and_imports_and_not_of_their_words(world: World) -> None:
    await take_in(world, [GOOD])
    await exported(world)
    await take_in(world, [{}])

    acts = (await world.admin("GET", "/audit?limit=2")).json()["acts"]

    assert [(act["what"], act["details"]) for act in acts] == [
        ("cache.export", {}),
        ("cache.import", {"entries": 1}),
    ]


async def test_an_export_shows_what_is_set_again_while_it_runs_and_misses_nothing(world: World) -> None:
    """More than a page of the store's, with changes between the pieces."""
    for number in range(520):
        await world.set(f"q{number}")
    administration = world.services.administration
    assert administration is not None
    stock = administration.stock
    seen: list[tuple[str, str]] = []
    cache = await stock.cache(world.cache_id)
    is_first = True

    async for page in stock.taken_out(cache, 520):
        seen += [(kept.entry.prompt, kept.entry.response) for kept in page]
        if is_first:
            is_first = False
            await world.set("q0", "again")
            await world.set("q519", "again")
            await world.set("new")

    assert {prompt for prompt, _ in seen} == {f"q{number}" for number in range(520)} | {"new"}
    assert dict(seen)["q0"] == dict(seen)["q519"] == "again"
    assert [prompt for prompt, _ in seen].count("q0") == 2
