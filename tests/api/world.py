"""A whole server in a test: real services and engine, toy embedder, fake clock, HTTP by ASGI.

Every answer that a test provokes through it is held against the server's own OpenAPI document.
"""

import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from jsonschema import Draft202012Validator
from starlette.types import ASGIApp
from tests.support.toy_embedder import ToyEmbedder
from tests.support.toy_pair_model import ToyPairModel

from askonce.api.openapi import document
from askonce.api.server import DIRECT, Administration, Front, Limits, Services, build
from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.judge.panel import Panel
from askonce.model.audit import SERVER
from askonce.model.cache import Fingerprint
from askonce.model.key import ADMIN_PREFIX, Access, Grant
from askonce.model.query import Strategy
from askonce.ports import Engine, Upkeep
from askonce.service.caches import Caches, CacheSpec
from askonce.service.control import Control
from askonce.service.embedding import Embedding
from askonce.service.entries import Entries
from askonce.service.gate import Gate
from askonce.service.keys import Keys, new_token
from askonce.service.lookup import Lookup
from askonce.service.stock import Stock
from askonce.service.usage import Usage

Json = Any
LIMITS = Limits(
    max_body_bytes=200_000,
    max_prompt_chars=1_000,
    max_response_chars=2_000,
    max_concurrent_requests=8,
    request_timeout_s=20.0,
)
ANOTHER = Fingerprint("larger", 3, "of other weights")  # Known to the settings; the world can not run it.
START_MS = 1_767_225_600_000  # 2026-01-01
EMBEDDERS = {"bundled": ToyEmbedder.fingerprint, "another": ANOTHER}
NEW_CACHE: Json = {
    "name": "support",
    "databaseId": "default",
    "defaultSearchThreshold": 0.9,
    "defaultTtlMillis": 60_000,
    "attributes": ["user", "language"],
}
KEY = ""  # Stands for "the world's own key" in `World.call`.


@dataclass
class FakeClock:
    at_ms: int = START_MS

    def now_ms(self) -> int:
        return self.at_ms

    def advance(self, *, ms: int) -> None:
        self.at_ms += ms


@dataclass
class World:
    app: ASGIApp
    client: httpx2.AsyncClient
    limits: Limits
    caches: Caches
    clock: FakeClock
    embedder: ToyEmbedder
    pair_model: ToyPairModel
    cache_id: str
    key: str
    admin_token: str
    services: Services
    control: Control
    directory: Path
    answers: list[httpx2.Response] = field(default_factory=list)

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
        cache_id: str | None = None,
    ) -> httpx2.Response:
        """A request to `path` below the cache; one that begins with `//` is below the root."""
        target = path[1:] if path.startswith("//") else f"/v1/caches/{cache_id or self.cache_id}{path}"
        sent = dict(headers or {})
        if key is not None:
            sent.setdefault("Authorization", f"Bearer {key or self.key}")
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        response = await self.client.request(method, target, content=content, headers=sent)
        hold_against_document(response, self.limits)
        self.answers.append(response)
        return response

    async def admin(self, method: str, path: str, body: Json = None) -> httpx2.Response:
        """A request below `/v1` with the admin token."""
        return await self.call(method, f"//v1{path}", body, key=self.admin_token)

    async def set(self, prompt: str, response: str = "an answer", **fields: Json) -> str:
        answer = await self.call("POST", "/entries", {"prompt": prompt, "response": response, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["entryId"])

    async def search(self, prompt: str, **fields: Json) -> list[Json]:
        answer = await self.call("POST", "/entries/search", {"prompt": prompt, **fields})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])

    async def prompts(self) -> list[str]:
        """The prompts of every entry that stands alone and can be embedded, seen through the front door."""
        hits = await self.search("anything", similarityThreshold=0, maxResults=1_000)
        return sorted(hit["prompt"] for hit in hits)

    async def mint(self, access: Access, cache_id: str | None = None) -> str:
        return await self.caches.mint_key(cache_id or self.cache_id, access.name, access)

    async def mint_for(self, grants: Sequence[Grant]) -> str:
        assert self.services.administration is not None
        return (await self.services.administration.keys.mint("made by a test", grants, None, SERVER)).token

    async def new_cache(
        self, attributes: Sequence[str], *, ttl_ms: int | None = None, strategies: Sequence[Strategy] = ()
    ) -> tuple[str, str]:
        """The id of another cache and a key to it."""
        spec = CacheSpec(
            "another",
            attributes=tuple(attributes),
            default_ttl_ms=ttl_ms,
            strategies=tuple(strategies) or (Strategy.SEMANTIC,),
            default_threshold=0.8,
        )
        cache = await self.caches.create(spec)
        return cache.id, await self.mint(Access.FULL, cache.id)


