"""Gathers texts that wait at the same time into one request to an embedding endpoint.

A lone text is sent at once: no pause is made to let a batch fill. While every request slot is taken, what
comes in waits, and leaves together when a slot frees.

Invariants: a text waits no longer than its time limit, and leaves the line when its caller does; a text that
the endpoint chokes on costs its neighbours time, never their vectors.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from askonce.errors import EmbedderUnavailable
from askonce.ports import Vector

# The vectors of some texts, in their order, by a deadline of the loop's clock.
Send: TypeAlias = Callable[[Sequence[str], float], Awaitable[Sequence[Vector]]]


class BatchRefused(EmbedderUnavailable):
    """The endpoint did not take these texts, or gave no vectors for them: one of them may be to blame."""


@dataclass(slots=True, eq=False)
class _Waiting:
    text: str
    deadline: float
    future: asyncio.Future[Vector]


class Batches:
    def __init__(
        self, send: Send, *, batch_size: int, requests: int, most_waiting: int, timeout_s: float
    ) -> None:
        self._send = send
        self._batch_size = batch_size
        self._most_requests = requests
        self._most_waiting = most_waiting
        self._timeout_s = timeout_s
        self._line: dict[_Waiting, None] = {}
        self._requests: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def embed(self, text: str) -> Vector:
        if self._is_closed:
            raise _closed()
        if len(self._line) >= self._most_waiting:
            raise EmbedderUnavailable(f"The embedder has {self._most_waiting} texts in line already.")
        loop = asyncio.get_running_loop()
        one = _Waiting(text, loop.time() + self._timeout_s, loop.create_future())
        self._line[one] = None
        self._use_a_slot()
        try:
            async with asyncio.timeout_at(one.deadline):
                return await one.future
        except TimeoutError:
            raise _late(self._timeout_s) from None
        finally:
            self._line.pop(one, None)

    async def close(self) -> None:
        self._is_closed = True
        _fail(list(self._line), _closed())
        requests = list(self._requests)
        for task in requests:
            task.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    def _use_a_slot(self) -> None:
        if len(self._requests) < self._most_requests:
            # It takes its texts in the loop's next round, so that all that came in this round go together.
            task = asyncio.create_task(self._serve())
            self._requests.add(task)
            task.add_done_callback(self._requests.discard)

    async def _serve(self) -> None:
        while self._line:
            batch = list(self._line)[: self._batch_size]
            for one in batch:
                del self._line[one]
            await self._settle(batch)

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Give each of `batch` its vector or its failure."""
        wanted = [one for one in batch if not one.future.done()]
        if not wanted:
            return
        try:
            vectors = await self._vectors_of(wanted)
        except BatchRefused as refusal:
            await self._halve(wanted, refusal)
        except asyncio.CancelledError:
            _fail(wanted, _closed())
            raise
        except Exception as error:  # Also a fault of ours: nobody is left waiting for what can not come.
            _fail(wanted, error)
        else:
            for one, vector in zip(wanted, vectors, strict=True):
                if not one.future.done():
                    one.future.set_result(vector)

    async def _halve(self, batch: Sequence[_Waiting], refusal: BatchRefused) -> None:
        """Find who is to blame. Halves find one bad text in few requests, and never take more than twice the
        requests that the same texts would have made one by one.
        """
        if len(batch) == 1:
            _fail(batch, refusal)
            return
        middle = len(batch) // 2
        await self._settle(batch[:middle])
        await self._settle(batch[middle:])

    async def _vectors_of(self, batch: Sequence[_Waiting]) -> Sequence[Vector]:
        # Past the last deadline nobody waits for the answer any more.
        deadline = max(one.deadline for one in batch)
        try:
            async with asyncio.timeout_at(deadline):
                return await self._send([one.text for one in batch], deadline)
        except TimeoutError:
            raise _late(self._timeout_s) from None


def _fail(batch: Sequence[_Waiting], error: BaseException) -> None:
    for one in batch:
        if not one.future.done():
            one.future.set_exception(error)


def _closed() -> EmbedderUnavailable:
    return EmbedderUnavailable("The embedder is closed.")


def _late(timeout_s: float) -> EmbedderUnavailable:
    return EmbedderUnavailable(f"The embedding endpoint took longer than {timeout_s:g} s.")
