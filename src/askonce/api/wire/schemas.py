"""The JSON of the API as JSON Schema, for the OpenAPI document.

Every bound comes from the constant that the validation uses; tests hold the rest to what the server does.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from askonce.api.limits import Limits
from askonce.api.problems import types_of
from askonce.api.wire.requests import DEFAULT_RESULTS, JUDGES, STRATEGIES
from askonce.model.attributes import MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_VALUE_CHARS
from askonce.model.entry import MAX_TTL_MS
from askonce.model.query import MAX_RESULTS

# Values of JSON, which nothing but the encoder looks into.
Schema: TypeAlias = dict[str, Any]

ID_PATTERN = "^[0-9a-f]{32}$"
EXAMPLE_ID = "99b76fd71edf0428ef7ab8f8335597a9"
EXAMPLE_PROMPT = "How do I reset my password?"
EXAMPLE_RESPONSE = "Settings > Security > Reset."
EXAMPLE_ATTRIBUTES = {"language": "en"}
EXAMPLE_HIT = {
    "id": EXAMPLE_ID,
    "prompt": EXAMPLE_PROMPT,
    "response": EXAMPLE_RESPONSE,
    "attributes": EXAMPLE_ATTRIBUTES,
    "similarity": 0.982,
    "searchStrategy": "semantic",
    "createdAt": "2026-11-24T01:25:04.123000Z",
    "expiresAt": None,
    "confidence": 0.97,
    "judgement": {"judgedBy": ["rules", "askonce-judge 2"], "reasons": []},
}


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def schemas(limits: Limits) -> Schema:
    """Every named schema of the document."""
    return {
        "SearchRequest": _search_request(limits),
        "SetRequest": _set_request(limits),
        "DeleteRequest": _DELETE_REQUEST,
        "CacheEntry": _CACHE_ENTRY,
        "Judgement": _JUDGEMENT,
        "NearMiss": _NEAR_MISS,
        "SearchResponse": object_schema({"data": _HITS}, optional={"nearMisses": _NEAR_MISSES}),
        "ConversationSearchResponse": object_schema(
            {"actualPrompt": {"type": "string", "description": "What was searched for."}, "data": _HITS},
            optional={"nearMisses": _NEAR_MISSES},
        ),
        "SetResponse": object_schema({"entryId": {**_ENTRY_ID, "description": "Names the entry."}}),
        "DeleteResponse": object_schema(
            {"deletedEntriesCount": {"type": "integer", "minimum": 0, "description": "Entries removed."}}
        ),
        "Health": _HEALTH,
        "FieldFault": _FIELD_FAULT,
        "Attributes": _ATTRIBUTES,
    }


def problem_schema(status: int) -> Schema:
    """A problem of this status, with every `type` that some version of a client is told."""
    types = types_of(status)
    properties: Schema = {
        "title": {"type": "string", "description": "The problem in two or three words."},
        "status": {"const": status, "description": "The HTTP status."},
        "type": {
            "enum": types,
            "description": "The kind of problem; clients of older versions (by User-Agent) are told theirs.",
        },
        "detail": {"type": "string", "description": "This occurrence in a sentence."},
        "instance": {"type": "string", "description": "This occurrence: the X-Request-Id of the answer."},
    }
    if status == 400:
        properties["fields"] = {
            "type": "array",
            "minItems": 1,
            "items": reference("FieldFault"),
            "description": "Everything found wrong with the request.",
        }
    return object_schema(properties)


def object_schema(
    properties: Mapping[str, Schema], *, optional: Mapping[str, Schema] | None = None
) -> Schema:
    """An object in which every one of `properties` is there."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": {**properties, **(optional or {})},
    }


def _search_request(limits: Limits) -> Schema:
    return {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": _prompt(limits, "The question to look for."),
            "similarityThreshold": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 1,
                "description": "The least similarity of an answer, (1 + cosine) / 2. Default: the cache's.",
            },
            "searchStrategies": {
                "type": ["array", "null"],
                "minItems": 1,
                "items": {"enum": list(STRATEGIES)},
                "description": "What to look by, in this order. Default: the cache's.",
            },
            "maxResults": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MAX_RESULTS,
                "default": DEFAULT_RESULTS,
                "description": "The most entries to answer with, best first.",
            },
            "attributes": _attributes("Only entries that carry all of these are found."),
            "context": _context(limits, "Only entries set with the same context are found."),
            "judge": {
                "enum": [*JUDGES, None],
                "description": "What looks at a similar entry before it is served: nobody (`off`), the rules,"
                " or the rules and the trained model. Default: the cache's. AskOnce only.",
            },
            "minConfidence": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 1,
                "description": "The least probability, by the model, that one answer serves both questions."
                " Default: the cache's. AskOnce only.",
            },
            "explain": {
                "type": ["boolean", "null"],
                "default": False,
                "description": "Tell in `nearMisses` what was similar enough and not served, and why not."
                " AskOnce only.",
            },
        },
        "examples": [{"prompt": "how can I reset my password", "attributes": EXAMPLE_ATTRIBUTES}],
    }


