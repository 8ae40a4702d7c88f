"""Changing and removing caches in the catalog, the acts that tell of it, and files of the first version."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.embedded.test_catalog import ACT, CACHE, KEY

from askonce.engine.embedded.catalog import CATALOG, EmbeddedCatalog
from askonce.engine.embedded.database import Schema, connect, prepare
from askonce.errors import EngineUnavailable, InvalidRequest, UnknownCache
from askonce.model.audit import Act
from askonce.model.bounds import UNBOUNDED
from askonce.model.cache import Cache, Fingerprint
from askonce.model.key import EVERY_CACHE, Access, Grant, Key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[EmbeddedCatalog]:
    opened = EmbeddedCatalog.open(path)
    yield opened
    opened.close()


async def acts(catalog: EmbeddedCatalog) -> list[str]:
    return [act.what for _, act in reversed(await catalog.acts(None, 100))]


async def test_a_change_and_its_act_are_there_together(catalog: EmbeddedCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    changed = replace(CACHE, name="new")

    assert await catalog.change_cache(CACHE.id, lambda _: (changed, replace(ACT, what="update"))) == changed
    assert await catalog.find_cache(CACHE.id) == changed
    assert await acts(catalog) == ["cache.create", "update"]


async def test_a_change_that_is_refused_leaves_neither(catalog: EmbeddedCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)

    def refuse(_: Cache) -> tuple[Cache, Act]:
        raise InvalidRequest([])

    with pytest.raises(InvalidRequest):
        await catalog.change_cache(CACHE.id, refuse)
    with pytest.raises(UnknownCache):
        await catalog.change_cache("none", refuse)
    with pytest.raises(InvalidRequest):
        await catalog.add_cache(CACHE, ACT)
    assert await catalog.caches() == [CACHE]
    assert await acts(catalog) == ["cache.create"]


async def test_a_removed_cache_takes_the_grants_on_it_along(catalog: EmbeddedCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(KEY, ACT)
    await catalog.remove_cache(CACHE.id, ACT, keeps_entries=False)

    key = await catalog.find_key(KEY.digest)
    assert await catalog.find_cache(CACHE.id) is None
    assert key is not None
    assert [grant.cache_id for grant in key.grants] == [EVERY_CACHE]
    assert await catalog.dropped() == [CACHE.id]


async def test_kept_entries_come_back_under_their_own_model_only(catalog: EmbeddedCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.remove_cache(CACHE.id, ACT, keeps_entries=True)
    other = replace(CACHE, fingerprint=Fingerprint("minilm", 384, "of other weights"))

    with pytest.raises(InvalidRequest, match="minilm"):
        await catalog.add_cache(other, ACT)
    await catalog.add_cache(CACHE, ACT)
    assert await catalog.dropped() == []


async def test_acts_are_only_added(catalog: EmbeddedCatalog, path: Path) -> None:
    await catalog.record(ACT)

    with closing(connect(path)) as connection:
        for statement in ("DELETE FROM acts", "UPDATE acts SET who = 'nobody'"):
            with pytest.raises(sqlite3.Error, match="only added"):
                connection.execute(statement)
    assert await catalog.acts(None, 9) == [(1, ACT)]


async def test_acts_are_read_page_by_page_the_latest_first(catalog: EmbeddedCatalog) -> None:
    for number in range(5):
        await catalog.record(replace(ACT, subject=str(number)))

    first = await catalog.acts(None, 2)
    second = await catalog.acts(first[-1][0], 2)

    assert [act.subject for _, act in [*first, *second]] == ["4", "3", "2", "1"]


async def test_an_act_that_can_not_be_kept_keeps_the_change_away(
    catalog: EmbeddedCatalog, path: Path
) -> None:
    await catalog.add_cache(CACHE, ACT)
    with closing(connect(path)) as connection:
        connection.execute("DROP TABLE acts")

    with pytest.raises(EngineUnavailable):
        await catalog.change_cache(CACHE.id, lambda cache: (replace(cache, name="new"), ACT))
    assert await catalog.find_cache(CACHE.id) == CACHE


async def test_a_catalog_of_the_first_version_keeps_its_caches_and_keys(path: Path) -> None:
    prepare(path, Schema(CATALOG.application_id, CATALOG.migrations[:1]))
    with closing(connect(path)) as connection:
        connection.execute(
            "INSERT INTO caches VALUES (1, 'c', 'n', '[]', 0.9, 5, '[\"exact\"]', 'bundled', 'm', 3, 'd', 4)"
        )
        connection.execute("INSERT INTO keys VALUES (x'01', 'k', 'service', 6)")
        connection.execute("INSERT INTO grants VALUES (1, x'01', 'c', 2)")
        connection.execute("INSERT INTO admin VALUES (1, x'02')")

    catalog = EmbeddedCatalog.open(path)
    (cache,) = await catalog.caches()
    key, admin = await catalog.find_key(b"\x01"), await catalog.find_key(b"\x02")
    catalog.close()

    assert (cache.id, cache.default_threshold, cache.database) == ("c", 0.9, "default")
    assert cache.bounds == UNBOUNDED
    assert key == Key("k", "service", b"\x01", (Grant("c", Access.WRITE),), 6)
    assert admin == Key("main", "first start", b"\x02", (), 0, is_admin=True)
