import pytest

from askonce.embed.bundled import BundledEmbedder
from askonce.embed.model_files import FOLDER
from askonce.embed.reading import Reader


@pytest.fixture(scope="session")
def bundled() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader((FOLDER / "tokenizer.json").read_bytes())
