"""What the constants of the embedded engine rest on. Run one: `python -m bench.index_measure engine`.

Vectors are random clusters (noise around 2,000 centres), which is how questions lie: many near duplicates,
and far from everything else. Prints one line for each measurement; medians, because machines are shared.
"""

import asyncio
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded import checkpoint, database
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.index import FEWEST_PROPOSED
from askonce.engine.embedded.scan import TurboScan, scan_linear
from askonce.engine.embedded.schema import ENTRIES
from askonce.engine.embedded.store import Store
from askonce.engine.embedded.vectors import Vectors
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Scope

DIMENSIONS = 384
RESPONSE = "r" * 1024
NOW_MS = 1_700_000_000_000
Rows = NDArray[np.float32]


def clustered(count: int, dimensions: int = DIMENSIONS, seed: int = 1) -> Rows:
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((2_000, dimensions)).astype(np.float32)
    rows = centres[random.integers(0, len(centres), count)]
    rows += 0.6 * random.standard_normal((count, dimensions)).astype(np.float32)
    unit: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def entry_of(number: int) -> Entry:
    """Half carry lang=en; one in a hundred each team, one in a thousand each user."""
    prompt = f"How do I change the delivery address of order number {number}?"
    attributes = {"user": str(number % 1000), "team": str(number % 100), "lang": "en" if number % 2 else "de"}
    return Entry(entry_id(prompt, attributes), prompt, RESPONSE, attributes, "", NOW_MS, None)


def median_us(work: Callable[[int], object], rounds: int) -> float:
    times = []
    for round_ in range(rounds):
        start = time.perf_counter()
        work(round_)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


async def async_median_us(work: Callable[[int], Awaitable[object]], rounds: int) -> float:
    times = []
    for round_ in range(rounds):
        start = time.perf_counter()
        await work(round_)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def scratch() -> Iterator[Path]:
    # Beside the checkout rather than in /tmp, which may be memory and then has no fsync to measure.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".measure-") as name:
        yield Path(name)


def pages() -> None:
    """Bytes an entry and the time of a commit, by page size."""
    vectors = clustered(20_000)
    for page_bytes in (4096, 8192, 16384, 32768) * 2:
        database.PAGE_BYTES = page_bytes
        with scratch() as directory:
            path = directory / ENTRIES_NAME
            database.prepare(path, ENTRIES)
            with closing(database.connect(path)) as connection:
                store = Store(connection)
                together = median_us(lambda n: put_many(connection, store, vectors, n * 100, 100), 200) / 100
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                size = path.stat().st_size / len(vectors)
                alone = median_us(lambda n: put_many(connection, store, vectors, 20_000 + n, 1), 200)
                log = path.with_name(ENTRIES_NAME + "-wal").stat().st_size / 200
        print(
            f"page {page_bytes:6}: {size:5.0f} bytes an entry, commit {alone:5.0f} us alone and {log:6.0f} "
            f"bytes of log, {together:4.0f} us an entry by hundreds"
        )


