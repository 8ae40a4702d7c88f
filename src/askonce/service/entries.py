"""Storing and removing entries.

Invariant: when a method has returned, the change is as durable as the engine promises; when it has raised,
the caller may try again without harm, since every one of these can be repeated.
"""

from askonce.errors import UnknownEntry
from askonce.model.attributes import Attributes
from askonce.model.cache import Cache
from askonce.model.canonical import canonical
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Put
from askonce.ports import Clock, Engine, NearMissLog
from askonce.service.embedding import Embedding
from askonce.service.framing import framed


class Entries:
    def __init__(
        self, engine: Engine, embedding: Embedding, clock: Clock, near_miss_log: NearMissLog | None = None
    ) -> None:
        self._engine = engine
        self._embedding = embedding
        self._clock = clock
        self._near_miss_log = near_miss_log

    async def put(self, cache: Cache, put: Put) -> str:
        """The id of the stored entry. An embedder that fails refuses the whole set: an entry that a semantic
        search could never find would be a silent loss. Raises `OutOfSpace` where the cache's bounds leave no
        room.
        """
        question = canonical(put.prompt)
        vector = await self._embedding.of(question.question, cache)
        context = framed(put.context, question.frame)
        now_ms = self._clock.now_ms()
        entry = Entry(
            id=entry_id(put.prompt, put.attributes, context),
            prompt=put.prompt,
            response=put.response,
            attributes=put.attributes,
            context=context,
            created_at_ms=now_ms,
            expires_at_ms=None if put.ttl_ms is None else now_ms + put.ttl_ms,
        )
        await self._engine.put(cache.id, entry, vector, cache.bounds)
        return entry.id

    async def remove(self, cache: Cache, entry_id: str) -> None:
        if not await self._engine.remove(cache.id, entry_id, self._clock.now_ms()):
            raise UnknownEntry(entry_id)

    async def remove_matching(self, cache: Cache, attributes: Attributes) -> int:
        return await self._engine.remove_matching(cache.id, attributes, self._clock.now_ms())

    async def flush(self, cache: Cache) -> None:
        await self._engine.flush(cache.id)
        # Whoever empties a cache does not expect its prompts in a log beside it.
        if self._near_miss_log is not None:
            self._near_miss_log.forget(cache.id)
