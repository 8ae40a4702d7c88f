"""Keys: who may do what in which cache. A token is shown once; only its digest is ever kept.

A token holds 256 random bits, so a fast digest is as safe as a slow one: there is nothing to guess. Its last
characters are a checksum, so that a typing mistake is told from a key that was revoked, and secret scanners
are sure of what they found: `ask_` or `askadmin_` and 49 letters and digits. Tokens without a checksum (older
ones, and presets) are as good.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from zlib import crc32

from askonce.model.pace import Pace

KEY_PREFIX = "ask_"  # Lets people and secret scanners recognise a token of ours.
ADMIN_PREFIX = "askadmin_"
TOKEN_BYTES = 32
EVERY_CACHE = "*"  # A grant on every cache, those still to be made too.

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # A double click takes it whole.
_SECRET_CHARS = 43  # 62 ** 43 > 256 ** 32
_CHECKSUM_CHARS = 6  # 62 ** 6 > 2 ** 32
_CHECKED_TOKEN = re.compile(r"(?:ask|askadmin)_[0-9A-Za-z]{49}")


class Access(IntEnum):
    """Each level includes those before it."""

    READ = 1  # search
    WRITE = 2  # set, delete, flush
    FULL = 3


@dataclass(frozen=True, slots=True)
class Grant:
    cache_id: str
    access: Access


@dataclass(frozen=True, slots=True)
class Key:
    """A key as one of its tokens opens it: `expires_at_ms` is the key's end or the token's, if that is first.

    An admin key administers and has no grants. `former_until_ms` is when the last replaced token ends.
    """

    id: str
    name: str
    digest: bytes
    grants: Sequence[Grant]
    created_at_ms: int
    expires_at_ms: int | None = None
    is_admin: bool = False
    former_until_ms: int | None = None
    pace: Pace | None = None

    def allows(self, cache_id: str, access: Access) -> bool:
        return any(
            grant.cache_id in (cache_id, EVERY_CACHE) and grant.access >= access for grant in self.grants
        )

    def is_over(self, now_ms: int) -> bool:
        return self.expires_at_ms is not None and now_ms >= self.expires_at_ms


def token_digest(token: str) -> bytes:
    return sha256(token.encode("utf-8")).digest()


def token_of(prefix: str, secret: bytes) -> str:
    """The token that `TOKEN_BYTES` random bytes make."""
    body = prefix + _in_letters(int.from_bytes(secret, "big"), _SECRET_CHARS)
    return body + _checksum(body)


def is_mistyped(token: str) -> bool:
    """Whether `token` has the form of one with a checksum, and the checksum is wrong."""
    if not _CHECKED_TOKEN.fullmatch(token):
        return False
    return _checksum(token[:-_CHECKSUM_CHARS]) != token[-_CHECKSUM_CHARS:]


def _checksum(body: str) -> str:
    return _in_letters(crc32(body.encode("ascii")), _CHECKSUM_CHARS)


def _in_letters(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(reversed(letters))
