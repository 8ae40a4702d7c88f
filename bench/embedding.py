"""The bundled embedder by itself, in a process of its own: what a search can not do without."""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import uvloop

from askonce.embed.bundled import BundledEmbedder
from askonce.inference.workers import Workers

CONCURRENCIES = (2, 4, 32)  # Texts at once; the best of them is the embedder's own best throughput.


class Bench:
    """A process that keeps one embedder, so that a round does not pay for loading it."""

    def __init__(self) -> None:
        self._pool = multiprocessing.get_context("spawn").Pool(1, initializer=_load)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.terminate()

    def p50_ms(self, texts: Sequence[str]) -> float:
        """The median time of one text after the other."""
        seconds, _ = self._pool.apply(_embed, (list(texts), 1))
        return statistics.median(seconds) * 1_000

    def best_rate(self, texts: Sequence[str]) -> float:
        """Texts a second, at the concurrency that gives most."""
        return max(len(texts) / self._pool.apply(_embed, (list(texts), one))[1] for one in CONCURRENCIES)


_embedder: BundledEmbedder


def _load() -> None:
    global _embedder
    _embedder = BundledEmbedder(Workers())


def _embed(texts: list[str], at_once: int) -> tuple[list[float], float]:
    """The seconds of each text, and of all of them."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_embed_all(texts, at_once))


async def _embed_all(texts: list[str], at_once: int) -> tuple[list[float], float]:
    waiting = iter(texts)
    seconds: list[float] = []

    async def caller() -> None:
        for text in waiting:
            started = time.perf_counter()
            await _embedder.embed(text)
            seconds.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return seconds, time.perf_counter() - started
