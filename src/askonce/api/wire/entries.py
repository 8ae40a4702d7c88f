"""The JSON of entries as an operator sees them. All of it is additive: LangCache shows none."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from askonce.api.limits import Limits
from askonce.api.wire.schemas import (
    EXAMPLE_ATTRIBUTES,
    EXAMPLE_ID,
    EXAMPLE_PROMPT,
    EXAMPLE_RESPONSE,
    ID_PATTERN,
    Schema,
    object_schema,
    reference,
)
from askonce.model.browsing import Order
from askonce.model.entry import MAX_TTL_MS
from askonce.ports import Kept, Page

DEFAULT_ENTRIES = 100
MAX_ENTRIES = 1_000  # As a search's results; a page ends earlier where texts are long.
MAX_QUERY_CHARS = 1_024  # Of a prefix or a value: URLs much longer do not pass every server.
MAX_CURSOR_CHARS = 128
ORDERS = (Order.NEWEST.value, Order.OLDEST.value)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    prompt: str
    response: str
    attributes: Mapping[str, str]
    context: str
    created_at: datetime
    expires_at: datetime | None
    bytes: int


class _Entries(msgspec.Struct, rename="camel"):
    entries: list[_Entry]
    next_cursor: str | None


def encode_page(page: Page) -> bytes:
    return _encode(_Entries([_entry(kept) for kept in page.kept], page.after))


def encode_entry(kept: Kept) -> bytes:
    return _encode(_entry(kept))


def time_of(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def _entry(kept: Kept) -> _Entry:
    entry = kept.entry
    expires_at = None if entry.expires_at_ms is None else time_of(entry.expires_at_ms)
    created_at = time_of(entry.created_at_ms)
    return _Entry(
        entry.id,
        entry.prompt,
        entry.response,
        entry.attributes,
        entry.context,
        created_at,
        expires_at,
        kept.bytes,
    )


def entry_schemas(limits: Limits) -> Schema:
    page: Schema = {
        "entries": {"type": "array", "maxItems": MAX_ENTRIES, "items": reference("Entry")},
        "nextCursor": {
            "type": ["string", "null"],
            "description": "`cursor` of the next page; null: this is the last. A page that is not the last"
            " may be short, or empty: looking for a prefix is done in steps.",
        },
    }
    taken_in: Schema = {
        "stored": {"type": "integer", "minimum": 0, "description": "Entries stored."},
        "embedded": {
            "type": "integer",
            "minimum": 0,
            "description": "How many of them were embedded anew: their vector was missing, or another"
            " embedder's.",
        },
        "over": {"type": "integer", "minimum": 0, "description": "Left out: they had expired."},
    }
    return {
        "Entry": _ENTRY,
        "EntryPage": object_schema(page),
        "ImportLine": _import_line(limits),
        "TakenIn": object_schema(taken_in),
    }


def _import_line(limits: Limits) -> Schema:
    prompt = {"type": "string", "minLength": 1, "maxLength": limits.max_prompt_chars}
    response = {"type": "string", "maxLength": limits.max_response_chars}
    kept = "Default: as a set would have it."
    optional: Schema = {
        "attributes": {**reference("Attributes"), "description": "What a search can ask for."},
        "createdAt": {**_MOMENT, "type": ["string", "null"], "description": "Default: now."},
        "expiresAt": {**_MOMENT, "type": ["string", "null"], "description": "`null`: never."},
        "ttlMillis": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": MAX_TTL_MS,
            "description": f"Life from now on, where there is no `expiresAt`. {kept}",
        },
        "context": {"type": ["string", "null"], "description": f"As an export has it. {kept}"},
        "id": {
            "type": ["string", "null"],
            "description": "Must be what prompt, attributes and context make.",
        },
        "vector": {
            "type": ["string", "null"],
            "description": "Used where the header before the lines names the cache's own embedder; null: it"
            " can not read the prompt. Else the prompt is embedded anew.",
        },
    }
    schema = object_schema(
        {
            "prompt": {**prompt, "description": "The question."},
            "response": {**response, "description": "The answer to keep."},
        },
        optional=optional,
    )
    return {**schema, "examples": [{"prompt": EXAMPLE_PROMPT, "response": EXAMPLE_RESPONSE}]}


_MOMENT: Schema = {"type": "string", "format": "date-time"}
_ENTRY: Schema = object_schema(
    {
        "id": {"type": "string", "pattern": ID_PATTERN, "description": "As the set or a search named it."},
        "prompt": {"type": "string", "description": "The question that it answers."},
        "response": {"type": "string", "description": "The answer."},
        "attributes": reference("Attributes"),
        "context": {
            "type": "string",
            "description": "A digest of what it was asked in: earlier questions, or the other messages of its"
            " prompt. Empty: nothing.",
        },
        "createdAt": {**_MOMENT, "description": "When it was set."},
        "expiresAt": {**_MOMENT, "type": ["string", "null"], "description": "When it ends; null: never."},
        "bytes": {
            "type": "integer",
            "minimum": 0,
            "description": "What it counts for: its texts and its vector.",
        },
    }
)
EXAMPLE_ENTRY: Schema = {
    "id": EXAMPLE_ID,
    "prompt": EXAMPLE_PROMPT,
    "response": EXAMPLE_RESPONSE,
    "attributes": EXAMPLE_ATTRIBUTES,
    "context": "",
    "createdAt": "2026-11-24T01:25:04.123000Z",
    "expiresAt": None,
    "bytes": 1_601,
}
