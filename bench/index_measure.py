"""What the constants of the embedded engine's index rest on: `python -m bench.index_measure [name]`.

Vectors are random clusters (noise around 2,000 centres), which is how questions lie: many near duplicates,
and far from everything else. Prints one line for each measurement; medians, because machines are shared.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded.index import FEWEST_PROPOSED
from askonce.engine.embedded.scan import TurboScan, scan_linear
from askonce.engine.embedded.vectors import Vectors

DIMENSIONS = 384
Rows = NDArray[np.float32]


def clustered(count: int, dimensions: int = DIMENSIONS, seed: int = 1) -> Rows:
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((2_000, dimensions)).astype(np.float32)
    rows = centres[random.integers(0, len(centres), count)]
    rows += 0.6 * random.standard_normal((count, dimensions)).astype(np.float32)
    unit: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def median_us(work: Callable[[int], object], rounds: int) -> float:
    times = []
    for round_ in range(rounds):
        start = time.perf_counter()
        work(round_)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def epsilon() -> None:
    """The error of a 4-bit similarity over all pairs; times sqrt(dimensions) it is one number."""
    for dimensions in (16, 64, 128, 384, 768, 1536):
        rows, queries = clustered(20_000, dimensions), clustered(100, dimensions, seed=2)
        turbo = TurboScan(dimensions)
        turbo.add(np.arange(len(rows)), rows)
        errors = []
        for query in queries:
            proposal = turbo.propose(query, len(rows))
            errors.append(proposal.similarities - (1 + rows[proposal.slots] @ query) / 2)
        error = np.concatenate(errors)
        largest = np.abs(error).max()
        print(
            f"{dimensions:5} dimensions: deviation {error.std():.5f} (x sqrt: "
            f"{error.std() * np.sqrt(dimensions):.4f}), largest of {error.size:,} {largest:.5f} "
            f"({largest / error.std():.1f} deviations), epsilon {turbo.epsilon:.4f}"
        )


def crossing() -> None:
    """A product over some slots against codes with an allow-list of them, of 100,000; and of few alone."""
    rows, queries = clustered(100_000), clustered(200, seed=2)
    vectors, turbo = filled(rows)
    for count in (500, 1_000, 2_000, 2_500, 3_000, 4_000, 8_000):
        slots = np.sort(np.random.default_rng(3).choice(len(rows), count, replace=False))
        print(f"{count:6} of 100,000: {compare(vectors, turbo, slots, queries)}")
        few, few_turbo = filled(rows[:count])
        print(f"{count:6} alone:      {compare(few, few_turbo, np.arange(count), queries)}")
    every = np.arange(len(rows))
    print(f"product of all: {median_us(lambda n: linear(vectors, every, queries[n]), 20):.0f} us")
    half = np.arange(0, len(rows), 2).astype(np.uint64)
    print(f"codes with a list of half: {median_us(lambda n: turbo.propose(queries[n], 32, half), 50):.0f} us")
    for most in (32, 128, 512, 2_048, 8_192):
        took = median_us(lambda n, most=most: turbo.propose(queries[n], most), 50)  # type: ignore[misc]
        print(f"codes of all, {most} proposed: {took:.0f} us")


def compare(vectors: Vectors, turbo: TurboScan, slots: NDArray[np.int64], queries: Rows) -> str:
    only = slots.astype(np.uint64) if len(slots) < len(turbo) else None
    by_product = median_us(lambda n: linear(vectors, slots, queries[n]), 100)
    by_codes = median_us(lambda n: turbo.propose(queries[n], 32, only), 100)
    return f"product {by_product:5.0f} us, codes {by_codes:5.0f} us"


def linear(vectors: Vectors, slots: NDArray[np.int64], query: NDArray[np.float32]) -> None:
    scan_linear(vectors, slots, query, FEWEST_PROPOSED)


def filled(rows: Rows) -> tuple[Vectors, TurboScan]:
    vectors, turbo = Vectors(rows.shape[1]), TurboScan(rows.shape[1])
    for slot, row in enumerate(rows):
        vectors.write(slot, row)
    turbo.add(np.arange(len(rows)), rows)
    return vectors, turbo


def crowded() -> None:
    """A product of 4,096 rows while other processes keep every core busy, as embedding does."""
    rows, query = clustered(4_096), clustered(1, seed=2)[0]
    vectors, _ = filled(rows)
    every = np.arange(len(rows))
    crowd = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        for _ in range(3):
            print(f"by matrix product: {median_us(lambda _: rows @ query, 60):6.0f} us")
            print(f"as vectors.py does: {median_us(lambda _: vectors.products(every, query), 60):5.0f} us")
    finally:
        for each in crowd:
            each.kill()


def main() -> None:
    commands: dict[str, Callable[[], None]] = {"epsilon": epsilon, "crossing": crossing, "crowded": crowded}
    for name in sys.argv[1:] or commands:
        print(f"== {name}", flush=True)
        commands[name]()


if __name__ == "__main__":
    main()
