"""An entry as the fields of a Redis hash, and back.

Invariant: what a search compares is in the hash: the float32 vector as it was given, its end, its tokens.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askonce.engine.redis.connection import Argument
from askonce.model.entry import NO_CONTEXT, Entry
from askonce.model.tokens import entry_tokens
from askonce.ports import Vector

NEVER = "inf"
# Entries that stand alone and entries in a context have vectors in fields of their own: a search sees one
# kind only, and most caches have no contexts, so that their searches need no filter.
ALONE = "vector_alone"
IN_CONTEXT = "vector_in_context"
STORED = ("seq", "prompt", "response", "attributes", "context", "created", "expires", "renewed")
READ = (*STORED, ALONE, IN_CONTEXT)


@dataclass(frozen=True, slots=True)
class Stored:
    """`seq` orders the puts of a cache: among equals the highest is the newest."""

    seq: int
    entry: Entry
    vector: Vector | None


def vector_field(context: str) -> str:
    return ALONE if context == NO_CONTEXT else IN_CONTEXT


def hash_fields(entry: Entry, vector: Vector | None) -> list[Argument]:
    """All but `seq`, which Redis counts."""
    fields: list[Argument] = [
        *("prompt", _encoded(entry.prompt)),
        *("response", _encoded(entry.response)),
        *("attributes", _encoded(json.dumps(dict(entry.attributes), ensure_ascii=False))),
        *("context", entry.context),
        *("created", entry.created_at_ms),
        *("expires", NEVER if entry.expires_at_ms is None else entry.expires_at_ms),
        *("tokens", tokens_field(entry)),
    ]
    if entry.renewed_at_ms is not None:
        fields += ("renewed", entry.renewed_at_ms)
    if vector is not None:
        fields += (vector_field(entry.context), vector.astype("<f4").tobytes())
    return fields


def tokens_field(entry: Entry) -> str:
    """What it carries, as the TAG field has it."""
    tokens = entry_tokens(entry.prompt, entry.attributes, entry.context)
    return ",".join(token.hex() for token in tokens)


def stored(key: bytes, fields: Sequence[bytes]) -> Stored:
    """From the pairs that a search returned for the entry at `key`."""
    known = dict(zip(fields[::2], fields[1::2], strict=True))
    ends, renewed = known[b"expires"].decode(), known.get(b"renewed")
    entry = Entry(
        id=key.rpartition(b":")[2].decode(),
        prompt=known[b"prompt"].decode(),
        response=known[b"response"].decode(),
        attributes=json.loads(known[b"attributes"]),
        context=known[b"context"].decode(),
        created_at_ms=int(known[b"created"]),
        expires_at_ms=None if ends == NEVER else int(ends),
        renewed_at_ms=None if renewed is None else int(renewed),
    )
    vector = known.get(ALONE.encode()) or known.get(IN_CONTEXT.encode())
    return Stored(int(known[b"seq"]), entry, None if vector is None else np.frombuffer(vector, "<f4"))


def read_stored(key: bytes, values: Sequence[bytes | None]) -> Stored | None:
    """From the values of `READ`; None if there is no such entry (any more)."""
    there = [
        part
        for name, value in zip(READ, values, strict=True)
        if value is not None
        for part in (name.encode(), value)
    ]
    return stored(key, there) if there else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8")
