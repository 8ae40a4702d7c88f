"""Emptying a cache empties its near-miss log too, whoever does it."""

from collections.abc import Sequence

import pytest
from tests.service.conftest import Services

from askonce.model.audit import SERVER
from askonce.model.query import NearMiss
from askonce.service.caches import CacheSpec
from askonce.service.control import Control
from askonce.service.usage import Usage


class Noted:
    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def note(self, cache_id: str, asked: str, near_misses: Sequence[NearMiss]) -> None:
        raise AssertionError((cache_id, asked, near_misses))

    def forget(self, cache_id: str) -> None:
        self.forgotten.append(cache_id)


@pytest.mark.parametrize("act", ["flush", "remove"])
async def test_a_cache_that_an_operator_empties_loses_its_near_misses(services: Services, act: str) -> None:
    log, catalog, clock = Noted(), services.catalog, services.clock
    control = Control(catalog, catalog, services.caches, services.engine, Usage({}), clock, log)
    cache = await services.caches.create(CacheSpec("tests"))

    if act == "flush":
        await control.flush(cache.id, SERVER)
    else:
        await control.remove(cache.id, SERVER, flush=True)

    assert log.forgotten == [cache.id]
