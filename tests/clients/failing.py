"""The real API and services over a storage that fails as a test says, served in a thread of this process."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from tests.support.failing_engine import FailingEngine
from tests.support.server import PRESET, Credentials
from tests.support.toy_pair_model import ToyPairModel

from askonce.api.server import Limits, Services, build
from askonce.judge.panel import Panel
from askonce.model.attributes import AttributeNames
from askonce.model.audit import Act
from askonce.model.cache import Cache, Fingerprint
from askonce.model.judgement import JudgeMode
from askonce.model.key import Access, Grant, Key, token_digest
from askonce.model.query import Strategy
from askonce.service.embedding import Embedding
from askonce.service.entries import Entries
from askonce.service.gate import Gate
from askonce.service.lookup import Lookup
from askonce.service.usage import Usage

GONE = Credentials("f" * 32, PRESET.api_key)  # The key has a grant on it; the cache itself is not there.
LIMITS = Limits(
    max_body_bytes=65_536,
    max_prompt_chars=1_024,
    max_response_chars=1_024,
    max_concurrent_requests=8,
    request_timeout_s=10,
)


class OneCache:
    """A catalog with the cache `PRESET`, and its key, which has a grant on `GONE` too."""

    _cache = Cache(
        id=PRESET.cache_id,
        name="default",
        attributes=AttributeNames.declared(["*"]),
        default_threshold=0.9,
        judge=JudgeMode.RULES,
        min_confidence=0.4,
        default_ttl_ms=None,
        strategies=(Strategy.EXACT,),  # So that no embedder is needed.
        embedder="none",
        fingerprint=Fingerprint("none", 4, ""),
        created_at_ms=0,
    )
    _key = Key(
        id="key",
        name="key",
        digest=token_digest(PRESET.api_key),
        grants=[Grant(cache.cache_id, Access.FULL) for cache in (PRESET, GONE)],
        created_at_ms=0,
    )

    async def caches(self) -> Sequence[Cache]:
        return [self._cache]

    async def find_cache(self, cache_id: str) -> Cache | None:
        return self._cache if cache_id == self._cache.id else None

    async def add_cache(self, cache: Cache, act: Act) -> None:
        raise NotImplementedError

    async def find_key(self, digest: bytes) -> Key | None:
        return self._key if digest == self._key.digest else None

    async def find_key_and_cache(self, digest: bytes, cache_id: str) -> tuple[Key | None, Cache | None]:
        return await self.find_key(digest), await self.find_cache(cache_id)

    async def keys(self) -> Sequence[Key]:
        raise NotImplementedError

    async def add_key(self, key: Key, act: Act) -> None:
        raise NotImplementedError


class StoppedClock:
    def now_ms(self) -> int:
        return 0


@contextmanager
def served(engine: FailingEngine) -> Iterator[str]:
    """The API over `engine`, in a thread of this process. Its URL."""
    catalog, embedding, clock = OneCache(), Embedding({}, timeout_s=1), StoppedClock()
    services = Services(
        gate=Gate(catalog, clock, Usage({})),
        lookup=Lookup(engine, embedding, Panel(ToyPairModel(), timeout_s=10), clock),
        entries=Entries(engine, embedding, clock),
        upkeep=engine,
    )
    server = uvicorn.Server(uvicorn.Config(build(services, LIMITS), lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:  # A client may connect before it is served.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
