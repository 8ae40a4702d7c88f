"""Pages of the origins that the settings name may call from a browser, and no others.

`Page` is what a browser does about it, after the Fetch standard: it asks before it sends, and shows the page
only what it was allowed to see.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.world import World, open_world

from askonce.api.cors import Cors
from askonce.api.server import Front

ORIGIN = "https://chat.example.org"
ANOTHER = "https://evil.example.org"
SEARCH = {"prompt": "hello"}
ALWAYS_SHOWN = {"cache-control", "content-language", "content-length", "content-type", "expires"}


class BlockedByBrowser(Exception):
    """What a page sees is a `TypeError: Failed to fetch`."""


@dataclass
class Page:
    """A page of `origin` in a browser, whose script calls the API as the published client does."""

    world: World
    origin: str

    async def fetch(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """The answer with the headers that the page may read. Raises `BlockedByBrowser`."""
        headers = {"authorization": f"Bearer {self.world.key}", **headers}
        if body is not None:
            headers["content-type"] = "application/json"
        await self._preflight(method, path, headers)
        content = None if body is None else json.dumps(body).encode()
        answer = await self._request(method, path, headers, content)
        exposed = {
            name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")
        }
        shown = {name: value for name, value in answer.headers.items() if name in exposed | ALWAYS_SHOWN}
        return httpx2.Response(answer.status_code, headers=shown, content=answer.content)

    async def _preflight(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        wanted = ",".join(sorted(headers))
        asked = {"access-control-request-method": method, "access-control-request-headers": wanted}
        answer = await self._request("OPTIONS", path, asked, None)
        methods = {one.strip() for one in answer.headers.get("access-control-allow-methods", "").split(",")}
        allowed = answer.headers.get("access-control-allow-headers", "").lower()
        if not answer.is_success or method not in methods | {"GET", "HEAD", "POST"}:
            raise BlockedByBrowser
        if set(headers) - {one.strip() for one in allowed.split(",")}:
            raise BlockedByBrowser

    async def _request(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx2.Response:
        target = f"/v1/caches/{self.world.cache_id}{path}"
        sent = {**headers, "origin": self.origin}
        answer = await self.world.client.request(method, target, headers=sent, content=content)
        if answer.headers.get("access-control-allow-origin") not in ("*", self.origin):
            raise BlockedByBrowser
        return answer


@pytest.fixture(params=[(ORIGIN, "http://localhost:3000"), ("*",)], ids=["listed", "any"])
async def open_to_pages(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", front=Front(cors=Cors(request.param))) as world:
        yield world


async def test_a_page_of_an_allowed_origin_can_make_every_call(open_to_pages: World) -> None:
    page = Page(open_to_pages, ORIGIN)

    stored = await page.fetch("POST", "/entries", {"prompt": "hello", "response": "hi"})
    found = await page.fetch("POST", "/entries/search", SEARCH)
    removed = await page.fetch("DELETE", f"/entries/{stored.json()['entryId']}")
    matching = await page.fetch("DELETE", "/entries", {"attributes": {}})
    flushed = await page.fetch("POST", "/flush")

    assert [hit["response"] for hit in found.json()["data"]] == ["hi"]
    assert (removed.status_code, matching.status_code, flushed.status_code) == (204, 200, 204)


async def test_it_reads_refusals_too_and_the_headers_that_tell_more(open_to_pages: World) -> None:
    grants = [{"resourceId": "*", "actions": ["full"]}]
    body = {"name": "paced", "grants": grants, "requestsPerSecond": 1}
    paced = (await open_to_pages.admin("POST", "/api-keys", body)).json()["token"]
    page = Page(open_to_pages, ORIGIN)

    wrong = await page.fetch("POST", "/search", {"prompt": ""})
    stranger = await page.fetch("POST", "/search", SEARCH, authorization="Bearer unknown")
    nowhere = await page.fetch("POST", "/nowhere", SEARCH)
    await page.fetch("POST", "/search", SEARCH, authorization=f"Bearer {paced}")
    hasty = await page.fetch("POST", "/search", SEARCH, authorization=f"Bearer {paced}")

    answers = (wrong, stranger, nowhere, hasty)
    assert [one.status_code for one in answers] == [400, 401, 404, 429]
    assert all(one.json()["detail"] and one.headers["x-request-id"] for one in answers)
    assert (hasty.headers["retry-after"], hasty.headers["ratelimit"]) == ("1", '"key";r=0;t=1')
    assert hasty.headers["ratelimit-policy"] == '"key";q=1;w=1'


async def test_a_failure_inside_is_readable_too(
    open_to_pages: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(open_to_pages.services.lookup, "search", fail)

    assert (await Page(open_to_pages, ORIGIN).fetch("POST", "/search", SEARCH)).status_code == 500


@pytest.mark.parametrize(
    "origin", [ANOTHER, "null", f"{ORIGIN}.evil.example", f"{ORIGIN}:444", ORIGIN.upper()]
)
async def test_a_page_of_another_origin_is_blocked(tmp_path: Path, origin: str) -> None:
    async with open_world(tmp_path / "data", front=Front(cors=Cors([ORIGIN]))) as world:
        with pytest.raises(BlockedByBrowser):
            await Page(world, origin).fetch("POST", "/entries/search", SEARCH)


async def test_without_the_setting_nothing_is_said_of_origins(world: World) -> None:
    with pytest.raises(BlockedByBrowser):
        await Page(world, ORIGIN).fetch("POST", "/entries/search", SEARCH)
    answer = await world.call("POST", "/search", SEARCH, headers={"Origin": ORIGIN})
    assert not [name for name in answer.headers if name.startswith("access-control") or name == "vary"]


async def test_what_is_said_to_one_origin_is_not_kept_for_another(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data", front=Front(cors=Cors([ORIGIN]))) as world:
        to_page = await world.call("POST", "/search", SEARCH, headers={"Origin": ORIGIN})
        to_script = await world.call("POST", "/search", SEARCH)

    assert (to_page.headers["vary"], to_script.headers["vary"]) == ("Origin", "Origin")
    assert to_page.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in to_script.headers


async def test_credentials_are_never_allowed(open_to_pages: World) -> None:
    answer = await open_to_pages.call("POST", "/search", SEARCH, headers={"Origin": ORIGIN})

    assert "access-control-allow-credentials" not in answer.headers


async def test_a_preflight_needs_no_key_and_an_options_that_is_none_is_refused(open_to_pages: World) -> None:
    target = f"/v1/caches/{open_to_pages.cache_id}/entries"
    asked = {"origin": ORIGIN, "access-control-request-method": "DELETE"}

    allowed = await open_to_pages.client.request("OPTIONS", target, headers=asked)
    plain = await open_to_pages.client.request("OPTIONS", target, headers={"origin": ORIGIN})

    assert (allowed.status_code, allowed.content) == (204, b"")
    assert plain.status_code == 405
