"""A bench with toy instruments: every arithmetic can be followed by hand."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.toy_embedder import ToyEmbedder
from tests.support.toy_pair_model import ToyPairModel

from askonce.engine.similarity import similarities
from askonce.judge.panel import Panel
from askonce.tune.instruments import Instruments
from askonce.tune.remembering import Measurements


@pytest.fixture
def embedder() -> ToyEmbedder:
    return ToyEmbedder()


@pytest.fixture
def model() -> ToyPairModel:
    return ToyPairModel(answer=0.7)


@pytest.fixture
def instruments(embedder: ToyEmbedder, model: ToyPairModel) -> Instruments:
    return Instruments(embedder, Panel(model, timeout_s=10), "toy 1", similarities)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Measurements]:
    with closing(Measurements(tmp_path / "measurements.db")) as kept:
        yield kept
