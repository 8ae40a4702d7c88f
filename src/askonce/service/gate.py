"""Who may do what: a token, a cache and an access level in, the cache or a refusal out."""

import hmac

from askonce.errors import Forbidden, Unauthenticated, UnknownCache
from askonce.model.audit import Caller
from askonce.model.cache import Cache
from askonce.model.key import Access, token_digest
from askonce.ports import Catalog, Keyring


class Gate:
    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._catalog = catalog
        self._keyring = keyring

    async def admit(self, token: str | None, cache_id: str, access: Access) -> Cache:
        """The cache, if `token` is a live key that grants `access` on it.

        An unknown cache is told only to a key that has a grant on it; to any other key it is `Forbidden`, so
        that ids can not be probed.
        """
        if not token:
            raise Unauthenticated("A cache key is needed: send the header `Authorization: Bearer <key>`.")
        digest = token_digest(token)
        key = await self._keyring.find_key(digest)
        if key is None:
            if await self._is_admin(digest):
                raise Forbidden("The admin token manages caches. To use one, send one of its keys.")
            raise Unauthenticated("This key is not known.")
        if not key.allows(cache_id, access):
            raise Forbidden(f"This key does not grant {access.name.lower()} access to this cache.")
        cache = await self._catalog.find_cache(cache_id)
        if cache is None:
            raise UnknownCache(cache_id)
        return cache

    async def admit_admin(self, token: str | None, address: str) -> Caller:
        """Who administers from `address`, if `token` is an admin token."""
        if not token:
            raise Unauthenticated(
                "The admin token is needed: send the header `Authorization: Bearer <token>`."
            )
        digest = token_digest(token)
        if await self._is_admin(digest):
            return Caller("admin", address)
        if await self._keyring.find_key(digest) is None:
            raise Unauthenticated("This token is not known.")
        raise Forbidden("This call needs the admin token; no key grants it.")

    async def is_admin(self, token: str | None) -> bool:
        return token is not None and await self._is_admin(token_digest(token))

    async def _is_admin(self, digest: bytes) -> bool:
        admin_digest = await self._keyring.admin_digest()
        return admin_digest is not None and hmac.compare_digest(digest, admin_digest)
