"""Making caches and the keys to them. A token leaves here once, as a return value, and is kept nowhere."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askonce.errors import Fault, InvalidRequest, UnknownCache
from askonce.model.attributes import ANY_NAME, MAX_NAME_CHARS, AttributeNames
from askonce.model.cache import (
    DEFAULT_JUDGE,
    DEFAULT_MIN_CONFIDENCE,
    DEFAULT_STRATEGIES,
    DEFAULT_THRESHOLD,
    Cache,
    Fingerprint,
)
from askonce.model.entry import MAX_TTL_MS
from askonce.model.judgement import JudgeMode
from askonce.model.key import KEY_PREFIX, TOKEN_BYTES, Access, Grant, Key, token_digest
from askonce.model.query import Strategy
from askonce.ports import Catalog, Clock, Keyring
from askonce.settings import BUNDLED_EMBEDDER

MAX_CACHE_NAME_CHARS = 64  # LangCache's limit.
CACHE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """A cache as its maker describes it. `attributes` lists names; `["*"]` admits any, `[]` none."""

    name: str
    attributes: Sequence[str] = (ANY_NAME,)
    default_threshold: float = DEFAULT_THRESHOLD
    judge: JudgeMode = DEFAULT_JUDGE
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    default_ttl_ms: int | None = None
    strategies: Sequence[Strategy] = DEFAULT_STRATEGIES
    embedder: str = BUNDLED_EMBEDDER

    def faults(self, embedders: Mapping[str, Fingerprint]) -> list[Fault]:
        checks = [
            (1 <= len(self.name) <= MAX_CACHE_NAME_CHARS, "name", "length", "1 to 64 characters"),
            (0 <= self.default_threshold <= 1, "defaultSearchThreshold", "range", "from 0 to 1"),
            (0 <= self.min_confidence <= 1, "minConfidence", "range", "from 0 to 1"),
            (
                self.default_ttl_ms is None or 1 <= self.default_ttl_ms <= MAX_TTL_MS,
                "defaultTtlMillis",
                "range",
                f"from 1 to {MAX_TTL_MS}, or unset",
            ),
            (
                all(1 <= len(name) <= MAX_NAME_CHARS for name in self.attributes),
                "attributes",
                "length",
                f"names of 1 to {MAX_NAME_CHARS} characters",
            ),
            (
                ANY_NAME not in self.attributes or len(self.attributes) == 1,
                "attributes",
                "exclusive",
                f"either names or {ANY_NAME!r} alone",
            ),
            (
                bool(self.strategies) and len(set(self.strategies)) == len(self.strategies),
                "searchStrategies",
                "distinct",
                "one or two different strategies",
            ),
            (
                self.embedder in embedders,
                "embedder",
                "known",
                f"one of the embedders of the settings: {', '.join(sorted(embedders))}",
            ),
        ]
        return [
            Fault(name, rule, f"{name} must be {what}.") for holds, name, rule, what in checks if not holds
        ]


class Caches:
    """`embedders` maps every embedder that the settings know to what it is today."""

    def __init__(
        self, catalog: Catalog, keyring: Keyring, embedders: Mapping[str, Fingerprint], clock: Clock
    ) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._embedders = embedders
        self._clock = clock

    def fingerprint_of(self, embedder: str) -> Fingerprint | None:
        return self._embedders.get(embedder)

    async def create(self, spec: CacheSpec, cache_id: str | None = None) -> Cache:
        """Raises `InvalidRequest` with everything that is wrong with `spec`."""
        if faults := spec.faults(self._embedders):
            raise InvalidRequest(faults)
        cache = Cache(
            id=cache_id or secrets.token_hex(16),
            name=spec.name,
            attributes=AttributeNames.declared(spec.attributes),
            default_threshold=spec.default_threshold,
            judge=spec.judge,
            min_confidence=spec.min_confidence,
            default_ttl_ms=spec.default_ttl_ms,
            strategies=tuple(spec.strategies),
            embedder=spec.embedder,
            fingerprint=self._embedders[spec.embedder],
            created_at_ms=self._clock.now_ms(),
        )
        await self._catalog.add_cache(cache)
        return cache

    async def mint_key(self, cache_id: str, name: str, access: Access = Access.FULL) -> str:
        """A new token for the cache, to be shown once. Raises `UnknownCache`."""
        token = new_token(KEY_PREFIX)
        await self.admit_token(token, secrets.token_hex(16), cache_id, name, access)
        return token

    async def admit_token(self, token: str, key_id: str, cache_id: str, name: str, access: Access) -> None:
        """Let `token` in, in place of any other token of the key `key_id`. Raises `UnknownCache`."""
        if await self._catalog.find_cache(cache_id) is None:
            raise UnknownCache(cache_id)
        grants = (Grant(cache_id, access),)
        await self._keyring.add_key(Key(key_id, name, token_digest(token), grants, self._clock.now_ms()))


def new_token(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)
