"""What a start makes when it is missing: a first cache, a key to it, an admin token; and the presets.

Invariant: what is made is made once. A start over a catalog that has caches adds nothing but what the
presets ask for, and what was shown once is never shown again.
"""

import re
from dataclasses import dataclass

from askonce.errors import BadSetting, EmbedderMismatch, InvalidRequest
from askonce.model.cache import Cache
from askonce.model.key import ADMIN_PREFIX, Access, token_digest
from askonce.ports import Catalog, Keyring
from askonce.service.caches import CACHE_ID, Caches, CacheSpec
from askonce.service.keys import new_token

FIRST_CACHE = "default"
PRESET_KEY_ID = "preset"  # One key, so that a changed preset takes the place of the former one.
MAIN_ADMIN_ID = "main"  # The first start's admin token, or the preset in its place.
PRESET_TOKEN = re.compile(r"[!-~]{16,512}")  # 16: a preset shorter than that could be guessed over HTTP.


@dataclass(frozen=True, slots=True)
class Presets:
    admin_token: str | None = None
    cache_id: str | None = None
    api_key: str | None = None

    def check(self) -> None:
        """Raises `BadSetting`."""
        if self.cache_id is not None and not CACHE_ID.fullmatch(self.cache_id):
            raise BadSetting("cache_id", "the presets", "it must be 32 lowercase hex characters.")
        for name, token in (("api_key", self.api_key), ("admin_token", self.admin_token)):
            if token is not None and not PRESET_TOKEN.fullmatch(token):
                raise BadSetting(name, "the presets", "it must be 16 to 512 visible ASCII characters.")
        if self.api_key is not None and self.api_key == self.admin_token:
            raise BadSetting("api_key", "the presets", "it must not be the admin token.")


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a start made, to be shown once. A field of None was there before, or was preset."""

    cache_id: str | None
    api_key: str | None
    admin_token: str | None


class FirstStart:
    def __init__(self, catalog: Catalog, keyring: Keyring, caches: Caches) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._caches = caches

    async def prepare(self, presets: Presets) -> Welcome:
        presets.check()
        is_first = not await self._catalog.caches()
        cache = await self._cache(presets)
        minted_key = None
        if cache is not None and presets.api_key is not None:
            await self._admit_preset(presets.api_key, cache)
        elif cache is not None and is_first:
            minted_key = await self._caches.mint_key(cache.id, "first start")
        shown_id = cache.id if cache is not None and minted_key else None
        return Welcome(shown_id, minted_key, await self._admin_token(presets))

    async def _cache(self, presets: Presets) -> Cache | None:
        """The cache that the presets speak of; the first one, made if there is none."""
        caches = await self._catalog.caches()
        if presets.cache_id is not None:
            return await self._preset_cache(presets.cache_id)
        if not caches:
            return await self._caches.create(CacheSpec(FIRST_CACHE))
        if presets.api_key is None:
            return None
        named = [cache for cache in caches if cache.name == FIRST_CACHE] or list(caches)
        if len(named) > 1:
            raise BadSetting("api_key", "the presets", "there are several caches: preset `cache_id` too.")
        return named[0]

    async def _preset_cache(self, cache_id: str) -> Cache:
        known = await self._catalog.find_cache(cache_id)
        if known is not None:
            return known
        try:
            return await self._caches.create(CacheSpec(FIRST_CACHE), cache_id)
        except InvalidRequest:
            # Another server over the same catalog may have started at the same moment.
            known = await self._catalog.find_cache(cache_id)
            if known is None:
                raise
            return known

    async def _admit_preset(self, token: str, cache: Cache) -> None:
        known = await self._keyring.find_key(token_digest(token))
        if known is None or known.id != PRESET_KEY_ID or not known.allows(cache.id, Access.FULL):
            await self._caches.admit_token(token, PRESET_KEY_ID, cache.id, "preset", Access.FULL)

    async def _admin_token(self, presets: Presets) -> str | None:
        """A preset takes the place of the token that a first start made or another preset gave."""
        keys = [key for key in await self._keyring.keys() if key.is_admin]
        if presets.admin_token is not None:
            digest = token_digest(presets.admin_token)
            if all(key.digest != digest for key in keys):
                await self._caches.admit_admin(presets.admin_token, MAIN_ADMIN_ID, "preset")
            return None
        if keys:
            return None
        token = new_token(ADMIN_PREFIX)
        await self._caches.admit_admin(token, MAIN_ADMIN_ID, "first start")
        return token


async def refuse_other_embedders(catalog: Catalog, caches: Caches) -> None:
    """Raises `EmbedderMismatch` if a cache was filled by another embedder than its name means today."""
    for cache in await catalog.caches():
        known = caches.fingerprint_of(cache.embedder)
        if known == cache.fingerprint:
            continue
        today = "is not in the settings" if known is None else f"is now {known}"
        raise EmbedderMismatch(
            f"Cache {cache.name!r} ({cache.id}) was filled by the embedder {cache.embedder!r}: "
            f"{cache.fingerprint}. That name {today}. Vectors of two models can not be compared: start with "
            f"the embedder it was filled by, or with another data directory."
        )
