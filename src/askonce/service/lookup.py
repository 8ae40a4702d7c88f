"""A search: which strategies run, in which order, and what is served of what they find.

Invariant: no failure ever widens an answer. A part that fails takes its own strategy's hits away, and where
nothing else was found the caller is told of the failure, not of a miss (unless the cache wants it so).
"""

from askonce.errors import EmbedderUnavailable
from askonce.model.cache import Cache, OnEmbedderFailure
from askonce.model.query import Hit, Match, Search, Strategy
from askonce.ports import Clock, Engine, Judge
from askonce.service.embedding import Embedding

SPARE = 16  # Candidates beyond those asked for, to stand in for vetoed ones. A guess; each costs a read.


class Lookup:
    def __init__(self, engine: Engine, embedding: Embedding, judge: Judge, clock: Clock) -> None:
        self._engine = engine
        self._embedding = embedding
        self._judge = judge
        self._clock = clock

    async def search(self, cache: Cache, search: Search) -> list[Hit]:
        """Hits of the strategies in their order, without repeats; none after the one that fills the answer.

        Raises `EmbedderUnavailable` if the semantic strategy failed and nothing else was found, unless the
        cache calls that a miss.
        """
        # The same words are the same question to either strategy: they have similarity 1, cost no embedding,
        # and a text that the model can not read is found by them alone. So one look serves both, as a hit of
        # the one that comes first.
        hits = {hit.entry.id: hit for hit in await self._identical(cache, search)}
        if Strategy.SEMANTIC in search.strategies and len(hits) < search.max_results:
            try:
                for hit in await self._nearest(cache, search):
                    hits.setdefault(hit.entry.id, hit)
            except EmbedderUnavailable:
                if not hits and cache.on_embedder_failure is OnEmbedderFailure.ERROR:
                    raise
        return list(hits.values())[: search.max_results]

    async def _identical(self, cache: Cache, search: Search) -> list[Hit]:
        now_ms = self._clock.now_ms()
        entries = await self._engine.exact(cache.id, search.prompt, search.scope, search.max_results, now_ms)
        return [Hit(entry, 1.0, search.strategies[0]) for entry in entries]

    async def _nearest(self, cache: Cache, search: Search) -> list[Hit]:
        vector = await self._embedding.of(search.prompt, cache)
        if vector is None:
            return []
        # The clock is read after the embedding: an entry may end while its question is being embedded.
        now_ms = self._clock.now_ms()
        hits: list[Hit] = []
        # Nearly always the nearest are accepted. Only where one is vetoed is it worth looking further down.
        for limit in (search.max_results, search.max_results + SPARE):
            matches = await self._engine.nearest(cache.id, vector, search.scope, search.floor, limit, now_ms)
            hits = await self._accepted(search, matches)
            if len(hits) == search.max_results or len(matches) < limit:
                break
        return hits

    async def _accepted(self, search: Search, matches: list[Match]) -> list[Hit]:
        hits: list[Hit] = []
        for match in matches:
            if len(hits) == search.max_results:
                break
            if await self._judge.accepts(search.prompt, match.entry.prompt):
                hits.append(Hit(match.entry, match.similarity, Strategy.SEMANTIC))
        return hits
