"""The one place where embedding leaves the event loop: a few threads, and a bounded line of texts before
them.

A text is embedded in steps, one for each window, by a generator that yields between them. After a step the
text goes to the end of the line: a long one never keeps short ones waiting for longer than a window, and one
that nobody waits for any more (cancelled, timed out) is not taken up again.

Invariant: a text whose caller has gone leaves the line at once; the threads finish its present step at most.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeAlias

from askonce.errors import EmbedderUnavailable
from askonce.ports import Vector

Steps: TypeAlias = Generator[None, None, Vector | None]


class _Job:
    """A text under way. `is_wanted` and its place in line change only under the lock of its `Workers`."""

    __slots__ = ("future", "is_wanted", "steps")

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.future: Future[Vector | None] = Future()
        # From here on a cancelled caller can not cancel the future, so a thread can always settle it.
        self.future.set_running_or_notify_cancel()
        self.is_wanted = True


class Workers:
    """`threads` at work, and at most `most_waiting` texts in line; one more is refused at once."""

    def __init__(self, threads: int, most_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="askonce-embed")
        self._most_waiting = most_waiting
        self._lock = Lock()
        self._line: OrderedDict[_Job, None] = OrderedDict()
        self._is_closed = False

    async def run(self, steps: Steps) -> Vector | None:
        """What `steps` return, all of them run in threads."""
        job = _Job(steps)
        with self._lock:
            if len(self._line) >= self._most_waiting:
                raise EmbedderUnavailable(f"The embedder has {self._most_waiting} texts in line already.")
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
            job.future.set_exception(_closed())
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _queue(self, job: _Job) -> None:
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
            next(job.steps)
            with self._lock:
                if job.is_wanted:
                    self._queue(job)
        except StopIteration as end:
            job.future.set_result(end.value)
        except BaseException as error:  # Whatever it is, the caller must learn of it rather than wait on.
            job.future.set_exception(error)


def _closed() -> EmbedderUnavailable:
    return EmbedderUnavailable("The embedder is closed.")
