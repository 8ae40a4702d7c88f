import pytest

from askonce.embed.bundled import BundledEmbedder
from askonce.inference.workers import Workers


@pytest.fixture(scope="session")
def bundled() -> BundledEmbedder:
    return BundledEmbedder(Workers())
