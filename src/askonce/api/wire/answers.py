"""Answers as JSON. An additive field of ours is marked so; every published client ignores what it lacks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from askonce.errors import Fault
from askonce.model.query import Hit

JSON = "application/json"  # With any other type the clients lose their typed errors.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class _CacheEntry(
    msgspec.Struct,
    rename={"search_strategy": "searchStrategy", "created_at": "createdAt", "expires_at": "expiresAt"},
):
    id: str
    prompt: str
    response: str
    attributes: Mapping[str, str]
    similarity: float
    search_strategy: str
    created_at: datetime  # Additive, RFC 3339.
    expires_at: datetime | None  # Additive; null: never.


class _SearchAnswer(msgspec.Struct):
    data: list[_CacheEntry]


class _ConversationAnswer(msgspec.Struct, rename={"actual_prompt": "actualPrompt"}):
    actual_prompt: str
    data: list[_CacheEntry]


class _SetAnswer(msgspec.Struct, rename={"entry_id": "entryId"}):
    entry_id: str


class _DeleteAnswer(msgspec.Struct, rename={"deleted_entries_count": "deletedEntriesCount"}):
    deleted_entries_count: int


class _HealthAnswer(msgspec.Struct, omit_defaults=True):
    status: str
    detail: str | None = None


class _FieldFault(msgspec.Struct):
    field: str
    rule: str
    message: str


class _Problem(msgspec.Struct, omit_defaults=True):
    title: str
    status: int
    type: str
    detail: str
    instance: str
    fields: list[_FieldFault] | None = None


def encode_hits(hits: Sequence[Hit]) -> bytes:
    return _encode(_SearchAnswer([_entry(hit) for hit in hits]))


def encode_conversation(prompt: str, hits: Sequence[Hit]) -> bytes:
    return _encode(_ConversationAnswer(prompt, [_entry(hit) for hit in hits]))


def encode_set(entry_id: str) -> bytes:
    return _encode(_SetAnswer(entry_id))


def encode_deleted(count: int) -> bytes:
    return _encode(_DeleteAnswer(count))


def encode_health(status: str, detail: str | None = None) -> bytes:
    return _encode(_HealthAnswer(status, detail))


def encode_problem(
    *, title: str, status: int, type: str, detail: str, instance: str, faults: Sequence[Fault] | None
) -> bytes:
    fields = None
    if faults is not None:
        fields = [_FieldFault(fault.field, fault.rule, fault.message) for fault in faults]
    return _encode(_Problem(title, status, type, detail, instance, fields))


def encode_document(document: object) -> bytes:
    return _encode(document)


def _entry(hit: Hit) -> _CacheEntry:
    entry = hit.entry
    expires_at_ms = entry.expires_at_ms
    return _CacheEntry(
        entry.id,
        entry.prompt,
        entry.response,
        entry.attributes,
        hit.similarity,
        hit.strategy.value,
        _EPOCH + timedelta(milliseconds=entry.created_at_ms),
        None if expires_at_ms is None else _EPOCH + timedelta(milliseconds=expires_at_ms),
    )
