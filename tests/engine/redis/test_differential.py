"""Both engines, made to do the same: every answer of the one is the answer of the other.

Two engines stand over one Redis, as two processes would, and each step takes one of them by chance: so each
is asked, right after the other changed something, for what it can not have seen.

`pytest tests/engine/redis/test_differential.py --differential-steps 10000` is the whole programme.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.contract.samples import NOW_MS, beside, direction
from tests.support.redis_server import RedisServer
from tests.support.shifted import Shifted

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.redis.engine import RedisEngine
from askonce.engine.redis.options import Options
from askonce.errors import OutOfSpace
from askonce.model.bounds import UNBOUNDED, Bounds, EvictionPolicy
from askonce.model.browsing import Order, Selection
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Scope
from askonce.ports import Browser

CACHES = ["one", "two"]
PROMPTS = ["a", "A", "b", "ß", "SS", "c\x00", "d", "e", "f"]
ATTRIBUTES: list[dict[str, str]] = [{}, {}, {"x": "1"}, {"x": "2"}, {"x": "1", "y": "1"}, {"y": "1"}]
CONTEXTS = ["", "", "c" * 32, "d" * 32]
FLOORS = [0.0, 0.5, 0.9, 0.99, 0.999999, 1.0]
LIMITS = [1, 1, 2, 3, 50]
CENTRES = [direction(n, dimensions=16) for n in range(4)]
# Few directions, many of them nearly or exactly alike: where float32 distances and ours could disagree.
VECTORS = [
    *CENTRES,
    *(beside(CENTRES[n % 4], 1 - 10.0 ** -(2 + n % 5), n + 1) for n in range(12)),
]


class Both:
    def __init__(self, embedded: EmbeddedEngine, processes: list[Shifted], chance: random.Random) -> None:
        self.embedded = embedded
        self.processes = processes
        self.chance = chance
        self.now_ms = NOW_MS
        self.put_so_far = 0
        self.hits = 0
        self.bounds = dict.fromkeys(CACHES, UNBOUNDED)
        self.refusals: list[str] = []

    async def step(self) -> None:
        steps: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (30, self.put),
            (35, self.nearest),
            (15, self.exact),
            (6, self.remove),
            (3, self.remove_matching),
            (4, self.wait),
            (3, self.sweep),
            (3, self.size),
            (10, self.note_hits),
            (1, self.change_bounds),
            (2, self.browse),
            (1, self.flush),
        ]
        (chosen,) = self.chance.choices([one for _, one in steps], [weight for weight, _ in steps])
        await chosen()

    async def put(self) -> None:
        entry, vector = self.entry(), self.chance.choice([None, *VECTORS])
        cache_id = self.cache_id()
        bounds = self.bounds[cache_id]
        for engine in (self.embedded, self.redis()):
            try:
                await engine.put(cache_id, entry, vector, bounds)
            except OutOfSpace as error:
                self.refusals.append(str(error))
        assert self.refusals in ([], self.refusals[:1] * 2)
        self.refusals.clear()

    async def nearest(self) -> None:
        cache_id, vector, scope = self.cache_id(), self.chance.choice(VECTORS), self.scope()
        asked = (cache_id, vector, scope, self.chance.choice(FLOORS), self.chance.choice(LIMITS), self.now_ms)
        found = await self.redis().nearest(*asked)
        self.hits += len(found)
        assert found == await self.embedded.nearest(*asked)

    async def exact(self) -> None:
        prompt, limit = self.chance.choice(PROMPTS), self.chance.choice(LIMITS)
        asked = (self.cache_id(), prompt, self.scope(), limit, self.now_ms)
        found = await self.redis().exact(*asked)
        self.hits += len(found)
        assert found == await self.embedded.exact(*asked)

    async def remove(self) -> None:
        cache_id, gone = self.cache_id(), self.entry().id
        removed = await self.redis().remove(cache_id, gone, self.now_ms)
        assert removed == await self.embedded.remove(cache_id, gone, self.now_ms)

    async def remove_matching(self) -> None:
        cache_id, attributes = self.cache_id(), self.chance.choice(ATTRIBUTES[1:])
        removed = await self.redis().remove_matching(cache_id, attributes, self.now_ms)
        assert removed == await self.embedded.remove_matching(cache_id, attributes, self.now_ms)

    async def wait(self) -> None:
        self.now_ms += self.chance.randint(1, 5)

    async def sweep(self) -> None:
        for engine in (self.redis(), self.embedded):
            while await engine.sweep(self.now_ms):
                pass

    async def size(self) -> None:
        cache_id = self.cache_id()
        told = await self.redis().size_of(cache_id, self.now_ms)
        assert told.entries == (await self.embedded.size_of(cache_id, self.now_ms)).entries

    async def note_hits(self) -> None:
        """Both engines are told of what one of them found; a hit may renew."""
        cache_id = self.cache_id()
        asked = (cache_id, self.chance.choice(PROMPTS), self.scope(), self.chance.choice(LIMITS), self.now_ms)
        served = await self.embedded.exact(*asked)
        if self.chance.random() < 0.5:
            served = [entry.renewed(self.now_ms) for entry in served]
        process = self.redis()
        process.note_hits(cache_id, served)
        self.embedded.note_hits(cache_id, served)
        # Whatever is asked next may be asked of the other process, which does not wait for this one's hits.
        await process.remove(cache_id, "of no entry", self.now_ms)

    async def trim(self, cache_id: str) -> None:
        for engine in (self.redis(), self.embedded):
            while await engine.trim(cache_id, self.bounds[cache_id], self.now_ms):
                pass

    async def change_bounds(self) -> None:
        """And reach them: how far one set goes towards a bound that was lowered is each engine's own."""
        policy = self.chance.choice(list(EvictionPolicy))
        cache_id = self.cache_id()
        self.bounds[cache_id] = Bounds(
            max_entries=self.chance.choice([None, 5, 10, 20]),
            max_bytes=self.chance.choice([None, None, 500, 1_500]),
            eviction=policy,
        )
        await self.trim(cache_id)

    async def browse(self) -> None:
        cache_id, order = self.cache_id(), self.chance.choice(list(Order))
        prefix = self.chance.choice(["", "", "a", "s"])
        selection = Selection(order, prefix, self.chance.choice(ATTRIBUTES))
        limit = self.chance.choice(LIMITS)
        assert await self.all_of(self.redis(), cache_id, selection, limit) == await self.all_of(
            self.embedded, cache_id, selection, limit
        )

    async def all_of(
        self, browser: Browser, cache_id: str, selection: Selection, limit: int
    ) -> list[tuple[Entry, list[float] | None]]:
        found, after = [], None
        while True:
            page = await browser.browse(cache_id, selection, after, limit, self.now_ms)
            for kept in page.kept:
                found.append((kept.entry, None if kept.vector is None else kept.vector.tolist()))
            if page.after is None:
                return found
            after = page.after

    async def flush(self) -> None:
        cache_id = self.cache_id()
        await self.redis().flush(cache_id)
        await self.embedded.flush(cache_id)

    def redis(self) -> Shifted:
        return self.chance.choice(self.processes)

    def cache_id(self) -> str:
        return self.chance.choice(CACHES)

    def scope(self) -> Scope:
        return Scope(self.chance.choice(ATTRIBUTES), self.chance.choice(CONTEXTS))

    def entry(self) -> Entry:
        self.put_so_far += 1
        prompt, scope = self.chance.choice(PROMPTS), self.scope()
        key = entry_id(prompt, scope.attributes, scope.context)
        ends = self.chance.choice([None, None, self.now_ms + self.chance.randint(0, 20)])
        response = f"answer {self.put_so_far}"
        return Entry(key, prompt, response, scope.attributes, scope.context, self.now_ms, ends)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_both_engines_give_the_same_answers(
    redis_server: RedisServer, tmp_path: Path, request: pytest.FixtureRequest, seed: int
) -> None:
    steps: int = request.config.getoption("--differential-steps")
    chance: Any = random.Random(seed)
    async with AsyncExitStack() as stack:
        processes = []
        for _ in range(2):
            options = Options(url=redis_server.url, key_prefix=str(tmp_path), timeout_s=60)
            engine = RedisEngine(options)
            stack.push_async_callback(engine.close)
            processes.append(Shifted(engine, NOW_MS))
        embedded = EmbeddedEngine.open(tmp_path, now_ms=NOW_MS, durability=Durability.PROCESS)
        stack.callback(embedded.close)
        both = Both(embedded, processes, chance)
        for _ in range(steps):
            await both.step()

    assert both.hits > steps // 20  # Else nothing was compared.
