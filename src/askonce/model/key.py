"""Keys: who may do what in which cache. A token is shown once; only its digest is ever kept.

A token holds 256 random bits, so a fast digest is as safe as a slow one: there is nothing to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

KEY_PREFIX = "ask_"  # Lets people and secret scanners recognise a token of ours.
ADMIN_PREFIX = "askadmin_"
TOKEN_BYTES = 32


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
    id: str
    name: str
    digest: bytes
    grants: Sequence[Grant]
    created_at_ms: int

    def allows(self, cache_id: str, access: Access) -> bool:
        return any(grant.cache_id == cache_id and grant.access >= access for grant in self.grants)


def token_digest(token: str) -> bytes:
    return sha256(token.encode("utf-8")).digest()
