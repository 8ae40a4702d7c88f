"""Answers as JSON. An additive field of ours is marked so; every published client ignores what it lacks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from askonce.errors import Fault
from askonce.model.judgement import Judgement
from askonce.model.query import Found, Hit, NearMiss

JSON = "application/json"  # With any other type the clients lose their typed errors.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class _Judgement(msgspec.Struct, rename="camel"):
    judged_by: tuple[str, ...]
    reasons: tuple[str, ...]


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
    confidence: float | None  # Additive; null: no model was asked.
    judgement: _Judgement  # Additive.


class _NearMiss(msgspec.Struct, rename="camel"):
    """All of it additive, and sent only where it was asked for."""

    id: str
    prompt: str
    similarity: float
    confidence: float | None
    judgement: _Judgement


class _SearchAnswer(msgspec.Struct, rename="camel", omit_defaults=True):
    data: list[_CacheEntry]
    near_misses: list[_NearMiss] | None = None


class _ConversationAnswer(msgspec.Struct, rename="camel", omit_defaults=True):
    actual_prompt: str
    data: list[_CacheEntry]
    near_misses: list[_NearMiss] | None = None


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


def encode_found(found: Found, *, is_explained: bool) -> bytes:
    return _encode(_SearchAnswer([_entry(hit) for hit in found.hits], _near_misses(found, is_explained)))


def encode_conversation(prompt: str, found: Found, *, is_explained: bool) -> bytes:
    hits = [_entry(hit) for hit in found.hits]
    return _encode(_ConversationAnswer(prompt, hits, _near_misses(found, is_explained)))


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
        hit.judgement.confidence,
        _judgement(hit.judgement),
    )


def _near_misses(found: Found, is_explained: bool) -> list[_NearMiss] | None:
    return [_near_miss(each) for each in found.near_misses] if is_explained else None


def _near_miss(near: NearMiss) -> _NearMiss:
    entry, judgement = near.entry, near.judgement
    return _NearMiss(entry.id, entry.prompt, near.similarity, judgement.confidence, _judgement(judgement))


def _judgement(judgement: Judgement) -> _Judgement:
    return _Judgement(judgement.judged_by, judgement.reasons)
