"""The one place where a model's work leaves the event loop: a few threads, and a bounded line of texts before
them. The models share it, so that together they never ask for more cores than there are.

A text is worked on in steps, one for each window, by a generator that yields between them. After a step the
text goes to the end of the line: a long one never keeps short ones waiting for longer than a window, and one
that nobody waits for any more (cancelled, timed out) is not taken up again.

Invariant: a text whose caller has gone leaves the line at once; the threads finish its present step at most.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, Protocol, TypeVar

from askonce.inference.session import cores

Result = TypeVar("Result")

# Two threads do some 500 short texts a second: whoever came later would be ended by a time limit.
MOST_WAITING = 1_024


class ModelUnavailable(Exception):
    """No model can take a text now: the line is full, or closed."""


class _Step(Protocol):
    """A text under way. `is_wanted` and its place in line change only under the lock of its `Workers`."""

    is_wanted: bool

    def advance(self) -> bool:
        """Take a step; whether there is another one."""

    def fail(self, error: BaseException) -> None: ...


class _Job(Generic[Result]):
    """Satisfies `_Step`."""

    __slots__ = ("future", "is_wanted", "steps")

    def __init__(self, steps: Generator[None, None, Result]) -> None:
        self.steps = steps
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
    """`threads` at work (0: one a core), and at most `most_waiting` texts in line; one more is refused at
    once.
    """

    def __init__(self, threads: int = 0, most_waiting: int = MOST_WAITING) -> None:
        self._executor = ThreadPoolExecutor(threads or cores(), thread_name_prefix="askonce-model")
        self._most_waiting = most_waiting
        self._lock = Lock()
        self._line: OrderedDict[_Step, None] = OrderedDict()
        self._is_closed = False

    async def run(self, steps: Generator[None, None, Result]) -> Result:
        """What `steps` return, all of them run in threads. Raises `ModelUnavailable`, and what they raise."""
        job = _Job(steps)
        with self._lock:
            if len(self._line) >= self._most_waiting:
                raise ModelUnavailable(f"The models have {self._most_waiting} texts in line already.")
            self._queue(job)
        try:
            return await asyncio.wrap_future(job.future)
        finally:
            with self._lock:
                job.is_wanted = False
                self._line.pop(job, None)

    def close(self) -> None:
        """Refuse what is in line and what comes; a step under way is finished, and its text refused."""
        with self._lock:
            self._is_closed = True
            abandoned = list(self._line)
            self._line.clear()
        for job in abandoned:
            job.fail(_closed())
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _queue(self, job: _Step) -> None:
        """Put `job` at the end of the line, and call a thread. Needs the lock."""
        if self._is_closed:
            raise _closed()
        self._line[job] = None
        self._executor.submit(self._take_a_step)

    def _take_a_step(self) -> None:
        with self._lock:
            if not self._line:
                return  # There is one call for each job that was in line, and its caller has gone.
            job, _ = self._line.popitem(last=False)
        try:
            if job.advance():
                with self._lock:
                    if job.is_wanted:
                        self._queue(job)
        except BaseException as error:  # Whatever it is, the caller must learn of it rather than wait on.
            job.fail(error)


def _closed() -> ModelUnavailable:
    return ModelUnavailable("The models are closed.")
