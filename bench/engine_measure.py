"""What the embedded engine costs: `python -m bench.engine_measure [name]`.

Prints one line for each measurement; medians, because machines are shared.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from askonce.engine.embedded import checkpoint, database
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.schema import ENTRIES
from askonce.engine.embedded.spaces import Spaces
from askonce.engine.embedded.store import Store
from askonce.model.bounds import UNBOUNDED, Bounds, EvictionPolicy
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Scope
from bench.index_measure import Rows, clustered, median_us

RESPONSE = "r" * 1024
NOW_MS = 1_700_000_000_000
FULL = 20_000  # Entries of a full cache.


def entry_of(number: int) -> Entry:
    """Half carry lang=en; one in a hundred each team, one in a thousand each user."""
    prompt = f"How do I change the delivery address of order number {number}?"
    attributes = {"user": str(number % 1000), "team": str(number % 100), "lang": "en" if number % 2 else "de"}
    return Entry(entry_id(prompt, attributes), prompt, RESPONSE, attributes, "", NOW_MS, None)


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
            measure_pages(directory / ENTRIES_NAME, vectors)


def measure_pages(path: Path, vectors: Rows) -> None:
    database.prepare(path, ENTRIES)
    with closing(database.connect(path)) as connection:
        store = Store(connection, Spaces())

        def put_many(start: int, count: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            for number in range(start, start + count):
                store.put("measured", entry_of(number), vectors[number % len(vectors)])
            connection.execute("COMMIT")

        together = median_us(lambda n: put_many(n * 100, 100), 200) / 100
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        size = path.stat().st_size / len(vectors)
        alone = median_us(lambda n: put_many(20_000 + n, 1), 200)
        log = path.with_name(path.name + "-wal").stat().st_size / 200
    print(
        f"page {database.PAGE_BYTES:6}: {size:5.0f} bytes an entry, {together:4.0f} us an entry by hundreds, "
        f"a commit alone {alone:5.0f} us and {log:6.0f} bytes of log"
    )


def engine() -> None:
    """The engine whole: start, searches, puts, memory and disk an entry."""
    for count in (1_000, 10_000, 100_000):
        with scratch() as directory:
            in_process(fill, directory, count)
            size = (directory / ENTRIES_NAME).stat().st_size / count
            print(f"{count:7} entries: {size:.0f} bytes of disk an entry")
            in_process(measure_engine, directory, count)


def in_process(work: Callable[[Path, int], Coroutine[None, None, None]], directory: Path, count: int) -> None:
    """In a process of its own, so that memory freed before is not counted as memory not needed."""
    process = multiprocessing.get_context("spawn").Process(target=run, args=(work, directory, count))
    process.start()
    process.join()


def run(work: Callable[[Path, int], Coroutine[None, None, None]], directory: Path, count: int) -> None:
    asyncio.run(work(directory, count))


async def fill(directory: Path, count: int) -> None:
    opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    rows = clustered(count)
    start = time.perf_counter()
    for first in range(0, count, 256):
        numbers = range(first, min(first + 256, count))
        await asyncio.gather(*(opened.put("measured", entry_of(n), rows[n]) for n in numbers))
    print(f"{count:7} entries: {(time.perf_counter() - start) / count * 1e6:.0f} us a put, 256 at a time")
    opened.close()


async def measure_engine(directory: Path, count: int) -> None:
    queries, before = clustered(400, seed=2), resident_bytes()
    start = time.perf_counter()
    opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    print(f"        open: {time.perf_counter() - start:.2f} s")
    await measure_searches(opened, queries)
    print(f"        memory: {(resident_bytes() - before) / count:.0f} bytes an entry")
    await measure_puts(opened, count)
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

    async def one(round_: int) -> None:
        await opened.put("measured", entry_of(count + round_), rows[round_])

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
        steps = [await async_median_us(lambda _: opened.sweep(NOW_MS), 1) / 1e3 for _ in range(90)]
        print(f"a sweep's step: {statistics.median(steps):.1f} ms, the longest {max(steps):.1f} ms")
        opened.close()


async def eviction() -> None:
    """A set at a full cache against one at an empty cache, by policy, with hits between them; and a hit.

    Alone a set waits for the disk most of the time; 32 at once share that, and show what evicting costs.
    """
    rows = clustered(FULL)
    for policy in (None, EvictionPolicy.OLDEST, EvictionPolicy.LRU, EvictionPolicy.LFU):
        with scratch() as directory:
            opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
            bounds = UNBOUNDED if policy is None else Bounds(max_entries=FULL, eviction=policy)
            if policy is not None:
                await put_numbers(opened, rows, range(FULL), bounds)
            alone, together = await measure_bounded_puts(opened, rows, bounds)
            name = "empty" if policy is None else f"full, {policy}"
            print(f"{name:13}: a put alone {alone:5.0f} us, 32 at once {together / 32:5.0f} us each")
            if policy is EvictionPolicy.LRU:
                await measure_hits(opened)
            opened.close()


async def measure_bounded_puts(opened: EmbeddedEngine, rows: Rows, bounds: Bounds) -> tuple[float, float]:
    number = FULL
    medians = []
    for together, rounds in ((1, 300), (32, 100)):
        times = []
        for _ in range(rounds):
            for hit in range(8):  # Read more than written, as caches are; not timed.
                opened.note_hits("measured", [entry_of(number - 1 - (number + hit) * 13 % FULL)])
            start = time.perf_counter()
            await put_numbers(opened, rows, range(number, number + together), bounds)
            times.append(time.perf_counter() - start)
            number += together
        medians.append(statistics.median(times) * 1e6)
    return medians[0], medians[1]


async def put_numbers(opened: EmbeddedEngine, rows: Rows, numbers: Sequence[int], bounds: Bounds) -> None:
    for first in range(0, len(numbers), 256):
        await asyncio.gather(
            *(
                opened.put("measured", entry_of(number), rows[number % len(rows)], bounds)
                for number in numbers[first : first + 256]
            )
        )


async def measure_hits(opened: EmbeddedEngine) -> None:
    served = [
        found
        for number in range(FULL + 1_500, FULL + 3_500)  # Those put last are there under each policy.
        for found in await opened.exact("measured", entry_of(number).prompt, Scope({}), 1, NOW_MS)
    ]
    start = time.perf_counter()
    for each in served:
        opened.note_hits("measured", [each])
    print(f"a hit: {(time.perf_counter() - start) / len(served) * 1e6:.1f} us")
    start = time.perf_counter()
    await opened.keep_uses()
    print(f"keeping it: {(time.perf_counter() - start) / len(served) * 1e6:.1f} us, by the thousand")


async def checkpoints() -> None:
    """The log's length while puts never pause."""
    rows = clustered(40_000)
    with scratch() as directory:
        opened = EmbeddedEngine.open(directory, now_ms=NOW_MS)
        log = directory / (ENTRIES_NAME + "-wal")
        longest, times = 0, []

        async def writer(start: int) -> None:
            nonlocal longest
            for number in range(start, len(rows), 32):
                began = time.perf_counter()
                await opened.put("measured", entry_of(number), rows[number])
                times.append(time.perf_counter() - began)
                longest = max(longest, log.stat().st_size)

        await asyncio.gather(*(writer(start) for start in range(32)))
        opened.close()
        times.sort()
        limit = checkpoint.LOG_LIMIT_BYTES
        print(f"longest log {longest / 2**20:.0f} MiB, limit {limit / 2**20:.0f} MiB")
        print(f"a put, 32 at once: {times[len(times) // 2] * 1e3:.1f} ms, longest {times[-1] * 1e3:.1f} ms")


def main() -> None:
    commands: dict[str, Callable[[], object]] = {
        "pages": pages,
        "engine": engine,
        "sweep": lambda: asyncio.run(sweep()),
        "eviction": lambda: asyncio.run(eviction()),
        "checkpoint": lambda: asyncio.run(checkpoints()),
    }
    for name in sys.argv[1:] or commands:
        print(f"== {name}", flush=True)
        commands[name]()


if __name__ == "__main__":
    main()
