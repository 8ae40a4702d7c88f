"""What the services need from the outside, and no more. Adapters satisfy these without inheriting.

Promises every `Engine` keeps (`tests/contract` holds each adapter to them):

* When `put`, `remove`, `remove_matching` or `flush` has returned, the change survives a killed process and
  every search begun after it sees it.
* `exact` and `nearest` never return an entry that is over at `now_ms`, of another cache, of another context,
  or without every attribute of the scope; and a match is found however rare the scope is.
* `nearest` computes similarities from float32 vectors, best first; among equals the newer entry comes first.
* Putting an entry whose id is there already replaces it.
* A put that is given bounds leaves the cache within them, and what it evicts for that is the choice of their
  policy, of what is over first; both happen or neither. Where nothing may go it is `OutOfSpace`.
* A cache that was never written to is an empty cache.

Failures are `EngineUnavailable` or `OutOfSpace`; after either nothing is half there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from askonce.model.attributes import Attributes
from askonce.model.audit import Act
from askonce.model.bounds import UNBOUNDED, Bounds, Size, entry_bytes
from askonce.model.browsing import Selection
from askonce.model.cache import Cache, Fingerprint
from askonce.model.entry import Entry
from askonce.model.judgement import Judgement, Terms
from askonce.model.key import Key
from askonce.model.query import Match, NearMiss, Scope

Vector: TypeAlias = NDArray[np.float32]  # shape (dimensions,), unit length


class Finder(Protocol):
    """What a search needs of an engine. Times are milliseconds since the epoch."""

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        """Entries whose prompt equals `prompt` but for case, newest first."""

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        """The `limit` best entries with a similarity of `floor` (0 to 1) or more."""

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        """These, as a search found them, were served: each was used once more, and lives as long as is said
        here (`Entry.renewed`). Nobody waits for it to be kept, and a crash may lose the last seconds of it.
        """


class Engine(Finder, Protocol):
    """Where entries live. `cache_id` names the cache; times are milliseconds since the epoch."""

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        """Store `entry`, at the time of its making. Without a vector only an exact search finds it."""

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        """Whether there was such a (live) entry to remove."""

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        """Remove every entry, of any context, that carries all of `attributes`; the number of live ones."""

    async def flush(self, cache_id: str) -> None:
        """Remove every entry of the cache."""


class Upkeep(Protocol):
    """What an engine needs done besides answering."""

    async def sweep(self, now_ms: int) -> int:
        """Give back the space of entries that are over or flushed: a bounded step. The number removed."""

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        """Evict what a cache holds beyond bounds that were lowered: a bounded step. The number removed."""

    async def ping(self) -> None:
        """Raise `EngineUnavailable` if searches can not be answered."""


class Catalog(Protocol):
    """Which caches there are. A cache added by another process is seen by the next call."""

    async def caches(self) -> Sequence[Cache]: ...

    async def find_cache(self, cache_id: str) -> Cache | None: ...

    async def add_cache(self, cache: Cache, act: Act) -> None: ...


class Register(Protocol):
    """Changes to caches, and the log of administrative acts. A change and its act are kept together or not
    at all, and every call after it sees it, also another process's.
    """

    async def change_cache(self, cache_id: str, change: Callable[[Cache], tuple[Cache, Act]]) -> Cache:
        """`change` gets what the cache is at that moment. Raises `UnknownCache`, and what `change` raises."""

    async def remove_cache(self, cache_id: str, act: Act, *, keeps_entries: bool) -> None:
        """The cache and every grant on it. A cache that was removed before, and its entries kept, may be
        removed once more without them. Raises `UnknownCache`.
        """

    async def dropped(self) -> Sequence[str]:
        """The caches that were removed with their entries, whose entries may not all be gone yet."""

    async def record(self, act: Act) -> None:
        """An act that changes nothing in the catalog."""

    async def acts(self, before: int | None, limit: int) -> Sequence[tuple[int, Act]]:
        """Acts with their positions, the latest first, of those below the position `before`."""


class Inventory(Protocol):
    """What an engine holds, for those who administer it."""

    async def size_of(self, cache_id: str, now_ms: int) -> Size: ...

    async def cache_ids(self) -> Sequence[str]:
        """The caches that entries are held of."""

    async def flush(self, cache_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as an engine keeps it; without a vector only an exact search finds it."""

    entry: Entry
    vector: Vector | None

    @property
    def bytes(self) -> int:
        return entry_bytes(self.entry, 0 if self.vector is None else len(self.vector))


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is where the next page begins, in the engine's own words; None: this is the last one."""

    kept: Sequence[Kept]
    after: str | None


