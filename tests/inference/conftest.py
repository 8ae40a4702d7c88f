import pytest

from askonce.embed.bundled import FOLDER
from askonce.inference.reading import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader((FOLDER / "tokenizer.json").read_bytes())
