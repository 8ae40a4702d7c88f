"""The indexes against the plainest thing that could answer: a list, and a product with all of it."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from tests.contract.samples import beside, direction

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.embedded.index import Index, Wanted
from askonce.engine.similarity import similarities
from askonce.model.entry import Entry, entry_id
from askonce.model.query import Match, Scope
from askonce.ports import Vector

CENTRES = [direction(n, dimensions=16) for n in range(4)]
# Few directions, many of them nearly or exactly alike: where a quantized index goes wrong, if anywhere.
VECTORS = [
    *CENTRES,
    *(beside(CENTRES[n % 4], 1 - 10.0 ** -(2 + n % 5), n + 1) for n in range(12)),
]
PROMPTS = ["a", "A", "b", "ß", "SS", "c\x00"]
ATTRIBUTES: list[dict[str, str]] = [{}, {"x": "1"}, {"x": "2"}, {"x": "1", "y": "1"}, {"y": "1"}]
CONTEXTS = ["", "", "c" * 32, "d" * 32]
FLOORS = [0.0, 0.5, 0.9, 0.99, 0.999999, 1.0]
LINEAR = 10**9


@dataclass
class Model:
    """A list of entries in the order they were put. Nothing clever."""

    kept: dict[str, tuple[Entry, Vector | None]] = field(default_factory=dict)

    def put(self, entry: Entry, vector: Vector | None) -> None:
        self.kept.pop(entry.id, None)
        self.kept[entry.id] = (entry, vector)

    def within(self, scope: Scope, now_ms: int) -> Iterator[tuple[Entry, Vector | None]]:
        """The newest first."""
        for entry, vector in reversed(self.kept.values()):
            carries = scope.attributes.items() <= entry.attributes.items()
            if carries and entry.context == scope.context and not entry.is_over(now_ms):
                yield entry, vector

    def exact(self, prompt: str, scope: Scope, limit: int, now_ms: int) -> list[Entry]:
        same = (e for e, _ in self.within(scope, now_ms) if e.prompt.casefold() == prompt.casefold())
        return list(same)[:limit]

    def nearest(self, query: Vector, scope: Scope, floor: float, limit: int, now_ms: int) -> list[Match]:
        matches = [
            Match(entry, float(similarities(vector[np.newaxis], query)[0]))
            for entry, vector in self.within(scope, now_ms)
            if vector is not None
        ]
        near = [match for match in matches if match.similarity >= floor]
        return sorted(near, key=lambda match: -match.similarity)[:limit]

    def remove(self, entry_id_: str, now_ms: int) -> bool:
        removed = self.kept.pop(entry_id_, None)
        return removed is not None and not removed[0].is_over(now_ms)

    def remove_matching(self, attributes: dict[str, str], now_ms: int) -> int:
        matching = [e for e, _ in self.kept.values() if attributes.items() <= e.attributes.items()]
        return sum([self.remove(each.id, now_ms) for each in matching])


scopes = some.builds(Scope, some.sampled_from(ATTRIBUTES), some.sampled_from(CONTEXTS))
limits = some.sampled_from([1, 2, 50])
vectors = some.sampled_from(VECTORS)
token_sets = some.sets(some.sampled_from([b"x", b"y"]))


@some.composite
def entries(draw: some.DrawFn) -> Entry:
    prompt, scope = draw(some.sampled_from(PROMPTS)), draw(scopes)
    key = entry_id(prompt, scope.attributes, scope.context)
    expires_at_ms = draw(some.none() | some.integers(0, 5))
    return Entry(key, prompt, str(draw(some.integers())), scope.attributes, scope.context, 0, expires_at_ms)


Step: TypeAlias = tuple[Callable[..., Awaitable[None]], tuple[Any, ...]]


class Both:
    """The engine and the model, made to do the same at the same time; each step compares what they answer."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.model = Model()
        self.now_ms = 0
        self.engine = self.open()

    def open(self) -> EmbeddedEngine:
        return EmbeddedEngine.open(self.directory, now_ms=self.now_ms, durability=Durability.PROCESS)

    async def put(self, entry: Entry, vector: Vector | None) -> None:
        await self.engine.put("cache", entry, vector)
        self.model.put(entry, vector)

    async def remove(self, entry: Entry) -> None:
        expected = self.model.remove(entry.id, self.now_ms)
        assert await self.engine.remove("cache", entry.id, self.now_ms) == expected

    async def remove_matching(self, attributes: dict[str, str]) -> None:
        expected = self.model.remove_matching(attributes, self.now_ms)
        assert await self.engine.remove_matching("cache", attributes, self.now_ms) == expected

    async def flush(self) -> None:
        await self.engine.flush("cache")
        self.model.kept.clear()

    async def wait(self, ms: int) -> None:
        self.now_ms += ms

    async def sweep(self) -> None:
        await self.engine.sweep(self.now_ms)

    async def restart(self) -> None:
        self.engine.close()
        self.engine = self.open()

    async def exact(self, prompt: str, scope: Scope, limit: int) -> None:
        expected = self.model.exact(prompt, scope, limit, self.now_ms)
        assert await self.engine.exact("cache", prompt, scope, limit, self.now_ms) == expected

    async def nearest(self, query: Vector, scope: Scope, floor: float, limit: int) -> None:
        expected = self.model.nearest(query, scope, floor, limit, self.now_ms)
        assert await self.engine.nearest("cache", query, scope, floor, limit, self.now_ms) == expected


