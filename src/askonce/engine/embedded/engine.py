"""The embedded engine: one process, entries in SQLite, the indexes in memory.

What runs where: exact searches on the event loop (a point read takes 10 microseconds, a hop to a thread 70);
searches by vector too where there are few, else whole in one hop to a search thread (`_in_thread`, the only
place); changes on the writer.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TypeVar

from askonce.engine.embedded.browse import (
    NO_NUMBERS,
    numbers_from,
    numbers_of_index,
    page_of,
    read_one,
)
from askonce.engine.embedded.check import Check, CheckReport
from askonce.engine.embedded.checkpoint import Checkpointer
from askonce.engine.embedded.commit import Committer
from askonce.engine.embedded.database import (
    Durability,
    connect,
    connect_reader,
    prepare,
    start_refusal,
)
from askonce.engine.embedded.effects import Outcome
from askonce.engine.embedded.index import Moved
from askonce.engine.embedded.lock import DirectoryLock
from askonce.engine.embedded.lookup import Lookup
from askonce.engine.embedded.rows import Reader
from askonce.engine.embedded.schema import ENTRIES
from askonce.engine.embedded.spaces import Spaces, load
from askonce.engine.embedded.store import USES_BATCH, Store
from askonce.engine.embedded.writer import Writer
from askonce.engine.paging import begin_or_go_on
from askonce.engine.similarity import checked_unit
from askonce.errors import EngineUnavailable, StartRefused
from askonce.model.attributes import Attributes
from askonce.model.bounds import UNBOUNDED, Bounds, Size
from askonce.model.browsing import Order, Selection
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.ports import Kept, Page, Vector

T = TypeVar("T")

ENTRIES_NAME = "entries.db"
SEARCH_THREADS = max(2, os.cpu_count() or 1)  # Scans release the GIL; more than the cores would take turns.
# A scan of so many takes a millisecond or less. A hop to a thread costs a quarter of one where a core has to
# be woken, and a tenth of the throughput where the embedder keeps the cores busy (docs/decisions/0007).
MOST_INLINE = 131_072
KEEP_USES_EVERY_MS = 10_000  # What a crash may lose. An entry that is hit all the time is written once in it.


class EmbeddedEngine:
    """Satisfies `Engine`, `Inventory`, `Holdings` and `Upkeep`. Used from one event loop; `open` and `close`
    may block for seconds.
    """

    def __init__(
        self, path: Path, spaces: Spaces, durability: Durability, lock: DirectoryLock, most_inline: int
    ) -> None:
        self.path = path
        self._most_inline = most_inline
        self._lock = lock
        self._spaces = spaces
        self._checkpointer = Checkpointer(path, durability)
        self._committer = Committer(connect(path, durability), spaces, self._checkpointer)
        self._writer = Writer(self._committer)
        self._lookup = Lookup(spaces, Reader(path))  # The event loop's.
        self._threads = ThreadPoolExecutor(SEARCH_THREADS, thread_name_prefix="askonce-search")
        # One for each thread, so there is always one left to take.
        self._idle = [Lookup(spaces, Reader(path)) for _ in range(SEARCH_THREADS)]
        self._uses_kept_at_ms = 0
        # Whoever looks through a cache takes neither the event loop nor a search's thread, and only one at a
        # time does.
        self._browser = connect_reader(path)
        self._browsing = ThreadPoolExecutor(1, thread_name_prefix="askonce-browse")
        self._is_closed = False

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        now_ms: int,
        durability: Durability = Durability.POWER_LOSS,
        most_inline: int = MOST_INLINE,
    ) -> Self:
        """Take the directory, bring its files up to date and read them into memory; or refuse to start.

        A cache of more than `most_inline` entries is scanned in a thread, off the event loop.
        """
        with ExitStack() as undo:
            try:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StartRefused(f"The data directory {directory} can not be made: {error}.") from error
            lock = DirectoryLock.take(directory)
            undo.callback(lock.release)
            path = directory / ENTRIES_NAME
            prepare(path, ENTRIES)
            spaces = load(path, now_ms)
            try:
                engine = cls(path, spaces, durability, lock, most_inline)
            except sqlite3.Error as error:
                raise start_refusal(error, path) from error
            undo.pop_all()
        return engine

    def close(self) -> None:
        """Finish what is queued, move the log into the database, and let the directory go."""
        if self._is_closed:
            return
        self._is_closed = True
        self._threads.shutdown()
        self._browsing.shutdown()
        for lookup in (self._lookup, *self._idle):
            lookup.close()
        self._browser.close()
        try:
            self._writer.close()
            self._checkpointer.close()
        finally:
            self._lock.release()

    async def put(
        self, cache_id: str, entry: Entry, vector: Vector | None, bounds: Bounds = UNBOUNDED
    ) -> None:
        kept = None if vector is None else checked_unit(vector)
        await self._writer.make(lambda store: store.put(cache_id, entry, kept, bounds))

    def note_hits(self, cache_id: str, entries: Sequence[Entry]) -> None:
        self._spaces.note_hits(cache_id, entries)

    async def exact(self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        self._check_open()

        def look(lookup: Lookup, is_settled: bool) -> list[Entry]:
            return lookup.exact(cache_id, prompt, scope, limit, now_ms, is_settled=is_settled)

        try:
            return look(self._lookup, False)
        except Moved:
            return await self._in_thread(lambda: self._look_settled(look))

    async def nearest(
        self, cache_id: str, vector: Vector, scope: Scope, floor: float, limit: int, now_ms: int
    ) -> list[Match]:
        self._check_open()
        query = checked_unit(vector)

        def look(lookup: Lookup, is_settled: bool) -> list[Match]:
            return lookup.nearest(cache_id, query, scope, floor, limit, now_ms, is_settled=is_settled)

        if self._spaces.slots_in_use(cache_id) > self._most_inline:
            return await self._in_thread(lambda: self._look(look))
        await asyncio.sleep(0)  # Whoever searches in a row gives everybody else a turn in between.
        try:
            return look(self._lookup, False)
        except Moved:
            return await self._in_thread(lambda: self._look_settled(look))

    async def remove(self, cache_id: str, entry_id: str, now_ms: int) -> bool:
        key = key_of(entry_id)
        if key is None:
            return False
        return await self._writer.make(lambda store: store.remove(cache_id, key, now_ms))

    async def remove_matching(self, cache_id: str, attributes: Attributes, now_ms: int) -> int:
        def change(store: Store) -> Outcome[int]:
            space = self._spaces.find(cache_id)
            if space is None:
                return Outcome(0)
            if not attributes:
                return Outcome(space.count_live(now_ms), store.flush(cache_id).effects)
            return store.remove_all(space.matching(attributes), now_ms)

        # Alone, so that what the index shows is what the store holds when the change begins.
        return await self._writer.make(change, alone=True)

    async def flush(self, cache_id: str) -> None:
        await self._writer.make(lambda store: store.flush(cache_id), alone=True)

    async def size_of(self, cache_id: str, now_ms: int) -> Size:
        space = self._spaces.find(cache_id)
        if space is None:
            return Size(0, 0)
        return Size(space.count_live(now_ms), self._spaces.ledger.account(space.number).bytes)

    async def cache_ids(self) -> Sequence[str]:
        return [cache_id for cache_id, _ in self._spaces.all()]

    async def browse(
        self, cache_id: str, selection: Selection, after: str | None, limit: int, now_ms: int
    ) -> Page:
        self._check_open()

        def look() -> Page:
            if selection.order is Order.WRITTEN:
                # Whatever the page before did not find any more was committed: from here on it shows.
                with self._committer.standing_still:
                    pass
            space = self._spaces.find(cache_id)
            seqs = NO_NUMBERS if space is None else numbers_of_index(space, selection, now_ms)
            start = begin_or_go_on(after, selection.order, lambda: int(seqs.max(initial=0)))
            numbers = numbers_from(seqs, selection.order)
            return page_of(self._browser, numbers, selection, start, limit, now_ms, is_sure=True, space=space)

        return await self._in_thread(look, self._browsing)

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:
        self._check_open()
        key = key_of(entry_id)
        if key is None:
            return None
        space = self._spaces.find(cache_id)
        return await self._in_thread(
            lambda: read_one(self._browser, cache_id, key, now_ms, space), self._browsing
        )

    async def sweep(self, now_ms: int) -> int:
        if now_ms - self._uses_kept_at_ms >= KEEP_USES_EVERY_MS:
            self._uses_kept_at_ms = now_ms
            await self.keep_uses()
        return await self._writer.make(lambda store: store.sweep(now_ms))

    async def keep_uses(self) -> None:
        """Write how entries were used, in bounded steps between which others have their turn."""
        for _ in range(0, self._spaces.count_fresh_uses(), USES_BATCH):  # Not for ever: hits go on.
            await self._writer.make(lambda store: store.keep_uses())

    async def trim(self, cache_id: str, bounds: Bounds, now_ms: int) -> int:
        space = self._spaces.find(cache_id)
        if space is None:
            return 0
        held = self._spaces.ledger.account(space.number)
        if bounds.hold(held.entries, held.bytes):
            return 0  # So it is nearly always: nothing of it costs a commit.
        return await self._writer.make(lambda store: store.trim(cache_id, bounds, now_ms))

    async def ping(self) -> None:
        self._check_open()
        self._writer.check_alive()
        self._lookup.touch()

    @property
    def commits(self) -> int:
        """How many transactions have taken the changes so far; fewer than changes, where callers shared."""
        return self._committer.commits

    async def check(self, now_ms: int) -> CheckReport:
        """Compare the store with the indexes; reads everything, so it takes seconds to minutes."""
        self._check_open()
        check = Check(self.path, self._spaces, self._committer.standing_still, now_ms)
        return await self._in_thread(check.run)

    def _look(self, look: Callable[[Lookup, bool], T]) -> T:
        """In a search thread."""
        lookup = self._idle.pop()
        try:
            return look(lookup, False)
        except Moved:
            with self._committer.standing_still:
                return look(lookup, True)
        finally:
            self._idle.append(lookup)

    def _look_settled(self, look: Callable[[Lookup, bool], T]) -> T:
        """In a search thread, for an exact search: the event loop must not wait for a commit."""
        lookup = self._idle.pop()
        try:
            with self._committer.standing_still:
                return look(lookup, True)
        finally:
            self._idle.append(lookup)

    async def _in_thread(self, work: Callable[[], T], threads: ThreadPoolExecutor | None = None) -> T:
        """In a search thread, if no others are named."""
        return await asyncio.get_running_loop().run_in_executor(threads or self._threads, work)

    def _check_open(self) -> None:
        if self._is_closed:
            raise EngineUnavailable("The engine is closed.")


def key_of(entry_id: str) -> bytes | None:
    """The id's bytes; None for what is no id, and so the id of no entry."""
    try:
        key = bytes.fromhex(entry_id)
    except ValueError:
        return None
    return key if key.hex() == entry_id else None
