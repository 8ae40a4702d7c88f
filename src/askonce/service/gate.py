"""Who may do what: a token, a cache and an access level in, the cache or a refusal out."""

from askonce.errors import Forbidden, Unauthenticated, UnknownCache
from askonce.model.audit import Caller
from askonce.model.cache import Cache
from askonce.model.key import Access, Key, is_mistyped, token_digest
from askonce.ports import Clock, Keyring
from askonce.service.paces import Paces, TellAllowance
from askonce.service.usage import Usage


class Gate:
    def __init__(self, keyring: Keyring, clock: Clock, usage: Usage) -> None:
        self._keyring = keyring
        self._clock = clock
        self._usage = usage
        self._paces = Paces()

    async def admit(self, token: str | None, cache_id: str, access: Access, tell: TellAllowance) -> Cache:
        """The cache, if `token` is a live key that grants `access` on it. `tell` learns what a key with a
        pace may still ask, before anything that comes after is refused.

        An unknown cache is told only to a key that has a grant on it; to any other key it is `Forbidden`, so
        that ids can not be probed.
        """
        if not token:
            raise Unauthenticated("A cache key is needed: send the header `Authorization: Bearer <key>`.")
        now_ms = self._clock.now_ms()
        found, cache = await self._keyring.find_key_and_cache(token_digest(token), cache_id)
        key = _live(found, token, now_ms)
        if not key.allows(cache_id, access):
            if key.is_admin:
                raise Forbidden("The admin token manages caches. To use one, send one of its keys.")
            raise Forbidden(f"This key does not grant {access.name.lower()} access to this cache.")
        self._paces.spend(key, now_ms, tell)
        if cache is None:
            raise UnknownCache(cache_id)
        self._usage.note(key.id, now_ms)
        self._usage.note(cache_id, now_ms)
        return cache

    async def admit_admin(self, token: str | None, address: str) -> Caller:
        """Who administers from `address`, if `token` is a live admin token."""
        if not token:
            raise Unauthenticated(
                "The admin token is needed: send the header `Authorization: Bearer <token>`."
            )
        now_ms = self._clock.now_ms()
        key = _live(await self._keyring.find_key(token_digest(token)), token, now_ms)
        if not key.is_admin:
            raise Forbidden("This call needs the admin token; no key grants it.")
        self._usage.note(key.id, now_ms)
        return Caller(f"admin {key.id}", address)

    async def is_admin(self, token: str | None) -> bool:
        if not token:
            return False
        key = await self._keyring.find_key(token_digest(token))
        return key is not None and key.is_admin


def _live(key: Key | None, token: str, now_ms: int) -> Key:
    if key is not None and not key.is_over(now_ms):
        return key
    if is_mistyped(token):
        raise Unauthenticated("This token is mistyped or cut off: its checksum is wrong.")
    raise Unauthenticated("This token is not known.")
