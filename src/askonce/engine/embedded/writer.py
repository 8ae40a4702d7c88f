"""The writer: one thread through which every change goes, so that callers share commits.

While one commit waits for the disk, changes gather; the next transaction takes all of them. So the disk is
waited for as often with a hundred callers as with one.

Invariant: every caller is told exactly once, whatever happens to the thread: after its end nothing is queued,
and whatever was queued then is refused.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from askonce.engine.embedded.commit import Change, Committer
from askonce.engine.embedded.database import refusal
from askonce.engine.embedded.effects import Effect, Outcome
from askonce.engine.embedded.store import Store
from askonce.errors import EngineUnavailable, Refusal

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_TOGETHER = (
    256  # At a hundred changes a commit's cost is spread thin; more only makes the first one wait.
)


class Waiting(Change, Protocol):
    """A change whose caller waits for it on `loop`. `alone`: it shares its transaction with no other."""

    alone: bool
    loop: asyncio.AbstractEventLoop

    def tell(self) -> None:
        """On the loop: hand the caller what `run` or `fail` left."""


class Job(Generic[T]):
    def __init__(self, change: Callable[[Store], Outcome[T]], *, alone: bool) -> None:
        self._change = change
        self.alone = alone
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self._outcome: Outcome[T] | None = None
        self._error: Refusal | None = None

    def run(self, store: Store) -> Sequence[Effect]:
        self._outcome = self._change(store)
        return self._outcome.effects

    def fail(self, error: Exception) -> None:
        self._error = _told(error)

    def tell(self) -> None:
        if self.future.done():  # The caller gave up waiting.
            return
        if self._error is not None or self._outcome is None:
            self.future.set_exception(self._error or EngineUnavailable("The change was not made."))
        elif self._outcome.refusal is not None:
            self.future.set_exception(self._outcome.refusal)
        else:
            self.future.set_result(self._outcome.result)


def _told(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, sqlite3.Error):
        return refusal(error)
    return EngineUnavailable(f"The change could not be made ({type(error).__name__}).")


class Writer:
    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()  # Of the queue and the next line.
        self._ended_by: str | None = None
        self._thread = threading.Thread(target=self._work, name="askonce-writer", daemon=True)
        self._thread.start()

    async def make(self, change: Callable[[Store], Outcome[T]], *, alone: bool = False) -> T:
        """Have the change made. When this returns it is committed and every search begun from now on sees it.

        A caller that is cancelled while it waits does not stop the change.
        """
        job = Job(change, alone=alone)
        with self._changed:
            self.check_alive()
            self._queue.append(job)
            self._changed.notify()
        return await job.future

    def check_alive(self) -> None:
        if self._ended_by is not None:
            raise EngineUnavailable(self._ended_by)

    def close(self) -> None:
        """Makes what is queued, then ends."""
        self._end("The engine is closed.")
        self._thread.join()
        self._committer.close()

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended_by = self._ended_by or reason
            self._changed.notify()

    def _work(self) -> None:
        jobs: Sequence[Waiting] = ()
        try:
            while jobs := self._next():
                self._committer.make(jobs)
                _tell(jobs)
                self._committer.begin_log_again()
        except BaseException as error:
            # Nothing expected ends here. The index may be behind the store, so nothing more is written until
            # a restart has read the store again. Searches go on: they look up what the index proposes.
            log.critical("the writer has died", exc_info=error)
            self._end(f"The writer has died ({type(error).__name__}); restart the server.")
            self._refuse([*jobs, *self._queue])

    def _next(self) -> list[Waiting]:
        """Everything that waits and may share a transaction, in its order; nothing at the end."""
        with self._changed:
            while not self._queue and self._ended_by is None:
                self._changed.wait()
            taken: list[Waiting] = []
            while self._queue and len(taken) < MOST_TOGETHER:
                if self._queue[0].alone and taken:
                    break
                taken.append(self._queue.popleft())
                if taken[0].alone:
                    break
            return taken

    def _refuse(self, jobs: Sequence[Waiting]) -> None:
        for job in jobs:
            job.fail(EngineUnavailable(self._ended_by or "The writer has died."))
        _tell(jobs)


def _tell(jobs: Sequence[Waiting]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, theirs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody is left to be told.
            loop.call_soon_threadsafe(_tell_all, theirs)


def _tell_all(jobs: Sequence[Waiting]) -> None:
    for job in jobs:
        job.tell()
