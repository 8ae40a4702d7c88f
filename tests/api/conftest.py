"""The server under test, anew for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.api.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One server for a whole module of tests that change nothing; it holds one entry, `stays`."""
    async with open_world(tmp_path_factory.mktemp("still") / "data") as opened:
        await opened.set("stays")
        yield opened
