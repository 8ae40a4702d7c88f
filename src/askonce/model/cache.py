"""A cache's configuration: what its searches default to, what it admits, and which embedder filled it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askonce.model.attributes import AttributeNames
from askonce.model.bounds import UNBOUNDED, Bounds
from askonce.model.judgement import JudgeMode
from askonce.model.query import Strategy

DEFAULT_THRESHOLD = 0.875  # A generous floor: the judge decides (docs/quality.md).
DEFAULT_JUDGE = JudgeMode.MODEL
DEFAULT_MIN_CONFIDENCE = 0.4  # Chosen on the dev sets (docs/quality.md).
DEFAULT_STRATEGIES = (Strategy.SEMANTIC,)  # LangCache's default.
DEFAULT_DATABASE = "default"  # The `databaseId` of the embedded engine.


class OnEmbedderFailure(StrEnum):
    """What a search answers that only a vector could have answered."""

    ERROR = "error"
    MISS = "miss"


class TtlMode(StrEnum):
    """From when the life of an entry counts."""

    FIXED = "fixed"  # From its set.
    SLIDING = "sliding"  # From its last hit.


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a vector depends on. Vectors of two fingerprints are never compared.

    `digest` is of the weights and tokenizer where we have them, else of whatever names the model at its
    provider.
    """

    model: str
    dimensions: int
    digest: str

    def __str__(self) -> str:
        return f"{self.model}, {self.dimensions} dimensions, {self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Cache:
    """`embedder` is the name the settings know it by; `fingerprint` is what that name meant at creation."""

    id: str
    name: str
    attributes: AttributeNames
    default_threshold: float
    judge: JudgeMode
    min_confidence: float
    default_ttl_ms: int | None
    strategies: Sequence[Strategy]
    embedder: str
    fingerprint: Fingerprint
    created_at_ms: int
    database: str = DEFAULT_DATABASE
    bounds: Bounds = UNBOUNDED
    on_embedder_failure: OnEmbedderFailure = OnEmbedderFailure.ERROR
    ttl_mode: TtlMode = TtlMode.FIXED
