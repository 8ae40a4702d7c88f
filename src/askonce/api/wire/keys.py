"""The JSON of keys and admin tokens, both ways. Times are whole seconds since the epoch, as in LangCache.

Beyond LangCache: `expiresAt`, `lastUsedAt`, `requestsPerSecond` and `burst`, a grant on every cache (`*`),
and `overlapMillis` of a rotation with `formerTokenExpiresAt`. `product` and `resourceType` may be left
out, since there is one of each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import msgspec

from askonce.api.wire.faults import Faults
from askonce.api.wire.fields import Fields
from askonce.api.wire.json_text import parse_object
from askonce.model.key import Access, Grant, Key
from askonce.model.pace import LEAST_PER_SECOND, MAX_BURST, MAX_PER_SECOND, Pace
from askonce.service.keys import Minted

PRODUCT = "langcache"
RESOURCE_TYPE = "lc-cache"
ACTIONS: Mapping[str, Access] = {access.name.lower(): access for access in Access}
MAX_KEY_NAME_CHARS = 64  # As a cache's.
MAX_GRANTS = 1_000  # A guess: more caches than anybody names one by one.
MAX_RESOURCE_CHARS = 128
LAST_SECOND = 253_402_300_799  # The end of the year 9999: later is milliseconds by mistake.
MAX_OVERLAP_MS = 2_592_000_000  # 30 days. A token that should live longer has not been replaced.

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class NewKey:
    name: str
    grants: Sequence[Grant]
    expires_at_ms: int | None
    pace: Pace | None


class _Grant(msgspec.Struct, rename="camel"):
    product: str
    resource_type: str
    resource_id: str
    actions: list[str]


class _Key(msgspec.Struct, rename="camel", omit_defaults=True):
    key_id: str
    name: str
    grants: list[_Grant]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    requests_per_second: float | None
    burst: int | None
    former_token_expires_at: int | None = None


class _AdminToken(msgspec.Struct, rename="camel", omit_defaults=True):
    token_id: str
    name: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    former_token_expires_at: int | None = None


class _Keys(msgspec.Struct, rename="camel"):
    api_keys: list[_Key]


class _AdminTokens(msgspec.Struct, rename="camel"):
    admin_tokens: list[_AdminToken]


class _MintedKey(msgspec.Struct, rename="camel"):
    key_id: str
    token: str
    created_at: int


class _MintedAdmin(msgspec.Struct, rename="camel"):
    token_id: str
    token: str
    created_at: int


def read_new_key(body: bytes) -> NewKey:
    return _read_new(body, is_admin=False)


def read_new_admin(body: bytes) -> NewKey:
    return _read_new(body, is_admin=True)


def edit_of_key(body: bytes) -> Callable[[Key], Key]:
    """What a PATCH makes of a key, or of an admin token, which has no grants to change."""

    def edit(key: Key) -> Key:
        faults = Faults()
        fields = Fields(parse_object(body, faults), faults)
        edited = replace(
            key,
            name=_name(fields) if fields.has_value("name") else key.name,
            grants=key.grants if key.is_admin else _grants(fields, key.grants),
            expires_at_ms=_expiry(fields, key.expires_at_ms),
            pace=None if key.is_admin else _pace(fields, key.pace, faults),
        )
        faults.raise_if_any()
        return edited

    return edit


def read_overlap(body: bytes) -> int:
    """For how many milliseconds the former token is still to work; without a body for none."""
    if not body.strip():
        return 0
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    overlap_ms = fields.integer("overlapMillis", 0, least=0, most=MAX_OVERLAP_MS)
    faults.raise_if_any()
    return overlap_ms or 0


def encode_key(key: Key, last_used_ms: int | None) -> bytes:
    return _encode(_key(key, last_used_ms))


def encode_keys(keys: Sequence[tuple[Key, int | None]]) -> bytes:
    return _encode(_Keys([_key(*one) for one in keys]))


def encode_admin(key: Key, last_used_ms: int | None) -> bytes:
    return _encode(_admin(key, last_used_ms))


def encode_admins(keys: Sequence[tuple[Key, int | None]]) -> bytes:
    return _encode(_AdminTokens([_admin(*one) for one in keys]))


def encode_minted_key(minted: Minted) -> bytes:
    return _encode(_MintedKey(minted.key.id, minted.token, minted.key.created_at_ms // 1_000))


def encode_minted_admin(minted: Minted) -> bytes:
    return _encode(_MintedAdmin(minted.key.id, minted.token, minted.key.created_at_ms // 1_000))


def _read_new(body: bytes, *, is_admin: bool) -> NewKey:
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    fields.require("name", *(() if is_admin else ("grants",)))
    new = NewKey(
        name=_name(fields) if fields.has_value("name") else "",
        grants=() if is_admin else _grants(fields, ()),
        expires_at_ms=_expiry(fields, None),
        pace=None if is_admin else _pace(fields, None, faults),
    )
    faults.raise_if_any()
    return new


def _name(fields: Fields) -> str:
    return fields.text("name", least=1, most=MAX_KEY_NAME_CHARS)


def _grants(fields: Fields, current: Sequence[Grant]) -> Sequence[Grant]:
    listed = fields.objects("grants", most=MAX_GRANTS)
    return current if listed is None else tuple(_grant(one) for one in listed)


def _grant(fields: Fields) -> Grant:
    fields.choice("product", PRODUCT, [PRODUCT])
    fields.choice("resourceType", RESOURCE_TYPE, [RESOURCE_TYPE])
    resource_id = fields.text("resourceId", least=1, most=MAX_RESOURCE_CHARS)
    fields.require("actions")
    actions = fields.choices("actions", list(ACTIONS)) or []
    return Grant(resource_id, max((ACTIONS[one] for one in actions if one in ACTIONS), default=Access.READ))


def _expiry(fields: Fields, current: int | None) -> int | None:
    """`null` takes it away; a member that is not there leaves it as it is."""
    if not fields.has("expiresAt"):
        return current
    seconds = fields.integer("expiresAt", None, least=0, most=LAST_SECOND)
    return None if seconds is None else seconds * 1_000


def _pace(fields: Fields, current: Pace | None, faults: Faults) -> Pace | None:
    """`requestsPerSecond` of `null` takes the limit away. A burst that is not said is the rate."""
    per_second = None if current is None else current.per_second
    if fields.has("requestsPerSecond"):
        named = fields.has_value("requestsPerSecond")
        given = fields.number("requestsPerSecond", 1, least=LEAST_PER_SECOND, most=MAX_PER_SECOND)
        per_second = given if named else None
    known = current.burst if current is not None and not fields.has("requestsPerSecond") else None
    burst = fields.integer("burst", known, least=1, most=MAX_BURST)
    if per_second is None:
        if fields.has_value("burst"):
            faults.add("burst", "alone", "burst needs requestsPerSecond beside it.")
        return None
    return Pace(per_second, burst or ceil(per_second))


def _key(key: Key, last_used_ms: int | None) -> _Key:
    grants = [
        _Grant(PRODUCT, RESOURCE_TYPE, grant.cache_id, [grant.access.name.lower()]) for grant in key.grants
    ]
    created_at, expires_at, last_used_at, former_until = _times(key, last_used_ms)
    return _Key(
        key_id=key.id,
        name=key.name,
        grants=grants,
        created_at=created_at,
        expires_at=expires_at,
        last_used_at=last_used_at,
        requests_per_second=None if key.pace is None else key.pace.per_second,
        burst=None if key.pace is None else key.pace.burst,
        former_token_expires_at=former_until,
    )


def _admin(key: Key, last_used_ms: int | None) -> _AdminToken:
    return _AdminToken(key.id, key.name, *_times(key, last_used_ms))


def _times(key: Key, last_used_ms: int | None) -> tuple[int, int | None, int | None, int | None]:
    return (
        key.created_at_ms // 1_000,
        _seconds(key.expires_at_ms),
        _seconds(last_used_ms),
        _seconds(key.former_until_ms),
    )


def _seconds(ms: int | None) -> int | None:
    return None if ms is None else ms // 1_000