@asynccontextmanager
async def open_world(
    directory: Path,
    limits: Limits = LIMITS,
    *,
    engine: Engine | None = None,
    upkeep: Upkeep | None = None,
    front: Front = DIRECT,
) -> AsyncIterator[World]:
    """`engine` and `upkeep` take the place of the real ones where a test needs them to fail."""
    clock = FakeClock()
    made = await _copy_of_first_start(directory)
    embedded = EmbeddedEngine.open(directory, now_ms=clock.now_ms(), durability=Durability.PROCESS)
    catalog = EmbeddedCatalog.open(directory / CATALOG_NAME)
    embedder, pair_model = ToyEmbedder(), ToyPairModel()
    embedding = Embedding({"bundled": embedder}, timeout_s=10)
    used = engine or embedded
    caches = Caches(catalog, catalog, EMBEDDERS, clock)
    usage = Usage({})
    administration = Administration(
        Control(catalog, catalog, caches, embedded, usage, clock),
        Keys(catalog, catalog, clock),
        Keys(catalog, catalog, clock, is_admin=True),
        usage,
        Stock(catalog, catalog, embedded, embedding, clock),
    )
    services = Services(
        Gate(catalog, clock, usage),
        Lookup(used, embedding, Panel(pair_model, timeout_s=10), clock),
        Entries(used, embedding, clock),
        upkeep or embedded,
        administration,
    )
    app = build(services, limits, front)
    transport = httpx2.ASGITransport(app=app)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://askonce") as client:
            yield World(
                app,
                client,
                limits,
                caches,
                clock,
                embedder,
                pair_model,
                *made,
                services,
                administration.control,
                directory,
            )
    finally:
        catalog.close()
        embedded.close()


_template: tuple[tempfile.TemporaryDirectory[str], tuple[str, str, str]] | None = None


async def _copy_of_first_start(directory: Path) -> tuple[str, str, str]:
    """Fill `directory` with a cache and its key; their ids and the admin token. Copied: a test has no time to
    wait for the disk that a first start waits for.
    """
    global _template
    if _template is None:
        folder = tempfile.TemporaryDirectory()
        _template = (folder, await _first_start(Path(folder.name)))
    shutil.copytree(_template[0].name, directory, dirs_exist_ok=True)
    return _template[1]


async def _first_start(directory: Path) -> tuple[str, str, str]:
    EmbeddedEngine.open(directory, now_ms=START_MS).close()
    catalog = EmbeddedCatalog.open(directory / CATALOG_NAME)
    caches = Caches(catalog, catalog, {"bundled": ToyEmbedder.fingerprint}, FakeClock())
    cache = await caches.create(CacheSpec("test", default_threshold=0.8))
    key = await caches.mint_key(cache.id, "test")
    admin_token = new_token(ADMIN_PREFIX)
    await caches.admit_admin(admin_token, "main", "test")
    catalog.close()
    return cache.id, key, admin_token


_DOCUMENTS: dict[Limits, Json] = {}


def hold_against_document(response: httpx2.Response, limits: Limits = LIMITS) -> None:
    """Status, content type, headers and body are what the OpenAPI document says of this call."""
    if limits not in _DOCUMENTS:
        _DOCUMENTS[limits] = document(limits)
    described = _DOCUMENTS[limits]
    told = _described_answer(described, response)
    for name, header in told.get("headers", {}).items():
        assert name in response.headers or not header.get("required"), f"{name} is missing"
    assert "x-request-id" in response.headers
    contents = told.get("content", {})
    media_type = response.headers.get("content-type", "").split(";")[0]
    if not contents:
        assert (response.content, media_type) == (b"", "")
        return
    assert media_type in contents, f"{media_type} is not in the document for {response.status_code}"
    if media_type == "application/json" and response.request.method != "HEAD":
        schema = {**contents[media_type]["schema"], "components": described["components"]}
        Draft202012Validator(schema).validate(response.json())


def _described_answer(described: Json, response: httpx2.Response) -> Json:
    status, method = str(response.status_code), response.request.method.lower()
    path = response.request.url.raw_path.decode().partition("?")[0]
    calls = next((calls for template, calls in described["paths"].items() if _fits(template, path)), None)
    method = "get" if method == "head" else method
    if calls is None or method not in calls:
        assert status in ("404", "405"), f"{method} {path} is not in the document and answers {status}"
        return described["components"]["responses"][f"Problem{status}"]
    told = calls[method]["responses"]
    assert status in told, f"{method} {path} answers {status}, which is not in the document"
    told = told[status]
    return described["components"]["responses"][told["$ref"].rsplit("/")[-1]] if "$ref" in told else told


def _fits(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{entryId\\}", ".+", re.escape(template))
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", pattern), path) is not None
