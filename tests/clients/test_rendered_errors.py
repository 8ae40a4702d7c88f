"""The refusals that nothing done to a server from outside brings about: a storage that fails, a full disk, a
fault of our own, a cache that is gone while its key is not.
"""

from collections.abc import Iterator

import pytest
from tests.clients.client import Client
from tests.clients.failing import GONE, served
from tests.clients.published import Published, Refusal, every_client
from tests.clients.test_errors import UNKNOWN_ID, assert_refused
from tests.support.failing_engine import FailingEngine

from askonce.errors import EngineUnavailable, OutOfSpace


@pytest.fixture(scope="module")
def engine() -> FailingEngine:
    return FailingEngine(RuntimeError())


@pytest.fixture(scope="module")
def url(engine: FailingEngine) -> Iterator[str]:
    with served(engine) as url:
        yield url


@every_client()
@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (EngineUnavailable("The disk is gone."), Refusal.ENGINE_UNAVAILABLE),
        (OutOfSpace("The disk is full."), Refusal.OUT_OF_SPACE),
        (ZeroDivisionError("A secret that nobody is told."), Refusal.UNEXPECTED),
    ],
    ids=["unavailable", "full", "unexpected"],
)
def test_a_storage_that_fails_is_told_by_its_kind(
    client: Client,
    published: Published,
    engine: FailingEngine,
    url: str,
    error: Exception,
    refused: Refusal,
) -> None:
    engine.failure = error

    assert_refused(client.below(url).refused("search", prompt="Ping?"), published, refused)


@every_client()
def test_an_unexpected_failure_tells_nothing_of_its_inside(
    client: Client, engine: FailingEngine, url: str
) -> None:
    engine.failure = ZeroDivisionError("A secret that nobody is told.")

    assert "secret" not in client.below(url).refused("search", prompt="Ping?").text


@every_client()
def test_a_cache_that_is_gone_is_not_found_by_a_key_with_a_grant_on_it(
    client: Client, published: Published, url: str
) -> None:
    raised = client.below(url).at(GONE).refused("delete_by_id", entry_id=UNKNOWN_ID)

    assert_refused(raised, published, Refusal.UNKNOWN_CACHE)
