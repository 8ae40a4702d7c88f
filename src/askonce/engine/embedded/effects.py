"""What a change did to the store, for the indexes and accounts in memory to follow.

Invariant: the effects of a transaction say exactly what it did, in its order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from askonce.errors import Refusal
from askonce.model.attributes import Attributes
from askonce.model.entry import Entry
from askonce.ports import Vector

T = TypeVar("T")

FIRST_FREQUENCY = 1  # Of an entry that came before anything was ever evicted: its set is a use.


@dataclass(frozen=True, slots=True)
class Use:
    """How an entry was used: `last` is a number of the same count as `seq`, `frequency` what LFU goes by; the
    times are those that its hits have left it with.
    """

    last: int
    frequency: int
    expires_at_ms: int | None
    renewed_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Added:
    """`size` is what it counts for (`entry_bytes`); `last_use` of None: its set."""

    cache_id: str
    space: int
    seq: int
    entry: Entry
    vector: Vector | None
    size: int
    frequency: int = FIRST_FREQUENCY
    last_use: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    space: int
    seq: int
    prompt: str
    attributes: Attributes
    context: str
    expires_at_ms: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Flushed:
    cache_id: str
    space: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How entries were used, by `seq`, is in the store now."""

    space: int
    uses: Mapping[int, Use]


Effect: TypeAlias = Added | Removed | Flushed | Kept


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """With a `refusal` the caller is told that instead of the result; the effects stand all the same."""

    result: T
    effects: Sequence[Effect] = field(default=())
    refusal: Refusal | None = None
