"""What a caller asks of a cache: a search or a set, and what a search found.

Invariant: a value of these classes has passed every rule of the API; the services check nothing again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askonce.model.attributes import Attributes
from askonce.model.entry import NO_CONTEXT, Entry
from askonce.model.judgement import Judgement, Terms

MAX_RESULTS = 1_000  # LangCache names no ceiling; this one keeps a page of answers in memory.


class Strategy(StrEnum):
    EXACT = "exact"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries a search may see at all: those of this context that carry all of these attributes."""

    attributes: Attributes
    context: str = NO_CONTEXT


@dataclass(frozen=True, slots=True)
class Search:
    """`strategies` run in the order given. `floor` is the least similarity, 0 to 1, of a semantic hit,
    whatever the judge thinks of it on `terms`. With `is_explained` the candidates that were not served are
    told.
    """

    prompt: str
    scope: Scope
    strategies: Sequence[Strategy]
    floor: float
    max_results: int
    terms: Terms
    is_explained: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """An answer to keep. `ttl_ms` of None means for ever."""

    prompt: str
    response: str
    attributes: Attributes
    ttl_ms: int | None
    context: str = NO_CONTEXT


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that an engine found near a vector. `similarity` is (1 + cosine) / 2, from 0 to 1."""

    entry: Entry
    similarity: float


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that is served, and how it was found. An exact hit has similarity 1 and needs no judge."""

    entry: Entry
    similarity: float
    strategy: Strategy
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A candidate that was similar enough, and not served."""

    entry: Entry
    similarity: float
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first; `near_misses` are the candidates that the judge vetoed."""

    hits: Sequence[Hit]
    near_misses: Sequence[NearMiss] = ()