def put_many(connection: sqlite3.Connection, store: Store, vectors: Rows, start: int, count: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for number in range(start, start + count):
        store.put("measured", entry_of(number), vectors[number % len(vectors)])
    connection.execute("COMMIT")


def epsilon() -> None:
    """The error of a 4-bit score, in similarity, over all pairs; times sqrt(dimensions) it is one number."""
    for dimensions in (64, 128, 384, 768, 1536):
        rows, queries = clustered(20_000, dimensions), clustered(100, dimensions, seed=2)
        turbo = TurboScan(dimensions)
        turbo.add(np.arange(len(rows)), rows)
        errors = []
        for query in queries:
            scores, slots = turbo.scores(query, len(rows))
            errors.append((scores - rows[slots] @ query) / 2)
        error = np.concatenate(errors)
        scale = np.sqrt(dimensions)
        print(
            f"{dimensions:5} dimensions: deviation {error.std():.5f} (x sqrt: {error.std() * scale:.4f}), "
            f"largest of {error.size:,} {np.abs(error).max():.5f} ({np.abs(error).max() / error.std():.1f} "
            f"deviations), epsilon {turbo.epsilon:.4f}"
        )


def crossing() -> None:
    """A product over some slots against codes with an allow-list of them, of 100,000; and of few alone."""
    rows, queries = clustered(100_000), clustered(200, seed=2)
    vectors, turbo = filled(rows)
    for count in (500, 1_000, 2_000, 2_500, 3_000, 4_000, 8_000):
        slots = np.sort(np.random.default_rng(3).choice(len(rows), count, replace=False))
        only = slots.astype(np.uint64)
        few, few_turbo = filled(rows[:count])
        every = np.arange(count)
        print(
            f"{count:6}: product {median_us(lambda n: linear(vectors, slots, queries[n]), 100):5.0f} us, "
            f"codes with a list {median_us(lambda n: turbo.propose(queries[n], 32, only), 100):5.0f} us; "
            f"alone: product {median_us(lambda n: linear(few, every, queries[n]), 100):5.0f} us, "
            f"codes {median_us(lambda n: few_turbo.propose(queries[n], 32), 100):5.0f} us"
        )
    for proposed in (32, 128, 512, 2_048, 8_192):
        print(
            f"codes of all, {proposed} proposed: {median_us(lambda n: turbo.propose(queries[n], proposed), 50):6.0f} us"
        )
    print(
        f"product of all: {median_us(lambda n: linear(vectors, np.arange(len(rows)), queries[n]), 20):6.0f} us"
    )
    half = np.arange(0, len(rows), 2).astype(np.uint64)
    print(
        f"codes with a list of half: {median_us(lambda n: turbo.propose(queries[n], 32, half), 50):6.0f} us"
    )


def linear(vectors: Vectors, slots: NDArray[np.int64], query: NDArray[np.float32]) -> None:
    scan_linear(vectors, slots, query, FEWEST_PROPOSED)


def filled(rows: Rows) -> tuple[Vectors, TurboScan]:
    vectors, turbo = Vectors(rows.shape[1]), TurboScan(rows.shape[1])
    for slot, row in enumerate(rows):
        vectors.write(slot, row)
    turbo.add(np.arange(len(rows)), rows)
    return vectors, turbo


async def engine() -> None:
    """The engine whole: start, searches, puts, memory and disk an entry."""
    queries = clustered(400, seed=2)
    for count in (1_000, 10_000, 100_000):
        with scratch() as directory:
            await fill(directory, count)
            size = (directory / ENTRIES_NAME).stat().st_size / count
            before, start = resident_bytes(), time.perf_counter()
            opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
            took = time.perf_counter() - start
            memory = (resident_bytes() - before) / count
            print(
                f"{count:7} entries: open {took:.2f} s, {memory:.0f} bytes of memory, {size:.0f} of disk an entry"
            )
            await measure_searches(opened, queries)
            await measure_puts(opened, count)
            opened.close()


async def fill(directory: Path, count: int) -> None:
    opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    rows = clustered(count)
    start = time.perf_counter()
    for first in range(0, count, 256):
        numbers = range(first, min(first + 256, count))
        await asyncio.gather(*(opened.put("measured", entry_of(n), rows[n]) for n in numbers))
    print(f"{count:7} entries: {(time.perf_counter() - start) / count * 1e6:.0f} us a put, 256 at a time")
    opened.close()


async def measure_searches(opened: EmbeddedEngine, queries: Rows) -> None:
    filters: Sequence[dict[str, str]] = ({}, {"lang": "en"}, {"team": "7"}, {"user": "7"})
    for attributes in filters:
        scope = Scope(attributes)

        async def search(round_: int, scope: Scope = scope) -> object:
            return await opened.nearest("measured", queries[round_], scope, 0.9, 1, NOW_MS)

        print(f"        nearest {attributes or 'of all'}: {await async_median_us(search, 300):.0f} us")

    async def exact(round_: int) -> object:
        return await opened.exact("measured", entry_of(round_).prompt, Scope({}), 1, NOW_MS)

    print(f"        exact: {await async_median_us(exact, 300):.0f} us")


async def measure_puts(opened: EmbeddedEngine, count: int) -> None:
    rows = clustered(3_400, seed=4)

    async def one(round_: int) -> object:
        return await opened.put("measured", entry_of(count + round_), rows[round_])

    async def many(round_: int) -> object:
        numbers = range(200 + 32 * round_, 232 + 32 * round_)
        return await asyncio.gather(*(opened.put("measured", entry_of(count + n), rows[n]) for n in numbers))

    print(f"        put alone: {await async_median_us(one, 200):.0f} us")
    print(f"        32 puts at once: {await async_median_us(many, 100):.0f} us for all")


async def sweep() -> None:
    """A sweep's step, and the removal of many entries in one transaction, with 100,000 in the store."""
    with scratch() as directory:
        await fill(directory, 100_000)
        opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
        for attributes in ({"user": "3"}, {"team": "5"}, {"lang": "de"}):
            start = time.perf_counter()
            removed = await opened.remove_matching("measured", attributes, NOW_MS)
            print(f"remove_matching of {removed}: {(time.perf_counter() - start) * 1e3:.0f} ms")
        await opened.flush("measured")
        print(f"a sweep's step: {await async_median_us(lambda _: opened.sweep(NOW_MS), 30) / 1e3:.1f} ms")
        opened.close()


async def checkpoints() -> None:
    """The log's length while puts never pause, and the time of a passive checkpoint."""
    rows = clustered(20_000)
    with scratch() as directory:
        opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
        log = directory / (ENTRIES_NAME + "-wal")
        longest = 0

        async def writer(start: int) -> None:
            nonlocal longest
            for number in range(start, len(rows), 32):
                await opened.put("measured", entry_of(number), rows[number])
                longest = max(longest, log.stat().st_size)

        await asyncio.gather(*(writer(start) for start in range(32)))
        opened.close()
        print(f"longest log {longest / 2**20:.0f} MiB, limit {checkpoint.LOG_LIMIT_BYTES / 2**20:.0f} MiB")


def main() -> None:
    commands: dict[str, Callable[[], object]] = {
        "pages": pages,
        "epsilon": epsilon,
        "crossing": crossing,
        "engine": lambda: asyncio.run(engine()),
        "sweep": lambda: asyncio.run(sweep()),
        "checkpoint": lambda: asyncio.run(checkpoints()),
    }
    for name in sys.argv[1:] or commands:
        print(f"== {name}")
        commands[name]()


if __name__ == "__main__":
    main()
