"""The JSON of the control plane as JSON Schema. Every bound is the constant that the validation uses."""

from collections.abc import Mapping, Sequence

from askonce.api.wire.control import (
    DATABASE_ID,
    EVICTION_POLICIES,
    FAILURES,
    MAX_DECLARED,
    NO_TTL,
    REQUIRED,
    TTL_MODES,
)
from askonce.api.wire.requests import JUDGES, STRATEGIES
from askonce.api.wire.schemas import EXAMPLE_ID, ID_PATTERN, Schema, object_schema, reference
from askonce.model.attributes import ANY_NAME, MAX_NAME_CHARS
from askonce.model.bounds import MAX_BYTES_BOUND, MAX_CHARS_BOUND, MAX_ENTRIES_BOUND
from askonce.model.entry import MAX_TTL_MS
from askonce.service.caches import DATABASES, MAX_CACHE_NAME_CHARS
from askonce.settings import BUNDLED_EMBEDDER

EXAMPLE_NEW_CACHE: Schema = {
    "name": "support",
    "databaseId": "default",
    "defaultSearchThreshold": 0.95,
    "defaultTtlMillis": -1,
    "attributes": ["language"],
}
EXAMPLE_CACHE: Schema = {
    "cacheId": EXAMPLE_ID,
    **EXAMPLE_NEW_CACHE,
    "databaseName": DATABASES["default"],
    "searchStrategies": ["semantic"],
    "embeddingProvider": BUNDLED_EMBEDDER,
    "embeddingModel": "all-MiniLM-L6-v2",
    "embeddingDimensions": 384,
    "status": "READY",
    "createdAt": "2026-11-24T01:25:04.123000Z",
    "onEmbedderFailure": "error",
    "judge": "model",
    "minConfidence": 0.5,
    "maxPromptChars": None,
    "maxResponseChars": None,
    "maxEntries": 100_000,
    "maxBytes": None,
    "evictionPolicy": "lru",
    "ttlMode": "fixed",
    "entryCount": 1200,
    "bytes": 3_400_000,
    "lastUsedAt": "2026-11-24T02:30:00Z",
}


def control_schemas(embedders: Sequence[str], databases: Sequence[str]) -> Schema:
    return {
        "NewCache": _new_cache(embedders, databases),
        "CacheChanges": _cache_changes(),
        "Cache": _CACHE,
        "CacheList": object_schema({"caches": {"type": "array", "items": reference("Cache")}}),
        "CacheId": object_schema({"cacheId": _CACHE_ID}),
        "EmbeddingProviders": object_schema(
            {"embeddingProviders": {"type": "array", "items": reference("EmbeddingProvider")}}
        ),
        "EmbeddingProvider": object_schema(
            {
                "name": {"type": "string", "description": "What the settings call it."},
                "models": {"type": "array", "items": reference("EmbeddingModel")},
            }
        ),
        "EmbeddingModel": object_schema(
            {
                "name": {"type": "string", "description": "The model's name at its provider."},
                "dimensions": {"type": "integer", "minimum": 1, "description": "Length of its vectors."},
            }
        ),
    }


def _new_cache(embedders: Sequence[str], databases: Sequence[str]) -> Schema:
    return {
        "type": "object",
        "required": list(REQUIRED),
        "properties": {
            **{name: _without_null(field) if name in REQUIRED else field for name, field in _WRITTEN.items()},
            "databaseId": {
                "enum": list(databases),
                "description": f"The engine that keeps the entries; names match `{DATABASE_ID}`.",
            },
            "embeddingProvider": {
                "enum": [*embedders, None],
                "description": (
                    f"The embedder, one of the settings. Default: `{BUNDLED_EMBEDDER}`. An `embeddingModel`"
                    " beside it must be its model."
                ),
            },
        },
        "examples": [EXAMPLE_NEW_CACHE],
    }


def _cache_changes() -> Schema:
    return {
        "type": "object",
        "properties": dict(_WRITTEN),
        "examples": [{"defaultSearchThreshold": 0.9, "attributes": ["language", "tenant"]}],
    }


def _without_null(field: Schema) -> Schema:
    return {**field, "type": field["type"][0]}


def _bound(meaning: str, most: int = MAX_CHARS_BOUND, without: str = "what the server takes") -> Schema:
    return {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": most,
        "description": f"{meaning} `null`: {without}. AskOnce only.",
    }


