"""Embedded engines in a directory of their own, closed at the end whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine

Open = Callable[[], EmbeddedEngine]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(directory: Path) -> Iterator[Callable[..., EmbeddedEngine]]:
    """Opens the engine on `directory`; call `close` on it before the next start."""
    opened: list[EmbeddedEngine] = []

    def start(now_ms: int = NOW_MS, durability: Durability = Durability.PROCESS) -> EmbeddedEngine:
        opened.append(EmbeddedEngine.open(directory, now_ms=now_ms, durability=durability))
        return opened[-1]

    yield start
    for engine in opened:
        engine.close()
