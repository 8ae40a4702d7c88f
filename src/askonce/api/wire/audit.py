"""The JSON of the audit log. All of it is additive: LangCache has none."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from askonce.api.wire.schemas import EXAMPLE_ID, Schema, object_schema, reference
from askonce.model.audit import Act

DEFAULT_ACTS = 100
MAX_ACTS = 1_000  # A page of this size is 300 KB at the most.
MAX_POSITION = 2**63 - 1  # SQLite's largest.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class _Act(msgspec.Struct):
    position: int
    at: datetime
    who: str
    address: str
    what: str
    subject: str
    details: Mapping[str, object]


class _Acts(msgspec.Struct):
    acts: list[_Act]


def encode_acts(acts: Sequence[tuple[int, Act]]) -> bytes:
    return _encode(_Acts([_act(*one) for one in acts]))


def audit_schemas() -> Schema:
    return {
        "Act": _ACT,
        "ActList": object_schema({"acts": {"type": "array", "items": reference("Act")}}),
    }


def _act(position: int, act: Act) -> _Act:
    at = _EPOCH + timedelta(milliseconds=act.at_ms)
    return _Act(position, at, act.by.who, act.by.address, act.what, act.subject, act.details)


_ACT: Schema = object_schema(
    {
        "position": {"type": "integer", "description": "Grows with each act; `before` pages by it."},
        "at": {"type": "string", "format": "date-time", "description": "When."},
        "who": {"type": "string", "description": "`admin TOKEN_ID`, `command line USER` or `server`."},
        "address": {"type": "string", "description": "Where the call came from; empty for the others."},
        "what": {"type": "string", "description": "`cache.create`, `key.revoke` and the like."},
        "subject": {"type": "string", "description": "The id of the cache, key or admin token."},
        "details": {"type": "object", "description": "What was set; never a token."},
    }
)
EXAMPLE_ACT: Schema = {
    "position": 17,
    "at": "2026-11-24T01:25:04.123000Z",
    "who": "admin main",
    "address": "192.0.2.7",
    "what": "cache.update",
    "subject": EXAMPLE_ID,
    "details": {"default_threshold": 0.9},
}
