"""What each field of a body must be; and that a body that breaks a rule changes nothing."""

import json
from typing import Any, TypeAlias

import pytest
from tests.api.world import LIMITS, World

from askonce.model.attributes import MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_VALUE_CHARS
from askonce.model.entry import MAX_TTL_MS
from askonce.model.query import MAX_RESULTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCHES = ("/entries/search", "/search", "/conversations/search")
Faults: TypeAlias = list[tuple[str, str]]
Cases: TypeAlias = list[tuple[dict[str, Any], Faults]]

NOT_TEXT: tuple[Any, ...] = (1, 1.5, True, [], {}, ["hello"])
LONG = "x" * (LIMITS.max_prompt_chars + 1)
TOO_MANY = {f"name{number}": "x" for number in range(MAX_ATTRIBUTES + 1)}


def each(field: str, rule: str, *wrong: Any) -> Cases:
    """For each wrong value of the field: that it breaks the rule, and nothing else does."""
    return [({field: one}, [(field, rule)]) for one in wrong]


ATTRIBUTE_FAULTS: Cases = [
    ({"attributes": "user"}, [("attributes", "type")]),
    ({"attributes": [["user", "a"]]}, [("attributes", "type")]),
    ({"attributes": True}, [("attributes", "type")]),
    ({"attributes": {"user": 1}}, [("attributes.user", "type")]),
    ({"attributes": {"user": None}}, [("attributes.user", "type")]),
    ({"attributes": {"user": ["a"]}}, [("attributes.user", "type")]),
    ({"attributes": {"user": ""}}, [("attributes.user", "length")]),
    ({"attributes": {"": "a"}}, [("attributes.", "length")]),
    ({"attributes": {"user": "x" * (MAX_VALUE_CHARS + 1)}}, [("attributes.user", "length")]),
    ({"attributes": {"n" * (MAX_NAME_CHARS + 1): "x"}}, [(f"attributes.{'n' * 129}", "length")]),
    ({"attributes": TOO_MANY}, [("attributes", "count")]),
    ({"attributes": {"a": "", "b": 2}}, [("attributes.a", "length"), ("attributes.b", "type")]),
]
PROMPT_FAULTS: Cases = [
    *each("prompt", "required", None),
    *each("prompt", "length", "", LONG),
    *each("prompt", "type", *NOT_TEXT),
]
CONTEXT_FAULTS: Cases = [
    ({"context": "earlier"}, [("context", "type")]),
    ({"context": {"0": "earlier"}}, [("context", "type")]),
    (
        {"context": ["a", 1, None, LONG]},
        [("context[1]", "type"), ("context[2]", "type"), ("context[3]", "length")],
    ),
]
SEARCH_FAULTS: Cases = [
    *each("similarityThreshold", "type", "0.9", True, [0.9], {}),
    *each("similarityThreshold", "range", -0.01, 1.01, 90, 10**400),
    *each("maxResults", "type", "3", True, 1.5, [1], {}),
    *each("maxResults", "range", 0, -1, MAX_RESULTS + 1, 10**400, 1e300),
    *each("searchStrategies", "type", "exact", {"exact": True}),
    *each("searchStrategies", "count", []),
    ({"searchStrategies": ["Exact"]}, [("searchStrategies[0]", "choice")]),
    (
        {"searchStrategies": ["exact", None, 1, ["exact"], "hybrid"]},
        [(f"searchStrategies[{place}]", "choice") for place in (1, 2, 3, 4)],
    ),
]
SET_FAULTS: Cases = [
    *each("response", "required", None),
    *each("response", "type", *NOT_TEXT),
    *each("response", "length", "x" * (LIMITS.max_response_chars + 1)),
    *each("ttlMillis", "type", "1000", True, 0.5, [1], {}),
    *each("ttlMillis", "range", 0, -1, MAX_TTL_MS + 1, 10**400),
]


async def refused(world: World, method: str, path: str, body: object) -> list[tuple[str, str]]:
    """The faults that the call is refused with, once it is sure that nothing has changed."""
    answer = await world.call(method, path, body)

    assert answer.status_code == 400, answer.text
    assert await world.prompts() == ["stays"]
    fields = answer.json()["fields"]
    assert all(fault["message"] for fault in fields)
    return [(fault["field"], fault["rule"]) for fault in fields]


def _name(value: object) -> str:
    return json.dumps(value)[:50]


