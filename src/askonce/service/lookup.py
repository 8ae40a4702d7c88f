"""A search: which strategies run, in which order, and what is served of what they find.

Invariant: no failure ever widens an answer. A part that fails takes its own strategy's hits away, and where
nothing else was found the caller is told of the failure, not of a miss (unless the cache wants it so).
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from askonce.errors import EmbedderUnavailable
from askonce.model.cache import Cache, OnEmbedderFailure, TtlMode
from askonce.model.canonical import Canonical, canonical
from askonce.model.judgement import OTHER_FRAME, Judgement, Terms
from askonce.model.query import Found, Hit, Match, NearMiss, Scope, Search, Strategy
from askonce.ports import Clock, Finder, Judge, NearMissLog
from askonce.service.embedding import Embedding
from askonce.service.framing import framed

log = logging.getLogger(__name__)

IDENTICAL = Judgement(confidence=1.0)
# Candidates beyond the results asked for, fetched when one of those was vetoed. A guess; each costs a read
# and the rules.
SPARE = 16
# Candidates shown to the judge's model beyond the results asked for: each costs what two embeddings do.
SPARE_JUDGED = 4


class Lookup:
    def __init__(
        self,
        engine: Finder,
        embedding: Embedding,
        judge: Judge,
        clock: Clock,
        near_miss_log: NearMissLog | None = None,
    ) -> None:
        self._engine = engine
        self._embedding = embedding
        self._judge = judge
        self._clock = clock
        self._near_miss_log = near_miss_log

    async def search(self, cache: Cache, search: Search) -> Found:
        """Hits of the strategies in their order, without repeats; none after the one that fills the answer.

        Raises `EmbedderUnavailable` if the semantic strategy failed and nothing else was found, unless the
        cache calls that a miss.
        """
        question = canonical(search.prompt)
        scope = Scope(search.scope.attributes, framed(search.scope.context, question.frame))
        # The same words are the same question to either strategy: they have similarity 1, cost no embedding,
        # and a text that the model can not read is found by them alone. So one look serves both, as a hit of
        # the one that comes first.
        hits = {hit.entry.id: hit for hit in await self._identical(cache, search, scope)}
        near_misses: list[NearMiss] = []
        if Strategy.SEMANTIC in search.strategies and len(hits) < search.max_results:
            try:
                found = await self._nearest(cache, search, question, scope)
            except EmbedderUnavailable:
                if not hits and cache.on_embedder_failure is OnEmbedderFailure.ERROR:
                    raise
            else:
                for hit in found.hits:
                    hits.setdefault(hit.entry.id, hit)
                near_misses += found.near_misses
        self._note(cache, search, near_misses)
        return Found(self._served(cache, list(hits.values())[: search.max_results]), near_misses)

    def _served(self, cache: Cache, hits: list[Hit]) -> list[Hit]:
        """The hits as they live on, now that they were served."""
        if cache.ttl_mode is TtlMode.SLIDING:
            now_ms = self._clock.now_ms()
            hits = [replace(hit, entry=hit.entry.renewed(now_ms)) for hit in hits]
        if hits:
            self._engine.note_hits(cache.id, [hit.entry for hit in hits])
        return hits

    def _note(self, cache: Cache, search: Search, near_misses: list[NearMiss]) -> None:
        if self._near_miss_log is None or not near_misses:
            return
        try:
            self._near_miss_log.note(cache.id, search.prompt, near_misses)
        except Exception:  # Whatever went wrong in it, the search has its answer.
            log.exception("near misses not noted")

    async def _identical(self, cache: Cache, search: Search, scope: Scope) -> list[Hit]:
        now_ms = self._clock.now_ms()
        entries = await self._engine.exact(cache.id, search.prompt, scope, search.max_results, now_ms)
        return [Hit(entry, 1.0, search.strategies[0], IDENTICAL) for entry in entries]

    async def _nearest(self, cache: Cache, search: Search, question: Canonical, scope: Scope) -> Found:
        """Only what the answer has room for is fetched at first: mostly the best candidate is served, and
        reading others would cost as much as finding it.
        """
        vector = await self._embedding.of(question.question, cache)
        if vector is None:
            return Found([])
        # The clock is read after the embedding: an entry may end while its question is being embedded.
        now_ms = self._clock.now_ms()
        hearing = _Hearing(self._judge, search, question)
        for limit in (search.max_results, search.max_results + SPARE):
            matches = await self._engine.nearest(cache.id, vector, scope, search.floor, limit, now_ms)
            await hearing.hear(matches)
            if hearing.is_over or len(matches) < limit:
                break
        return Found(hearing.hits, hearing.near_misses)


class _Hearing:
    """Candidates heard best first, until the answer is full or the model has seen enough: whoever comes after
    is not worth it.
    """

    def __init__(self, judge: Judge, search: Search, question: Canonical) -> None:
        self.hits: list[Hit] = []
        self.near_misses: list[NearMiss] = []
        self._judge = judge
        self._search = search
        self._question = question
        self._heard: set[str] = set()
        self._asked_a_model = 0

    @property
    def is_over(self) -> bool:
        most = self._search.max_results
        return len(self.hits) == most or self._asked_a_model == most + SPARE_JUDGED

    async def hear(self, matches: Sequence[Match]) -> None:
        """Those of `matches` that were not heard before."""
        for match in matches:
            if self.is_over:
                break
            if match.entry.id not in self._heard:
                self._heard.add(match.entry.id)
                await self._hear_one(match)

    async def _hear_one(self, match: Match) -> None:
        stored = canonical(match.entry.prompt)
        judgement = await judgement_of(self._judge, self._question, stored, self._search.terms)
        self._asked_a_model += judgement.has_asked_a_model
        if judgement.is_served:
            self.hits.append(Hit(match.entry, match.similarity, Strategy.SEMANTIC, judgement))
        else:
            self.near_misses.append(NearMiss(match.entry, match.similarity, judgement))


async def judgement_of(judge: Judge, asked: Canonical, stored: Canonical, terms: Terms) -> Judgement:
    """Whether an answer to `stored` may be served to `asked`: a search's decision, which `tune` measures."""
    if asked.frame != stored.frame:
        # The engine looks within one frame only. But an entry of an older version may stand outside its own.
        return Judgement((OTHER_FRAME,))
    return await judge.judge(asked.question, stored.question, terms)