def _set_request(limits: Limits) -> Schema:
    return {
        "type": "object",
        "required": ["prompt", "response"],
        "properties": {
            "prompt": _prompt(
                limits, "The question. One that differs only in case replaces the former entry."
            ),
            "response": {
                "type": "string",
                "maxLength": limits.max_response_chars,
                "description": "The answer to keep.",
            },
            "attributes": _attributes("What a search can ask for. Part of what makes the entry itself."),
            "ttlMillis": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MAX_TTL_MS,
                "description": "Milliseconds until it expires. Default: the cache's, which may be never.",
            },
            "context": _context(limits, "The entry is found only by searches with the same context."),
        },
        "examples": [
            {"prompt": EXAMPLE_PROMPT, "response": EXAMPLE_RESPONSE, "attributes": EXAMPLE_ATTRIBUTES}
        ],
    }


def _prompt(limits: Limits, description: str) -> Schema:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.max_prompt_chars,
        "description": description,
    }


def _context(limits: Limits, description: str) -> Schema:
    return {
        "type": ["array", "null"],
        "items": {"type": "string", "maxLength": limits.max_prompt_chars},
        "description": f"Earlier questions of the conversation, oldest first. {description}",
    }


def _attributes(description: str) -> Schema:
    return {"anyOf": [reference("Attributes"), {"type": "null"}], "description": description}


_ATTRIBUTES: Schema = {
    "type": "object",
    "maxProperties": MAX_ATTRIBUTES,
    "propertyNames": {"minLength": 1, "maxLength": MAX_NAME_CHARS},
    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": MAX_VALUE_CHARS},
    "description": (
        f"Names of up to {MAX_NAME_CHARS} characters and values of up to {MAX_VALUE_CHARS}, none of them"
        " empty. A cache can restrict the names."
    ),
}
_DELETE_REQUEST: Schema = {
    "type": "object",
    "properties": {
        "attributes": _attributes("Entries that carry all of these are removed; none given: every entry.")
    },
    # Members without `attributes` among them are most likely a misspelling, and would empty the cache.
    "anyOf": [{"required": ["attributes"]}, {"maxProperties": 0}],
    "examples": [{"attributes": EXAMPLE_ATTRIBUTES}],
}
_ENTRY_ID: Schema = {"type": "string", "pattern": ID_PATTERN}
_CONFIDENCE: Schema = {
    "type": ["number", "null"],
    "minimum": 0,
    "maximum": 1,
    "description": "The model's probability that one answer serves both; 1 for the same words; null: no model"
    " was asked. AskOnce only.",
}
_JUDGEMENT: Schema = object_schema(
    {
        "judgedBy": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What looked at it, in order: `folding`, `rules`, a model by its name.",
        },
        "reasons": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Why it was not served: names of rules, `low-confidence`, …; empty if it was.",
        },
    }
)
_CACHE_ENTRY: Schema = object_schema(
    {
        "id": {**_ENTRY_ID, "description": "The entryId that the set answered with."},
        "prompt": {"type": "string", "description": "The question that the entry answers."},
        "response": {"type": "string", "description": "The answer."},
        "attributes": reference("Attributes"),
        "similarity": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "From 0 (opposite) over 0.5 (unrelated) to 1 (the same).",
        },
        "searchStrategy": {"enum": list(STRATEGIES), "description": "What found it."},
        "createdAt": {
            "type": "string",
            "format": "date-time",
            "description": "When it was set. AskOnce only.",
        },
        "expiresAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When it ends; null: never. AskOnce only.",
        },
        "confidence": _CONFIDENCE,
        "judgement": reference("Judgement"),
    }
)
_NEAR_MISS: Schema = object_schema(
    {
        "id": {**_ENTRY_ID, "description": "The entry that was not served."},
        "prompt": {"type": "string", "description": "The question that it answers."},
        "similarity": {"type": "number", "minimum": 0, "maximum": 1, "description": "As of a hit."},
        "confidence": _CONFIDENCE,
        "judgement": reference("Judgement"),
    }
)
_NEAR_MISSES: Schema = {
    "type": "array",
    "items": reference("NearMiss"),
    "description": "Only where `explain` is true: what was similar enough and not served. AskOnce only.",
}
_HITS: Schema = {
    "type": "array",
    "maxItems": MAX_RESULTS,
    "items": reference("CacheEntry"),
    "description": "Best first; empty where nothing is similar enough.",
}
_HEALTH: Schema = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["alive", "ready", "unavailable"], "description": "How it is."},
        "detail": {"type": "string", "description": "What is wrong."},
    },
}
_FIELD_FAULT: Schema = object_schema(
    {
        "field": {"type": "string", "description": "Where: `maxResults`, `attributes.language`, `body`."},
        "rule": {"type": "string", "description": "The rule that is broken: `required`, `type`, `range`, …"},
        "message": {"type": "string", "description": "The rule in a sentence."},
    }
)
