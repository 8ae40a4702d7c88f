"""Changing and removing caches in the catalog, the acts that tell of it, and files of the first version."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.embedded.test_catalog import ACT, CACHE

from askonce.engine.embedded.catalog import CATALOG, EmbeddedCatalog
from askonce.engine.embedded.database import Schema, connect, prepare
from askonce.errors import EngineUnavailable
from askonce.model.bounds import UNBOUNDED
from askonce.model.key import Access, Grant, Key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[EmbeddedCatalog]:
    opened = EmbeddedCatalog.open(path)
    yield opened
    opened.close()


async def test_acts_are_only_added(catalog: EmbeddedCatalog, path: Path) -> None:
    await catalog.record(ACT)

    with closing(connect(path)) as connection:
        for statement in ("DELETE FROM acts", "UPDATE acts SET who = 'nobody'"):
            with pytest.raises(sqlite3.Error, match="only added"):
                connection.execute(statement)
    assert await catalog.acts(None, 9) == [(1, ACT)]


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
