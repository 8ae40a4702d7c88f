"""The one place where a model's work leaves the event loop: a few threads, and a bounded line of texts before
them. The models share it, so that together they never ask for more cores than there are.

A text is worked on in steps, one for each window, by a generator that yields between them. After a step the
text goes to the end of the line: a long one never keeps short ones waiting for longer than a window, and one
that nobody waits for any more (cancelled, timed out) is not taken up again. Askers (`ASKER`: caches) take
turns: one with a hundred texts in line delays another's by one.

Invariant: a text whose caller has gone leaves the line at once; the threads finish its present step at most.
"""

import asyncio
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, Protocol, TypeVar

from askonce.inference.line import Line
from askonce.inference.session import cores
from askonce.model.asker import ASKER

Result = TypeVar("Result")

# Two threads do some 500 short texts a second: whoever came later would be ended by a time limit.
MOST_WAITING = 1_024


class ModelUnavailable(Exception):
    """No model can take a text now: the line is full, or closed."""


class _Step(Protocol):
    """A text under way. `is_wanted` and its place in line change only under the lock of its `Workers`."""

    is_wanted: bool

    @property
    def asker(self) -> str: ...

    def advance(self) -> bool:
        """Take a step; whether there is another one."""

    def fail(self, error: BaseException) -> None: ...


class _Job(Generic[Result]):
    """Satisfies `_Step`."""

    __slots__ = ("asker", "future", "is_wanted", "steps")

    def __init__(self, steps: Generator[None, None, Result], asker: str) -> None:
        self.steps = steps
        self.asker = asker
        self.future: Future[Result] = Future()
        # From here on a cancelled caller can not cancel the future, so a thread can always settle it.
        self.future.set_running_or_notify_cancel()
        self.is_wanted = True

    def advance(self) -> bool:
        try:
            next(self.steps)
        except StopIteration as end:
            self.future.set_result(end.value)
            return False
        return True

    def fail(self, error: BaseException) -> None:
        self.future.set_exception(error)


class Workers:
    """`threads` at work (0: one a core), and at most `most_waiting` texts in line. One more is refused at
    once, or, if its asker has fewer in line than another, the last of the one with most.
    """

    def __init__(self, threads: int = 0, most_waiting: int = MOST_WAITING) -> None:
        self._executor = ThreadPoolExecutor(threads or cores(), thread_name_prefix="askonce-model")
        self._most_waiting = most_waiting
        self._lock = Lock()
        self._line: Line[_Step] = Line()
        self._is_closed = False

    async def run(self, steps: Generator[None, None, Result]) -> Result:
        """What `steps` return, all of them run in threads. Raises `ModelUnavailable`, and what they raise."""
        job = _Job(steps, ASKER.get())
        with self._lock:
            gives_way = self._make_room(job.asker)
            self._queue(job)
        if gives_way is not None:
            gives_way.fail(self._full())
        try:
            return await asyncio.wrap_future(job.future)
        finally:
            with self._lock:
                job.is_wanted = False
                self._line.discard(job)

    def _make_room(self, asker: str) -> _Step | None:
        """Who must give way to a text of `asker`, out of the line already. Needs the lock."""
        if len(self._line) < self._most_waiting:
            return None
        last = self._line.last_of_the_longest()
        if last is None or self._line.length_of(last.asker) <= self._line.length_of(asker) + 1:
            raise self._full()
        self._line.discard(last)
        return last

    def _full(self) -> ModelUnavailable:
        return ModelUnavailable(f"The models have {self._most_waiting} texts in line already.")

    def close(self) -> None:
        """Refuse what is in line and what comes; a step under way is finished, and its text refused."""
        with self._lock:
            self._is_closed = True
            abandoned = self._line.clear()
        for job in abandoned:
            job.fail(_closed())
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _queue(self, job: _Step) -> None:
        """Put `job` at the end of the line, and call a thread. Needs the lock."""
        if self._is_closed:
            raise _closed()
        self._line.add(job)
        self._executor.submit(self._take_a_step)

    def _take_a_step(self) -> None:
        with self._lock:
            job = self._line.take()
        if job is None:
            return  # There is one call for each job that was in line, and its caller has gone.
        try:
            if job.advance():
                with self._lock:
                    if job.is_wanted:
                        self._queue(job)
        except BaseException as error:  # Whatever it is, the caller must learn of it rather than wait on.
            job.fail(error)


def _closed() -> ModelUnavailable:
    return ModelUnavailable("The models are closed.")
