"""Which engine keeps which cache, and that one that fails takes no other with it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.service.conftest import Services
from tests.support.failing_engine import FailingEngine

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.errors import EngineUnavailable, UnknownCache
from askonce.model.audit import SERVER, Act
from askonce.model.bounds import Bounds, Size
from askonce.model.browsing import Selection
from askonce.model.cache import DEFAULT_DATABASE
from askonce.ports import Kept, Page
from askonce.service.caches import DATABASES, Caches, CacheSpec
from askonce.service.control import Control, clear_dropped
from askonce.service.engines import Engines, KeptEngine
from askonce.service.upkeep import trim_all
from askonce.service.usage import Usage

OTHER = "other"
ACT = Act(NOW_MS, SERVER, "cache.update", "one of them")


class Routed:
    """Two engines, and a cache in each."""

    def __init__(self, services: Services, other: KeptEngine) -> None:
        self.engines = Engines({DEFAULT_DATABASE: services.engine, OTHER: other}, services.catalog)
        self.services = services
        embedders = {"bundled": services.embedder.fingerprint}
        databases = {**DATABASES, OTHER: "Other"}
        catalog = services.catalog
        self.caches = Caches(catalog, catalog, embedders, services.clock, databases)
        self.control = Control(catalog, catalog, self.caches, self.engines, Usage({}), services.clock)

    async def cache_in(self, database: str) -> str:
        return (await self.caches.create(CacheSpec(f"in {database}", database=database))).id


@pytest.fixture
def another(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    opened = EmbeddedEngine.open(tmp_path / "other", now_ms=NOW_MS, durability=Durability.PROCESS)
    with closing(opened) as engine:
        yield engine


async def test_each_cache_is_kept_by_the_engine_that_it_was_made_in(
    services: Services, another: EmbeddedEngine
) -> None:
    routed = Routed(services, another)
    for database, engine in ((DEFAULT_DATABASE, services.engine), (OTHER, another)):
        cache_id = await routed.cache_in(database)
        await routed.engines.put(cache_id, entry("Why?"), direction(1))
        assert len(await routed.engines.nearest(cache_id, direction(1), ANYWHERE, 0.9, 1, NOW_MS)) == 1
        assert await engine.exact(cache_id, "why?", ANYWHERE, 1, NOW_MS) == [entry("Why?")]
        assert (await routed.control.report(cache_id)).size.entries == 1

    assert len(await routed.engines.cache_ids()) == 2


async def test_bounds_hits_and_pages_are_those_of_the_engine_that_keeps_the_cache(
    services: Services, another: EmbeddedEngine
) -> None:
    routed = Routed(services, another)
    two = Bounds(max_entries=2)
    for database in (DEFAULT_DATABASE, OTHER):
        cache_id = await routed.cache_in(database)
        await routed.engines.put(cache_id, entry("a"), None, two)
        await routed.engines.put(cache_id, entry("b"), direction(1), two)
        routed.engines.note_hits(cache_id, await routed.engines.exact(cache_id, "a", ANYWHERE, 1, NOW_MS))
        await routed.engines.put(cache_id, entry("c"), None, two)

        page = await routed.engines.browse(cache_id, Selection(), None, 9, NOW_MS)
        assert [kept.entry.prompt for kept in page.kept] == ["c", "a"]
        assert await routed.engines.read(cache_id, entry("b").id, NOW_MS) is None
        assert await routed.engines.trim(cache_id, Bounds(max_entries=1), NOW_MS) == 1
        assert await routed.engines.read(cache_id, entry("a").id, NOW_MS) is None
    routed.engines.note_hits("never searched", [entry("a")])


async def test_bounds_that_were_lowered_are_reached_though_another_engine_is_away(
    services: Services,
) -> None:
    routed = Routed(services, FailingKept(EngineUnavailable("away")))
    away, here = await routed.cache_in(OTHER), await routed.cache_in(DEFAULT_DATABASE)
    for prompt in "abc":
        await routed.engines.put(here, entry(prompt), None)
    one = Bounds(max_entries=1)
    for cache_id in (away, here):
        await services.catalog.change_cache(cache_id, lambda cache: (replace(cache, bounds=one), ACT))
    await trim_all(routed.engines, services.catalog, services.clock)

    assert (await routed.engines.size_of(here, NOW_MS)).entries == 1


async def test_an_engine_that_fails_fails_its_own_caches_only(services: Services) -> None:
    routed = Routed(services, FailingKept(EngineUnavailable("away")))
    here, there = await routed.cache_in(DEFAULT_DATABASE), await routed.cache_in(OTHER)
    await routed.engines.put(here, entry("Why?", expires_at_ms=NOW_MS), None)

    with pytest.raises(EngineUnavailable):
        await routed.engines.put(there, entry("Why?"), None)
    assert await routed.engines.cache_ids() == [here]
    assert await routed.engines.sweep(NOW_MS) == 1
    with pytest.raises(EngineUnavailable):
        await routed.engines.sweep(NOW_MS)
    with pytest.raises(EngineUnavailable):
        await routed.engines.ping()


async def test_a_cache_of_an_engine_that_is_no_longer_named_is_refused_by_name(
    services: Services, another: EmbeddedEngine
) -> None:
    cache_id = await Routed(services, another).cache_in(OTHER)
    engines = Engines({DEFAULT_DATABASE: services.engine}, services.catalog)

    with pytest.raises(EngineUnavailable, match="no engine 'other'"):
        await engines.exact(cache_id, "Why?", ANYWHERE, 1, NOW_MS)
    with pytest.raises(UnknownCache):
        await engines.exact("f" * 32, "Why?", ANYWHERE, 1, NOW_MS)


async def test_what_is_left_of_a_deleted_cache_is_found_in_whatever_engine_it_lies(
    services: Services, another: EmbeddedEngine
) -> None:
    routed = Routed(services, another)
    cache_id = await routed.cache_in(OTHER)
    await routed.control.remove(cache_id, SERVER, flush=True)
    await another.put(cache_id, entry("a set that was under way"), None)
    fresh = Engines({DEFAULT_DATABASE: services.engine, OTHER: another}, services.catalog)
    await clear_dropped(services.catalog, fresh)

    assert await another.exact(cache_id, "a set that was under way", ANYWHERE, 1, NOW_MS) == []


class FailingKept(FailingEngine):
    """Satisfies `KeptEngine`."""

    async def size_of(self, cache_id: str, now_ms: int) -> Size:  # noqa: ARG002
        raise self.failure

    async def cache_ids(self) -> list[str]:
        raise self.failure

    async def browse(
        self,
        cache_id: str,  # noqa: ARG002
        selection: Selection,  # noqa: ARG002
        after: str | None,  # noqa: ARG002
        limit: int,  # noqa: ARG002
        now_ms: int,  # noqa: ARG002
    ) -> Page:
        raise self.failure

    async def read(self, cache_id: str, entry_id: str, now_ms: int) -> Kept | None:  # noqa: ARG002
        raise self.failure