_CACHE_ID: Schema = {"type": "string", "pattern": ID_PATTERN, "description": "Names the cache."}
_MAX_ENTRIES = _bound("The most entries.", MAX_ENTRIES_BOUND, "any number")
_MAX_BYTES = _bound("The most bytes of texts and vectors.", MAX_BYTES_BOUND, "any number")
_EVICTION = (
    "Who goes when the cache is full: the least recently used, the least frequently used, the oldest, or"
    " nobody: then a set is answered 424."
)
_TTL_MODE = "Whether an entry's life counts from its set, or begins anew with every hit."
_WRITTEN: Mapping[str, Schema] = {
    "name": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": MAX_CACHE_NAME_CHARS,
        "description": "What people call it.",
    },
    "defaultSearchThreshold": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "The least similarity served where a search names none.",
    },
    "defaultTtlMillis": {
        "type": ["integer", "null"],
        "minimum": NO_TTL,
        "maximum": MAX_TTL_MS,
        "description": "Life of an entry that is set without one; -1 and 0: for ever.",
    },
    "attributes": {
        "type": ["array", "null"],
        "maxItems": MAX_DECLARED,
        "uniqueItems": True,
        "if": {"type": "array", "contains": {"const": ANY_NAME}},
        "then": {"maxItems": 1},
        "items": {"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS},
        "description": 'Names that entries may carry. `["*"]`: any name; `[]`: none.',
    },
    "searchStrategies": {
        "type": ["array", "null"],
        "minItems": 1,
        "items": {"enum": list(STRATEGIES)},
        "description": "What searches look by, in this order. Default: `semantic`.",
    },
    "onEmbedderFailure": {
        "enum": [*FAILURES, None],
        "description": "What a search answers that needs an embedder which fails: 424, or a miss.",
    },
    "judge": {
        "enum": [*JUDGES, None],
        "description": "What looks at a similar entry before it is served: nobody, the rules, or the rules"
        " and the model. AskOnce only.",
    },
    "minConfidence": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "The least confidence of the model where a search names none. AskOnce only.",
    },
    "maxPromptChars": _bound("The longest prompt."),
    "maxResponseChars": _bound("The longest response."),
    "maxEntries": _MAX_ENTRIES,
    "maxBytes": _MAX_BYTES,
    "evictionPolicy": {
        "enum": [*EVICTION_POLICIES, None],
        "description": f"{_EVICTION} AskOnce only.",
    },
    "ttlMode": {"enum": [*TTL_MODES, None], "description": f"{_TTL_MODE} AskOnce only."},
}
_CACHE: Schema = object_schema(
    {
        "cacheId": _CACHE_ID,
        "name": {"type": "string", "description": "What people call it."},
        "databaseId": {"type": "string", "description": "The engine that keeps its entries."},
        "databaseName": {"type": "string", "description": "That engine, for people."},
        "defaultSearchThreshold": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The least similarity served where a search names none.",
        },
        "defaultTtlMillis": {
            "type": "integer",
            "minimum": NO_TTL,
            "description": "Life of an entry that is set without one; -1: for ever.",
        },
        "attributes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Names that entries may carry.",
        },
        "searchStrategies": {
            "type": "array",
            "items": {"enum": list(STRATEGIES)},
            "description": "What searches look by.",
        },
        "embeddingProvider": {"type": "string", "description": "The embedder, as the settings call it."},
        "embeddingModel": {"type": "string", "description": "Its model."},
        "embeddingDimensions": {"type": "integer", "minimum": 1, "description": "Length of its vectors."},
        "status": {
            "enum": ["PROVISIONING", "READY", "UNAVAILABLE"],
            "description": "Whether searches can be answered; `failure` says why not.",
        },
        "createdAt": {"type": "string", "format": "date-time", "description": "When it was made."},
        "onEmbedderFailure": {
            "enum": list(FAILURES),
            "description": "What a search answers when the embedder fails. AskOnce only.",
        },
        "judge": {"enum": list(JUDGES), "description": "What looks at a similar entry. AskOnce only."},
        "minConfidence": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The least confidence of the model. AskOnce only.",
        },
        "maxPromptChars": _bound("The longest prompt."),
        "maxResponseChars": _bound("The longest response."),
        "maxEntries": _MAX_ENTRIES,
        "maxBytes": _MAX_BYTES,
        "evictionPolicy": {"enum": list(EVICTION_POLICIES), "description": f"{_EVICTION} AskOnce only."},
        "ttlMode": {"enum": list(TTL_MODES), "description": f"{_TTL_MODE} AskOnce only."},
        "entryCount": {"type": "integer", "minimum": 0, "description": "Live entries. AskOnce only."},
        "bytes": {
            "type": "integer",
            "minimum": 0,
            "description": "Texts and vectors of its entries, those that wait for a sweep too. AskOnce only.",
        },
        "lastUsedAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When a key was last let in to it; null: never. AskOnce only.",
        },
    }
)
_CACHE["properties"]["failure"] = {"type": "string", "description": "Why it is not ready."}
