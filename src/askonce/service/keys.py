"""Keys and admin tokens: mint, change, rotate, revoke, each with its act in the audit log.

An admin token is a key that administers; it has no grants. A token leaves here once, as a return value.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from askonce.errors import UnknownKey
from askonce.model.audit import Act, Caller, Details
from askonce.model.key import (
    ADMIN_PREFIX,
    KEY_PREFIX,
    TOKEN_BYTES,
    Grant,
    Key,
    token_digest,
    token_of,
)
from askonce.model.pace import Pace
from askonce.ports import Clock, KeyRegister, Keyring

KEY_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Minted:
    """A key and its new token, which nobody can be shown again."""

    key: Key
    token: str


class Keys:
    """The keys of caches, or with `is_admin` the admin tokens: neither knows the other's ids."""

    def __init__(
        self, keyring: Keyring, register: KeyRegister, clock: Clock, *, is_admin: bool = False
    ) -> None:
        self._keyring = keyring
        self._register = register
        self._clock = clock
        self._is_admin = is_admin
        self._noun = "admin" if is_admin else "key"

    async def all(self) -> Sequence[Key]:
        return [key for key in await self._keyring.keys() if key.is_admin == self._is_admin]

    async def find(self, key_id: str) -> Key:
        for key in await self.all():
            if key.id == key_id:
                return key
        raise UnknownKey(key_id)

    async def mint(
        self,
        name: str,
        grants: Sequence[Grant],
        expires_at_ms: int | None,
        by: Caller,
        pace: Pace | None = None,
    ) -> Minted:
        """Raises `InvalidRequest` for a grant on a cache that is not there."""
        token = self._new_token()
        key = Key(
            id=secrets.token_hex(KEY_ID_BYTES),
            name=name,
            digest=token_digest(token),
            grants=tuple(grants),
            created_at_ms=self._clock.now_ms(),
            expires_at_ms=expires_at_ms,
            is_admin=self._is_admin,
            pace=pace,
        )
        await self._keyring.add_key(key, self._act(by, "mint", key.id, describe(key)))
        return Minted(key, token)

    async def change(self, key_id: str, edit: Callable[[Key], Key], by: Caller) -> Key:
        """`edit` may run in another thread, and raises `InvalidRequest` for what it does not take."""

        def change(key: Key) -> tuple[Key, Act]:
            edited = edit(key)
            return edited, self._act(by, "update", key_id, _differences(key, edited))

        return await self._register.change_key(await self.find(key_id), change)

    async def rotate(self, key_id: str, overlap_ms: int, by: Caller) -> Minted:
        """A new token for the key; its former ones open it for `overlap_ms` more."""
        token = self._new_token()
        act = self._act(by, "rotate", key_id, {"overlap_ms": overlap_ms})
        known = await self.find(key_id)
        key = await self._register.rotate_key(known, token_digest(token), act.at_ms + overlap_ms, act)
        return Minted(replace(key, digest=token_digest(token)), token)

    async def revoke(self, key_id: str, by: Caller) -> None:
        await self._register.revoke_key(await self.find(key_id), self._act(by, "revoke", key_id))

    def _new_token(self) -> str:
        return new_token(ADMIN_PREFIX if self._is_admin else KEY_PREFIX)

    def _act(self, by: Caller, what: str, key_id: str, details: Details | None = None) -> Act:
        return Act(self._clock.now_ms(), by, f"{self._noun}.{what}", key_id, details or {})


def new_token(prefix: str) -> str:
    return token_of(prefix, secrets.token_bytes(TOKEN_BYTES))


def describe(key: Key) -> Details:
    """What a key is, for the audit log: never its token, nor the digest."""
    grants = {grant.cache_id: grant.access.name.lower() for grant in key.grants}
    told = {"name": key.name, "grants": grants, "expires_at_ms": key.expires_at_ms}
    return told if key.pace is None else told | asdict(key.pace)


def _differences(before: Key, after: Key) -> Details:
    was = describe(before)
    return {name: value for name, value in describe(after).items() if was.get(name) != value}
