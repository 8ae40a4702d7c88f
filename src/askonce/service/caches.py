"""Making caches and the keys to them. A token leaves here once, as a return value, and is kept nowhere."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from askonce.errors import Fault, InvalidRequest, UnknownCache
from askonce.model.attributes import ANY_NAME, MAX_NAME_CHARS, AttributeNames
from askonce.model.audit import SERVER, Act, Caller, Details
from askonce.model.bounds import (
    MAX_BYTES_BOUND,
    MAX_CHARS_BOUND,
    MAX_ENTRIES_BOUND,
    UNBOUNDED,
    Bounds,
)
from askonce.model.cache import (
    DEFAULT_DATABASE,
    DEFAULT_JUDGE,
    DEFAULT_MIN_CONFIDENCE,
    DEFAULT_STRATEGIES,
    DEFAULT_THRESHOLD,
    Cache,
    Fingerprint,
    OnEmbedderFailure,
    TtlMode,
)
from askonce.model.entry import MAX_TTL_MS
from askonce.model.judgement import JudgeMode
from askonce.model.key import KEY_PREFIX, Access, Grant, Key, token_digest
from askonce.model.query import Strategy
from askonce.ports import Catalog, Clock, Keyring
from askonce.service.keys import describe, new_token
from askonce.settings import BUNDLED_EMBEDDER

MAX_CACHE_NAME_CHARS = 64  # LangCache's limit.
# `databaseId` to the name that people read: what there is without any setting.
DATABASES: Mapping[str, str] = {DEFAULT_DATABASE: "Embedded engine"}
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
    database: str = DEFAULT_DATABASE
    bounds: Bounds = UNBOUNDED
    on_embedder_failure: OnEmbedderFailure = OnEmbedderFailure.ERROR
    ttl_mode: TtlMode = TtlMode.FIXED

    def faults(self, embedders: Mapping[str, Fingerprint], databases: Mapping[str, str]) -> list[Fault]:
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
        ]
        faults = [
            Fault(name, rule, f"{name} must be {what}.") for holds, name, rule, what in checks if not holds
        ]
        return faults + _bound_faults(self.bounds) + _name_faults(self, embedders, databases)


class Caches:
    """`embedders` maps every embedder that the settings know to what it is today; `databases` every engine to
    its name for people.
    """

    def __init__(
        self,
        catalog: Catalog,
        keyring: Keyring,
        embedders: Mapping[str, Fingerprint],
        clock: Clock,
        databases: Mapping[str, str] = DATABASES,
    ) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._embedders = embedders
        self._clock = clock
        self.databases = databases

    def fingerprint_of(self, embedder: str) -> Fingerprint | None:
        return self._embedders.get(embedder)

    @property
    def embedders(self) -> Mapping[str, Fingerprint]:
        return self._embedders

    async def create(self, spec: CacheSpec, cache_id: str | None = None, by: Caller = SERVER) -> Cache:
        """Raises `InvalidRequest` with everything that is wrong with `spec`."""
        if faults := spec.faults(self._embedders, self.databases):
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
            database=spec.database,
            bounds=spec.bounds,
            on_embedder_failure=spec.on_embedder_failure,
            ttl_mode=spec.ttl_mode,
        )
        act = Act(cache.created_at_ms, by, "cache.create", cache.id, configuration(cache))
        await self._catalog.add_cache(cache, act)
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
        key = Key(key_id, name, token_digest(token), grants, self._clock.now_ms())
        act = Act(key.created_at_ms, SERVER, "key.mint", key.id, describe(key))
        await self._keyring.add_key(key, act)

    async def admit_admin(self, token: str, key_id: str, name: str) -> None:
        """Let `token` administer, in place of any other token of the admin key `key_id`."""
        key = Key(key_id, name, token_digest(token), (), self._clock.now_ms(), is_admin=True)
        await self._keyring.add_key(key, Act(key.created_at_ms, SERVER, "admin.mint", key.id, describe(key)))


def configuration(cache: Cache) -> Details:
    """What makes a cache what it is, as values of JSON."""
    told = asdict(cache) | {
        "attributes": cache.attributes.listed(),
        "strategies": [strategy.value for strategy in cache.strategies],
    }
    return {name: value for name, value in told.items() if name not in ("id", "created_at_ms")}


def _name_faults(
    spec: CacheSpec, embedders: Mapping[str, Fingerprint], databases: Mapping[str, str]
) -> list[Fault]:
    """Names of what this server has."""
    named = {
        "databaseId": (spec.database, databases, "engines of this server"),
        "embeddingProvider": (spec.embedder, embedders, "embedders of the settings"),
    }
    return [
        Fault(name, "known", f"{name} must be one of the {what}: {', '.join(sorted(known))}.")
        for name, (given, known, what) in named.items()
        if given not in known
    ]


def _bound_faults(bounds: Bounds) -> list[Fault]:
    given = {
        "maxPromptChars": (bounds.max_prompt_chars, MAX_CHARS_BOUND),
        "maxResponseChars": (bounds.max_response_chars, MAX_CHARS_BOUND),
        "maxEntries": (bounds.max_entries, MAX_ENTRIES_BOUND),
        "maxBytes": (bounds.max_bytes, MAX_BYTES_BOUND),
    }
    return [
        Fault(name, "range", f"{name} must be from 1 to {most}, or unset.")
        for name, (value, most) in given.items()
        if value is not None and not 1 <= value <= most
    ]
