"""The OpenAPI document and its page say what the server does; `World` holds every answer against them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from tests.api.world import EMBEDDERS, LIMITS, World, open_world

from askonce.api.docs_page import docs_page
from askonce.api.guard import Guard
from askonce.api.openapi import document
from askonce.api.problems import CLASSES
from askonce.api.server import operations
from askonce.model.attributes import MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_VALUE_CHARS
from askonce.model.entry import MAX_TTL_MS
from askonce.model.query import MAX_RESULTS, Strategy

DOCUMENT = document(LIMITS, sorted(EMBEDDERS))
SCHEMAS = DOCUMENT["components"]["schemas"]


async def test_the_document_is_served_to_everyone(world: World) -> None:
    answer = await world.call("GET", "//openapi.json", key=None)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


async def test_every_route_is_in_the_document_and_nothing_else(world: World) -> None:
    served = {(one.method.lower(), one.template) for one in operations(world.services, LIMITS)}
    described = {(method, path) for path, calls in DOCUMENT["paths"].items() for method in calls}

    assert served == described
    assert isinstance(world.app, Guard)


def test_every_schema_and_reference_is_sound() -> None:
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))

    for reference in references:
        target = cast(Any, DOCUMENT)
        for part in reference.split("/"):
            target = target[part]
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema({**schema, "components": DOCUMENT["components"]})
    for response in DOCUMENT["components"]["responses"].values():
        Draft202012Validator.check_schema(response["content"]["application/json"]["schema"])


def test_every_example_fits_its_schema() -> None:
    def check(schema: dict[str, Any], example: object) -> None:
        whole = {**schema, "components": DOCUMENT["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)

    for schema in SCHEMAS.values():
        for example in schema.get("examples", []):
            check(schema, example)
    calls = [call for path in DOCUMENT["paths"].values() for call in path.values()]
    answers = [answer for call in calls for answer in call["responses"].values()]
    for answer in [*answers, *DOCUMENT["components"]["responses"].values()]:
        for content in answer.get("content", {}).values():
            if "example" in content:
                check(content["schema"], content["example"])


def test_the_bounds_in_the_document_are_those_of_the_server() -> None:
    search, put = SCHEMAS["SearchRequest"]["properties"], SCHEMAS["SetRequest"]["properties"]
    attributes = SCHEMAS["Attributes"]

    assert search["prompt"]["maxLength"] == put["prompt"]["maxLength"] == LIMITS.max_prompt_chars
    assert put["response"]["maxLength"] == LIMITS.max_response_chars
    assert put["ttlMillis"]["maximum"] == MAX_TTL_MS
    assert search["maxResults"]["maximum"] == MAX_RESULTS
    assert search["searchStrategies"]["items"]["enum"] == list(Strategy)
    assert attributes["maxProperties"] == MAX_ATTRIBUTES
    assert attributes["propertyNames"]["maxLength"] == MAX_NAME_CHARS
    assert attributes["additionalProperties"]["maxLength"] == MAX_VALUE_CHARS


def test_every_problem_is_described() -> None:
    described = {int(name.removeprefix("Problem")) for name in DOCUMENT["components"]["responses"]}

    assert described == {known.status for known in CLASSES.values()}


async def test_other_limits_make_another_document(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data", replace(LIMITS, max_prompt_chars=7)) as world:
        told = (await world.call("GET", "//openapi.json")).json()

        assert told["components"]["schemas"]["SearchRequest"]["properties"]["prompt"]["maxLength"] == 7
        assert (await world.call("POST", "/search", {"prompt": "x" * 8})).status_code == 400


class _Page(HTMLParser):
    """The texts, links and tags of a page; balanced, or it fails."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = dict(attrs)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids |= {value for name, value in named.items() if name == "id" and value}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_page_shows_every_call_and_needs_nothing_from_elsewhere(world: World) -> None:
    answer = await world.call("GET", "//docs", key=None)
    page = _Page(answer.text)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path, calls in DOCUMENT["paths"].items():
        for method, call in calls.items():
            assert f"{method.upper()} {path}" in page.text
            assert call["summary"] in page.text
    assert not page.tags & {"script", "img", "link", "iframe", "object"}
    assert "url(" not in answer.text
    assert "@import" not in answer.text


async def test_every_link_of_the_page_leads_somewhere(world: World) -> None:
    page = _Page((await world.call("GET", "//docs")).text)

    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (await world.client.get(f"/{link}")).status_code == 200


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "`<b>`", "a & b", '"><img src=x>'])
def test_every_text_of_the_page_is_escaped(text: str) -> None:
    texts = ("description", "summary", "title", "detail", "prompt", "response")

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: one + text if key in texts and isinstance(one, str) else spoilt(one)
                for key, one in value.items()
            }
        return [spoilt(one) for one in value] if isinstance(value, list) else value

    plain, hostile = _Page(docs_page(DOCUMENT)), _Page(docs_page(spoilt(DOCUMENT)))

    assert hostile.tags == plain.tags
    assert text.strip("`") in hostile.text