@pytest.mark.parametrize(
    ("wrong", "faults"),
    [*PROMPT_FAULTS, *SEARCH_FAULTS, *ATTRIBUTE_FAULTS, *CONTEXT_FAULTS],
    ids=_name,
)
async def test_a_search_names_the_field_and_the_rule_that_it_breaks(
    still_world: World, wrong: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    for path in SEARCHES:
        assert await refused(still_world, "POST", path, {"prompt": "hello", **wrong}) == faults


@pytest.mark.parametrize(
    ("wrong", "faults"), [*PROMPT_FAULTS, *SET_FAULTS, *ATTRIBUTE_FAULTS, *CONTEXT_FAULTS], ids=_name
)
async def test_a_set_names_the_field_and_the_rule_that_it_breaks(
    still_world: World, wrong: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    body = {"prompt": "stays", "response": "another", **wrong}

    assert await refused(still_world, "POST", "/entries", body) == faults
    assert (await still_world.search("stays"))[0]["response"] == "an answer"


@pytest.mark.parametrize(("wrong", "faults"), ATTRIBUTE_FAULTS, ids=_name)
async def test_a_removal_names_the_field_and_the_rule_that_it_breaks(
    still_world: World, wrong: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert await refused(still_world, "DELETE", "/entries", wrong) == faults


async def test_every_fault_is_told_at_once(still_world: World) -> None:
    search = {
        "prompt": "",
        "similarityThreshold": 2,
        "maxResults": 0,
        "searchStrategies": ["guess"],
        "attributes": {"a": 1},
        "context": [2],
    }
    put = {"response": 3, "ttlMillis": "soon", "attributes": {"": ""}}

    searched = await refused(still_world, "POST", "/entries/search", search)
    set_ = await refused(still_world, "POST", "/entries", put)

    assert searched == [
        ("prompt", "length"),
        ("similarityThreshold", "range"),
        ("searchStrategies[0]", "choice"),
        ("maxResults", "range"),
        ("attributes.a", "type"),
        ("context[0]", "type"),
    ]
    assert set_ == [
        ("prompt", "required"),
        ("response", "type"),
        ("ttlMillis", "type"),
        ("attributes.", "length"),
        ("attributes.", "length"),
    ]


async def test_an_answer_about_thousands_of_faults_stays_small(still_world: World) -> None:
    body = {"prompt": "hello", "searchStrategies": ["x"] * 3_000}

    answer = await still_world.call("POST", "/entries/search", body)

    assert answer.status_code == 400
    assert len(answer.json()["fields"]) == 101
    assert answer.json()["fields"][-1]["message"] == "There are 2900 more faults."
    assert len(answer.content) < 50_000


async def test_a_name_of_any_length_is_named_in_short(still_world: World) -> None:
    answer = await still_world.call("POST", "/search", {"prompt": "x", "attributes": {"n" * 15_000: "v"}})

    assert len(answer.json()["fields"][0]["field"]) < 200


@pytest.mark.parametrize("declared", [["user", "language"], []])
async def test_attributes_that_the_cache_does_not_declare_are_refused_together_with_all_else(
    still_world: World, declared: list[str]
) -> None:
    cache_id, key = await still_world.new_cache(declared)
    attributes = {"user": "a", "colour": "red", "size": ""}
    calls: list[tuple[str, str, dict[str, object]]] = [
        ("POST", "/entries", {"prompt": "p", "response": "r", "ttlMillis": 0}),
        ("POST", "/search", {"prompt": "p", "maxResults": 0}),
        ("DELETE", "/entries", {}),
    ]

    for method, path, rest in calls:
        answer = await still_world.call(
            method, path, {**rest, "attributes": attributes}, key=key, cache_id=cache_id
        )
        rules = [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]]

        assert answer.status_code == 400
        assert ("attributes.size", "length") in rules
        assert bool(set(rules) & {("ttlMillis", "range"), ("maxResults", "range")}) == bool(rest)
        if declared:
            assert ("attributes.colour", "declared") in rules
        else:
            # RedisVL looks for these words and explains them to its user.
            assert "no attributes are configured" in answer.text


async def test_no_attributes_may_be_sent_to_a_cache_that_declares_none(still_world: World) -> None:
    cache_id, key = await still_world.new_cache([])

    nothing: list[dict[str, str] | None] = [{}, None]
    for attributes in nothing:
        body = {"prompt": "p", "attributes": attributes}
        answer = await still_world.call("POST", "/search", body, key=key, cache_id=cache_id)

        assert answer.status_code == 200