class Browser(Protocol):
    """Looking at the live entries of a cache, in any context. Neither call keeps searches or sets waiting."""

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        """Up to `limit` entries of those after `after`. A page that is not the last may be shorter, or empty:
        a step is bounded whatever is looked for. Raises `InvalidRequest` for an `after` that was never given.
        """

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None: ...


class Holdings(Browser, Protocol):
    """What administering the entries of a cache needs of an engine; `put` and `remove` as in `Engine`."""

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None: ...

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool: ...


class Keyring(Protocol):
    """Who may come in, by digests of their tokens. A change by another process is seen by the next call."""

    async def find_key(self, digest: bytes) -> Key | None:
        """The key that the token opens, be it over or not."""

    async def find_key_and_cache(self, digest: bytes, cache_id: str) -> tuple[Key | None, Cache | None]:
        """Both as they are at one moment: what every request of the data plane begins with."""

    async def keys(self) -> Sequence[Key]:
        """Every key once, as its token in use opens it."""

    async def add_key(self, key: Key, act: Act) -> None:
        """Add a key, or replace the one with the same id. Refused if a cache that it names is not there."""


class KeyRegister(Protocol):
    """Changes to keys, each kept together with its act or not at all. Which key: `known`, as it was found.

    All of them raise `UnknownKey`; none of them is overtaken by another.
    """

    async def change_key(self, known: Key, change: Callable[[Key], tuple[Key, Act]]) -> Key:
        """Its name, grants and end, made from what they are at that moment."""

    async def rotate_key(self, known: Key, digest: bytes, former_until_ms: int, act: Act) -> Key:
        """A new token; the former ones end at `former_until_ms` at the latest."""

    async def revoke_key(self, known: Key, act: Act) -> None:
        """No call after this one finds any of its tokens. The last admin key is refused."""


class UsageStore(Protocol):
    """When keys and caches were last used, by their ids, in milliseconds since the epoch."""

    async def last_used(self) -> Mapping[str, int]: ...

    async def keep(self, used: Mapping[str, int]) -> None: ...


class Embedder(Protocol):
    """Turns a text into a vector. Failures are `EmbedderUnavailable` or its kinds."""

    @property
    def fingerprint(self) -> Fingerprint: ...

    async def embed(self, text: str) -> Vector | None:
        """The text's unit vector; None if the model can not read it: such a text only matches exactly."""


class Judge(Protocol):
    """Tells a stored question that is similar from one that is the same. A judge only ever vetoes.

    It judges the same whichever of the two was asked, and never raises: a part that fails is a veto.
    """

    async def judge(self, asked: str, stored: str, terms: Terms) -> Judgement:
        """Whether an answer to the question `stored` may be served to the question `asked`, and why not."""


class NearMissLog(Protocol):
    """Keeps candidates that were similar enough and not served, for whoever tunes the cache.

    Not async: a search is not to wait for it, so all it may do at once is remember.
    """

    def note(self, cache_id: str, asked: str, near_misses: Sequence[NearMiss]) -> None:
        """`asked` is the prompt of the search that met them."""

    def forget(self, cache_id: str) -> None:
        """Drop everything noted of the cache: its entries were flushed, or it is gone."""


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
