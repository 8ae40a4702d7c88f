"""Whatever comes in: no failure of ours, an answer as described, and a refusal that changed nothing."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNHURRIED = settings(
    deadline=None,  # A shared machine stands still at times; what is promised here is not speed.
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CALLS = st.sampled_from(
    [
        ("POST", "/entries"),
        ("POST", "/entries/search"),
        ("POST", "/conversations/search"),
        ("DELETE", "/entries"),
    ]
)
TEXTS = st.text(st.characters(), max_size=20)  # Half surrogate pairs too.
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([0, 1, 0.5, 1.0, 1_000, 31_556_952_000]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)


def _or_anything(fitting: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(fitting, fitting, fitting, VALUES)


BODIES = st.fixed_dictionaries(
    {"prompt": _or_anything(TEXTS.filter(bool)), "response": _or_anything(TEXTS)},
    optional={
        "attributes": _or_anything(st.dictionaries(TEXTS, TEXTS, max_size=3)),
        "ttlMillis": _or_anything(st.integers(0, 10_000)),
        "similarityThreshold": _or_anything(st.floats(0, 1)),
        "maxResults": _or_anything(st.integers(0, 10)),
        "searchStrategies": _or_anything(st.lists(st.sampled_from(["exact", "semantic"]), max_size=3)),
        "context": _or_anything(st.lists(TEXTS, max_size=3)),
        "unknown": VALUES,
    },
)


async def hold_promises(world: World, call: tuple[str, str], body: bytes) -> None:
    before = await world.prompts()

    answer = await world.call(*call, body)

    assert answer.status_code in (200, 201, 400)
    if answer.status_code == 400:
        assert answer.json()["fields"]
        assert await world.prompts() == before


@UNHURRIED
@given(CALLS, BODIES)
async def test_a_body_of_known_fields_with_any_values(
    still_world: World, call: tuple[str, str], body: dict[str, Any]
) -> None:
    await hold_promises(still_world, call, json.dumps(body).encode())


@UNHURRIED
@given(CALLS, st.one_of(VALUES.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60)))
async def test_a_body_of_any_json_or_any_bytes(
    still_world: World, call: tuple[str, str], body: bytes
) -> None:
    await hold_promises(still_world, call, body)


@UNHURRIED
@given(CALLS, BODIES, st.data())
async def test_a_body_that_was_damaged_on_its_way(
    still_world: World, call: tuple[str, str], body: dict[str, Any], data: st.DataObject
) -> None:
    whole = bytearray(json.dumps(body).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    await hold_promises(still_world, call, bytes(whole))


@UNHURRIED
@given(
    st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    st.lists(st.sampled_from(["v1", "caches", "entries", "search", "%2F", "", "..", "%00", "é", "health"])),
    st.lists(
        st.tuples(
            st.sampled_from([b"authorization", b"user-agent", b"x-request-id", b"content-length", b"x"]),
            st.binary(max_size=30),
        ),
        max_size=4,
    ),
)
async def test_any_path_and_headers(
    still_world: World, method: str, parts: list[str], headers: list[tuple[bytes, bytes]]
) -> None:
    path = "/" + "/".join(parts)

    answer = await still_world.client.request(method, f"http://askonce{path}", headers=headers)

    assert answer.status_code in (200, 401, 404, 405)
    assert answer.headers["x-request-id"]
