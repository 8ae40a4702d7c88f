"""The services over a real engine and catalog, with a toy embedder and a clock that stands still."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.toy_embedder import ToyEmbedder
from tests.support.toy_pair_model import ToyPairModel

from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.judge.panel import Panel
from askonce.service.caches import Caches
from askonce.service.embedding import Embedding
from askonce.service.entries import Entries
from askonce.service.lookup import Lookup


@dataclass
class FakeClock:
    at_ms: int = 1_767_225_600_000

    def now_ms(self) -> int:
        return self.at_ms


@dataclass
class Services:
    engine: EmbeddedEngine
    catalog: EmbeddedCatalog
    embedder: ToyEmbedder
    clock: FakeClock
    caches: Caches
    entries: Entries
    lookup: Lookup


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    clock, embedder = FakeClock(), ToyEmbedder()
    with (
        closing(EmbeddedEngine.open(tmp_path, now_ms=clock.at_ms, durability=Durability.PROCESS)) as engine,
        closing(EmbeddedCatalog.open(tmp_path / CATALOG_NAME)) as catalog,
    ):
        embedding = Embedding({"bundled": embedder}, timeout_s=10)
        yield Services(
            engine,
            catalog,
            embedder,
            clock,
            Caches(catalog, catalog, {"bundled": embedder.fingerprint}, clock),
            Entries(engine, embedding, clock),
            Lookup(engine, embedding, Panel(ToyPairModel(), timeout_s=10), clock),
        )
