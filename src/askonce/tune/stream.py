"""Requests with intents as a stream from an empty cache: each is searched, and set if it missed.

What it tells that pairs do not: how often a cache answers at all when questions come as they come, and how
its precision goes as it fills, since with every entry there is one more that may be served wrongly.

Invariant: the search is the service's own. Only the place where entries live is another one: memory, in which
each is looked at.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from askonce.model.attributes import AttributeNames
from askonce.model.cache import Cache
from askonce.model.canonical import canonical
from askonce.model.entry import NO_CONTEXT, Entry, entry_id, prompt_token
from askonce.model.judgement import JudgeMode, Terms
from askonce.model.query import Hit, Match, Scope, Search, Strategy
from askonce.ports import Vector
from askonce.service.embedding import Embedding
from askonce.service.framing import framed
from askonce.service.lookup import Lookup
from askonce.tune.instruments import Instruments, Progress, Similarities
from askonce.tune.labelled import Request
from askonce.tune.remembering import Measurements

EMBEDDER = "measured"
PATIENCE_S = 600  # For one vector: a measurement is not to depend on how busy the machine is.
# Float32 products of unit vectors are off by a millionth; what they propose is computed exactly.
MARGIN = 1e-4
SAVE_EVERY = 200  # Requests: what an interrupted run loses at most.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request. `is_repeat`: its intent had come before, so a hit was possible at all."""

    request: Request
    is_repeat: bool
    hit: Hit | None = None

    @property
    def is_wrong(self) -> bool:
        return self.hit is not None and self.hit.entry.response != self.request.intent


async def streamed(
    requests: Sequence[Request],
    instruments: Instruments,
    mode: JudgeMode,
    *,
    threshold: float,
    min_confidence: float,
    kept: Measurements | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """In the order given. Raises `EmbedderUnavailable`."""
    run = _Stream(instruments, threshold, Terms(mode, min_confidence))
    outcomes: list[Outcome] = []
    seen: set[str] = set()
    for at, request in enumerate(requests, 1):
        hit = await run.ask(request, at)
        outcomes.append(Outcome(request, request.intent in seen, hit))
        seen.add(request.intent)
        if kept is not None and at % SAVE_EVERY == 0:
            kept.commit()
        if progress is not None:
            progress(f"requests, judge {mode.value}", at, len(requests))
    return outcomes


class _Stream:
    """One cache and what it is asked. An entry's response is its intent."""

    def __init__(self, instruments: Instruments, threshold: float, terms: Terms) -> None:
        self._cache = _cache(instruments, threshold, terms)
        self._finder = ExactScan(instruments.similarities)
        self._embedding = Embedding({EMBEDDER: instruments.embedder}, timeout_s=PATIENCE_S)
        self._clock = _Steps()
        self._lookup = Lookup(self._finder, self._embedding, instruments.judge, self._clock)
        self._terms = terms

    async def ask(self, request: Request, at_ms: int) -> Hit | None:
        self._clock.at_ms = at_ms
        strategies, floor = self._cache.strategies, self._cache.default_threshold
        search = Search(request.text, Scope({}), strategies, floor, 1, self._terms)
        found = await self._lookup.search(self._cache, search)
        if found.hits:
            return found.hits[0]
        question = canonical(request.text)
        context = framed(NO_CONTEXT, question.frame)
        entry = Entry(
            entry_id(request.text, {}, context), request.text, request.intent, {}, context, at_ms, None
        )
        self._finder.put(entry, await self._embedding.of(question.question, self._cache))
        return None


@dataclass
class _Steps:
    """Satisfies `Clock`: requests are its milliseconds."""

    at_ms: int = 0

    def now_ms(self) -> int:
        return self.at_ms


@dataclass
class _Rows:
    """Entries of one context and their vectors, the oldest first."""

    entries: list[Entry] = field(default_factory=list)
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))

    def add(self, entry: Entry, vector: Vector) -> None:
        if len(self.entries) == len(self.vectors):
            grown = np.empty((max(64, 2 * len(self.vectors)), len(vector)), np.float32)
            if self.entries:
                grown[: len(self.entries)] = self.vectors
            self.vectors = grown
        self.vectors[len(self.entries)] = vector
        self.entries.append(entry)


class ExactScan:
    """Satisfies the port `Finder` for one cache, of entries without attributes and without an end."""

    def __init__(self, similarities: Similarities) -> None:
        self._similarities = similarities
        self._by_prompt: defaultdict[bytes, list[Entry]] = defaultdict(list)
        self._by_context: defaultdict[str, _Rows] = defaultdict(_Rows)

    def put(self, entry: Entry, vector: Vector | None) -> None:
        self._by_prompt[prompt_token(entry.prompt, entry.context)].append(entry)
        if vector is not None:
            self._by_context[entry.context].add(entry, vector)

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        del cache_id, now_ms
        found = self._by_prompt.get(prompt_token(prompt, scope.context), [])
        return found[: -limit - 1 : -1]

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        del cache_id, now_ms
        rows = self._by_context.get(scope.context)
        if rows is None:
            return []
        count = len(rows.entries)
        products = rows.vectors[:count] @ vector
        least = np.partition(products, count - limit)[count - limit] if count > limit else -np.inf
        near = np.flatnonzero(products >= least - MARGIN)
        exact = self._similarities(rows.vectors[near], vector)
        order = np.lexsort((-near, -exact))[:limit]  # Among equals the newer first.
        return [
            Match(rows.entries[near[place]], float(exact[place])) for place in order if exact[place] >= floor
        ]

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        """Nothing here is ever evicted or renewed."""


def _cache(instruments: Instruments, threshold: float, terms: Terms) -> Cache:
    return Cache(
        id="0" * 32,
        name="stream",
        attributes=AttributeNames.declared(()),
        default_threshold=threshold,
        judge=terms.mode,
        min_confidence=terms.min_confidence,
        default_ttl_ms=None,
        strategies=(Strategy.SEMANTIC,),
        embedder=EMBEDDER,
        fingerprint=instruments.embedder.fingerprint,
        created_at_ms=0,
    )
