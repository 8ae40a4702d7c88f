"""The control plane's JSON about caches, both ways.

Three rules where the published API is silent: of members that a cache keeps for life another value is
refused, and its own is ignored, so that what was read can be sent back; `null` takes an optional bound away;
and attribute names may be changed at any time, since entries keep theirs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from askonce.api.wire.faults import Faults
from askonce.api.wire.fields import Fields
from askonce.api.wire.json_text import parse_object
from askonce.api.wire.requests import JUDGES, STRATEGIES
from askonce.model.attributes import ANY_NAME, MAX_NAME_CHARS, AttributeNames
from askonce.model.bounds import (
    MAX_BYTES_BOUND,
    MAX_CHARS_BOUND,
    MAX_ENTRIES_BOUND,
    Bounds,
    EvictionPolicy,
)
from askonce.model.cache import (
    DEFAULT_DATABASE,
    DEFAULT_JUDGE,
    DEFAULT_MIN_CONFIDENCE,
    DEFAULT_STRATEGIES,
    Cache,
    Fingerprint,
    OnEmbedderFailure,
    TtlMode,
)
from askonce.model.entry import MAX_TTL_MS
from askonce.model.judgement import JudgeMode
from askonce.model.query import Strategy
from askonce.service.caches import MAX_CACHE_NAME_CHARS, CacheSpec
from askonce.service.control import CacheReport
from askonce.settings import BUNDLED_EMBEDDER

NO_TTL = -1  # What the API calls "no expiry"; 0 is read the same.
MAX_DECLARED = 1_000  # LangCache stops at 5. Names are compared in memory; nobody has shown a use for more.
MAX_PROVIDER_CHARS = 128
DATABASE_ID = "^[A-Za-z0-9-]{1,32}$"
FAILURES = tuple(one.value for one in OnEmbedderFailure)
EVICTION_POLICIES = tuple(one.value for one in EvictionPolicy)
TTL_MODES = tuple(one.value for one in TtlMode)
REQUIRED = ("name", "databaseId", "defaultSearchThreshold", "defaultTtlMillis", "attributes")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class _CacheAnswer(msgspec.Struct, rename="camel", omit_defaults=True):
    cache_id: str
    name: str
    database_id: str
    database_name: str
    default_search_threshold: float
    default_ttl_millis: int
    attributes: list[str]
    search_strategies: list[str]
    embedding_provider: str
    embedding_model: str
    embedding_dimensions: int
    status: str
    created_at: datetime
    on_embedder_failure: str  # From here on additive, but for `failure`.
    judge: str
    min_confidence: float
    max_prompt_chars: int | None
    max_response_chars: int | None
    max_entries: int | None
    max_bytes: int | None
    eviction_policy: str
    ttl_mode: str
    entry_count: int
    bytes: int
    last_used_at: datetime | None
    failure: str | None = None


class _CachesAnswer(msgspec.Struct):
    caches: list[_CacheAnswer]


class _CacheId(msgspec.Struct, rename="camel"):
    cache_id: str


class _Model(msgspec.Struct):
    name: str
    dimensions: int


class _Provider(msgspec.Struct):
    name: str
    models: list[_Model]


class _Providers(msgspec.Struct, rename="camel"):
    embedding_providers: list[_Provider]


def read_new_cache(
    body: bytes, embedders: Mapping[str, Fingerprint], databases: Mapping[str, str]
) -> CacheSpec:
    """Raises `InvalidRequest` with every fault."""
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    fields.require(*REQUIRED)
    name = fields.text("name", least=1, most=MAX_CACHE_NAME_CHARS) if fields.has_value("name") else ""
    threshold = fields.number("defaultSearchThreshold", 0, least=0, most=1)
    spec = CacheSpec(
        name=name,
        attributes=_attribute_names(fields, faults) or (),
        default_threshold=threshold,
        default_ttl_ms=_ttl_ms(fields, None),
        strategies=_strategies(fields, DEFAULT_STRATEGIES),
        embedder=_embedder(fields, embedders),
        database=_database(fields, faults, databases),
        bounds=_bounds(fields, Bounds()),
        on_embedder_failure=_on_embedder_failure(fields, OnEmbedderFailure.ERROR),
        ttl_mode=_ttl_mode(fields, TtlMode.FIXED),
        judge=_judge(fields, DEFAULT_JUDGE),
        min_confidence=fields.number("minConfidence", DEFAULT_MIN_CONFIDENCE, least=0, most=1),
    )
    faults.raise_if_any()
    return spec


def edit_of(body: bytes) -> Callable[[Cache], Cache]:
    """What a PATCH makes of a cache. The function returned raises `InvalidRequest` with every fault."""

    def edit(cache: Cache) -> Cache:
        faults = Faults()
        fields = Fields(parse_object(body, faults), faults)
        _refuse_changes_for_life(fields, cache, faults)
        names = _attribute_names(fields, faults)
        name = cache.name
        if fields.has_value("name"):
            name = fields.text("name", least=1, most=MAX_CACHE_NAME_CHARS)
        edited = replace(
            cache,
            name=name,
            attributes=cache.attributes if names is None else AttributeNames.declared(names),
            default_threshold=fields.number(
                "defaultSearchThreshold", cache.default_threshold, least=0, most=1
            ),
            default_ttl_ms=_ttl_ms(fields, cache.default_ttl_ms),
            strategies=_strategies(fields, cache.strategies),
            bounds=_bounds(fields, cache.bounds),
            on_embedder_failure=_on_embedder_failure(fields, cache.on_embedder_failure),
            ttl_mode=_ttl_mode(fields, cache.ttl_mode),
            judge=_judge(fields, cache.judge),
            min_confidence=fields.number("minConfidence", cache.min_confidence, least=0, most=1),
        )
        faults.raise_if_any()
        return edited

    return edit


def encode_cache(report: CacheReport) -> bytes:
    return _encode(_cache_answer(report))


def encode_caches(reports: Sequence[CacheReport]) -> bytes:
    return _encode(_CachesAnswer([_cache_answer(report) for report in reports]))


def encode_cache_id(cache_id: str) -> bytes:
    return _encode(_CacheId(cache_id))


def encode_providers(embedders: Mapping[str, Fingerprint]) -> bytes:
    providers = [
        _Provider(name, [_Model(one.model, one.dimensions)]) for name, one in sorted(embedders.items())
    ]
    return _encode(_Providers(providers))


def _cache_answer(report: CacheReport) -> _CacheAnswer:
    cache = report.cache
    return _CacheAnswer(
        cache_id=cache.id,
        name=cache.name,
        database_id=cache.database,
        database_name=report.database,
        default_search_threshold=cache.default_threshold,
        default_ttl_millis=NO_TTL if cache.default_ttl_ms is None else cache.default_ttl_ms,
        attributes=cache.attributes.listed(),
        search_strategies=[strategy.value for strategy in cache.strategies],
        embedding_provider=cache.embedder,
        embedding_model=cache.fingerprint.model,
        embedding_dimensions=cache.fingerprint.dimensions,
        status="READY" if report.failure is None else "UNAVAILABLE",
        failure=report.failure,
        created_at=_time(cache.created_at_ms),
        last_used_at=None if report.last_used_ms is None else _time(report.last_used_ms),
        on_embedder_failure=cache.on_embedder_failure.value,
        judge=cache.judge.value,
        min_confidence=cache.min_confidence,
        max_prompt_chars=cache.bounds.max_prompt_chars,
        max_response_chars=cache.bounds.max_response_chars,
        max_entries=cache.bounds.max_entries,
        max_bytes=cache.bounds.max_bytes,
        eviction_policy=cache.bounds.eviction.value,
        ttl_mode=cache.ttl_mode.value,
        entry_count=report.size.entries,
        bytes=report.size.bytes,
    )


def _time(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _ttl_ms(fields: Fields, current: int | None) -> int | None:
    if not fields.has_value("defaultTtlMillis"):
        return current
    given = fields.integer("defaultTtlMillis", None, least=NO_TTL, most=MAX_TTL_MS)
    return given if given is not None and given > 0 else None


def _strategies(fields: Fields, current: Sequence[Strategy]) -> Sequence[Strategy]:
    chosen = fields.choices("searchStrategies", STRATEGIES)
    return current if chosen is None else tuple(Strategy(one) for one in chosen if one in STRATEGIES)


def _attribute_names(fields: Fields, faults: Faults) -> list[str] | None:
    names = fields.names("attributes", most_chars=MAX_NAME_CHARS, most=MAX_DECLARED)
    if names is not None and ANY_NAME in names and len(names) > 1:
        faults.add("attributes", "exclusive", f"attributes must hold names, or {ANY_NAME!r} alone.")
    return names


def _bounds(fields: Fields, current: Bounds) -> Bounds:
    return Bounds(
        max_prompt_chars=_bound(fields, "maxPromptChars", current.max_prompt_chars, MAX_CHARS_BOUND),
        max_response_chars=_bound(fields, "maxResponseChars", current.max_response_chars, MAX_CHARS_BOUND),
        max_entries=_bound(fields, "maxEntries", current.max_entries, MAX_ENTRIES_BOUND),
        max_bytes=_bound(fields, "maxBytes", current.max_bytes, MAX_BYTES_BOUND),
        eviction=EvictionPolicy(fields.choice("evictionPolicy", current.eviction.value, EVICTION_POLICIES)),
    )


def _bound(fields: Fields, name: str, current: int | None, most: int) -> int | None:
    """`null` takes a bound away; a member that is not there leaves it as it is."""
    return fields.integer(name, None, least=1, most=most) if fields.has(name) else current


def _on_embedder_failure(fields: Fields, current: OnEmbedderFailure) -> OnEmbedderFailure:
    return OnEmbedderFailure(fields.choice("onEmbedderFailure", current.value, FAILURES))


def _ttl_mode(fields: Fields, current: TtlMode) -> TtlMode:
    return TtlMode(fields.choice("ttlMode", current.value, TTL_MODES))


def _judge(fields: Fields, current: JudgeMode) -> JudgeMode:
    return JudgeMode(fields.choice("judge", current.value, JUDGES))


def _embedder(fields: Fields, embedders: Mapping[str, Fingerprint]) -> str:
    name = fields.choice("embeddingProvider", BUNDLED_EMBEDDER, sorted(embedders))
    fields.choice("embeddingModel", embedders[name].model, [embedders[name].model])
    return name


def _database(fields: Fields, faults: Faults, databases: Mapping[str, str]) -> str:
    if not fields.has_value("databaseId"):
        return DEFAULT_DATABASE
    given = fields.text("databaseId", least=1, most=32)
    if given and len(given) <= 32 and not re.fullmatch(DATABASE_ID, given):
        faults.add("databaseId", "pattern", "databaseId must consist of letters, digits and hyphens.")
    elif given and len(given) <= 32 and given not in databases:
        faults.add("databaseId", "known", f"databaseId must be one of {', '.join(databases)}.")
    return given


def _refuse_changes_for_life(fields: Fields, cache: Cache, faults: Faults) -> None:
    kept: Mapping[str, object] = {
        "cacheId": cache.id,
        "databaseId": cache.database,
        "embeddingProvider": cache.embedder,
        "embeddingModel": cache.fingerprint.model,
        "embeddingDimensions": cache.fingerprint.dimensions,
    }
    for name, value in kept.items():
        if fields.has_value(name) and not fields.is_equal(name, value):
            faults.add(name, "immutable", f"{name} of a cache can not be changed.")
