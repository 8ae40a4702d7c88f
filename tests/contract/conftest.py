"""Every engine there is, behind one fixture. A new engine adds a line to `ENGINES` and passes this folder."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from tests.contract.samples import NOW_MS

from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.ports import Engine, Upkeep


class KeptEngine(Engine, Upkeep, Protocol):
    """What a server needs of an engine."""


@asynccontextmanager
async def embedded(directory: Path) -> AsyncIterator[KeptEngine]:
    engine = EmbeddedEngine.open(directory, now_ms=NOW_MS)
    try:
        yield engine
    finally:
        engine.close()


@asynccontextmanager
async def embedded_in_threads(directory: Path) -> AsyncIterator[KeptEngine]:
    """As it searches large caches."""
    engine = EmbeddedEngine.open(directory, now_ms=NOW_MS, most_inline=0)
    try:
        yield engine
    finally:
        engine.close()


Opener = Callable[[Path], AbstractAsyncContextManager[KeptEngine]]

ENGINES: dict[str, Opener] = {"embedded": embedded, "embedded, in threads": embedded_in_threads}


@pytest.fixture(params=list(ENGINES))
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeptEngine]:
    async with ENGINES[request.param](tmp_path / "engine") as opened:
        yield opened