def a(method: Callable[..., Awaitable[None]], *asked: some.SearchStrategy[Any]) -> some.SearchStrategy[Step]:
    return some.tuples(some.just(method), some.tuples(*asked))


put = a(Both.put, entries(), some.none() | vectors)
nearest = a(Both.nearest, vectors, scopes, some.sampled_from(FLOORS), limits)
exact = a(Both.exact, some.sampled_from(PROMPTS), scopes, limits)
remove = a(Both.remove, entries())
remove_matching = a(Both.remove_matching, some.sampled_from(ATTRIBUTES))
wait = a(Both.wait, some.integers(1, 2))
upkeep = a(Both.sweep) | a(Both.restart) | a(Both.flush)
steps = some.one_of(put, put, put, nearest, nearest, exact, remove, remove_matching, wait, upkeep)


@settings(deadline=None, max_examples=3000, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(steps, max_size=50))
def test_the_engine_does_what_a_list_would(programme: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(carry_out(programme, Path(name)))


async def carry_out(programme: list[Step], directory: Path) -> None:
    both = Both(directory)
    try:
        for method, asked in programme:
            await method(both, *asked)
        assert (await both.engine.check(both.now_ms)).problems == ()
    except BaseException:
        open('/tmp/em/prog','a').write('\n'.join(f'{m.__name__} {a}' for m,a in programme).replace('array','')+f'\nnow {both.now_ms}\n----\n')
        raise
    finally:
        both.engine.close()


@settings(deadline=None, max_examples=4000)
@given(
    some.lists(
        some.tuples(vectors, some.sets(some.sampled_from([b"x", b"y"])), some.integers(0, 3)), max_size=80
    ),
    some.lists(some.integers(0, 79), max_size=40),
    some.sampled_from([0, 3]),
    vectors,
    some.sampled_from([[], [b"x"], [b"x", b"y"]]),
    some.sampled_from(FLOORS),
    limits,
)
def test_codes_give_the_answer_of_a_product_whatever_was_added_and_removed(
    added: list[tuple[Vector, set[bytes], int]],
    removed: list[int],
    linear_limit: int,
    query: Vector,
    tokens: list[bytes],
    floor: float,
    limit: int,
) -> None:
    """`linear_limit` makes one index keep codes from its first entries on, and the other never."""
    indexes = [Index(linear_limit), Index(LINEAR)]
    for index in indexes:
        for seq, (vector, carried, expires_at_ms) in enumerate(added):
            index.add(seq, [b"all", *carried], vector, expires_at_ms or None)
            index.quantize()
        for seq in removed:
            carried = added[seq][1] if seq < len(added) else set()
            index.remove(seq, [b"all", *carried])
    by_codes, by_product = (index.nearest(Wanted(query, tokens, floor, limit, 1)) for index in indexes)

    assert by_codes == by_product


def crowd(rows: int) -> NDArray[np.float32]:
    """Clusters of near duplicates, as questions lie."""
    random = np.random.default_rng(7)
    centres = random.standard_normal((rows // 20, 384))
    scattered = centres[random.integers(0, len(centres), rows)] + 0.4 * random.standard_normal((rows, 384))
    scattered /= np.linalg.norm(scattered, axis=1, keepdims=True)
    return scattered.astype(np.float32)


def test_at_twenty_thousand_entries_nothing_is_missed_with_any_filter() -> None:
    """Recall by counting: each answer is the exact one, ties and all. Filters pass all, half, 1% and 0.1%."""
    rows = crowd(20_000)
    by_codes, by_product = Index(), Index(LINEAR)
    for index in (by_codes, by_product):
        for seq, row in enumerate(rows):
            tokens = [b"half%d" % (seq % 2), b"team%d" % (seq % 100), b"user%d" % (seq % 1000)]
            index.add(seq, tokens, row, 1 if seq % 17 == 0 else None)
        index.quantize()
    queries = crowd(20_050)[20_000:]
    asked = [
        Wanted(query, tokens, floor, limit, 1)
        for query in queries
        for tokens in ([], [b"half1"], [b"team7"], [b"user7"], [b"half1", b"team7"])
        for floor, limit in ((0.9, 1), (0.6, 10))
    ]
    differing = [wanted for wanted in asked if by_codes.nearest(wanted) != by_product.nearest(wanted)]

    assert len(asked) == 500
    assert differing == []
    assert sum(bool(by_codes.nearest(wanted)) for wanted in asked) > 100
