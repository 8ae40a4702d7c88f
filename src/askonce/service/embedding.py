"""Vectors for the texts of a cache: by the embedder that filled the cache and no other, in bounded time."""

import asyncio
from collections.abc import Mapping

from askonce.errors import EmbedderUnavailable
from askonce.model.cache import Cache
from askonce.ports import Embedder, Vector


class Embedding:
    def __init__(self, embedders: Mapping[str, Embedder], *, timeout_s: float) -> None:
        self._embedders = embedders
        self._timeout_s = timeout_s

    async def of(self, text: str, cache: Cache) -> Vector | None:
        """The unit vector of `text`; None if the cache's embedder can not read it.

        Raises `EmbedderUnavailable`, also when the embedder of that name is not the one that filled the
        cache: vectors of two models must never meet in one index.
        """
        embedder = self._embedders.get(cache.embedder)
        if embedder is None:
            raise EmbedderUnavailable(f"This server has no embedder {cache.embedder!r}; the cache needs it.")
        if embedder.fingerprint != cache.fingerprint:
            raise EmbedderUnavailable(
                f"The embedder {cache.embedder!r} is not what filled this cache ({cache.fingerprint})."
            )
        try:
            async with asyncio.timeout(self._timeout_s):
                return await embedder.embed(text)
        except TimeoutError:
            raise EmbedderUnavailable(f"The embedder took longer than {self._timeout_s:g} s.") from None
