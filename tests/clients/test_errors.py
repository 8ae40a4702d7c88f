"""Every refusal, as every published `langcache` client reads it: its own exception class, its own `type`.

The server is provoked from outside. What can not be provoked so is in `test_rendered_errors.py`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from tests.clients.client import Client, Raised
from tests.clients.published import Feature, Published, Refusal, every_client
from tests.embed.local_endpoint import LocalEndpoint, refusal
from tests.support.server import Credentials, Server

PROMPT = "How do I reset my password?"
UNKNOWN_ID = "0" * 32
LIMIT_BYTES = 4_194_304
HELD_TIMEOUT_S = 10


def assert_refused(raised: Raised, published: Published, refusal: Refusal) -> None:
    """The error that `published` has for this refusal; its fallback where it has none."""
    assert raised.status == refusal.status, raised
    if refusal not in published.errors:
        assert (raised.kind, raised.problem) == (published.untyped, None)
        return
    assert raised.error == published.errors[refusal], raised
    assert raised.problem["status"] == refusal.status
    assert raised.problem["title"]


@every_client()
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("search", {"prompt": ""}),
        ("search", {"prompt": PROMPT, "similarity_threshold": 1.5}),
        ("set", {"prompt": "", "response": "Settings."}),
        ("set", {"prompt": PROMPT, "response": "Settings.", "ttl_millis": 0}),
        ("delete_query", {"attributes": {"": "an attribute without a name"}}),
    ],
    ids=["no prompt", "threshold", "no prompt to set", "ttl", "attributes"],
)
def test_what_breaks_a_rule_is_a_bad_request(
    client: Client, published: Published, method: str, arguments: dict[str, object]
) -> None:
    assert_refused(client.refused(method, **arguments), published, Refusal.INVALID)


@every_client(Feature.FAULTS)
def test_a_bad_request_tells_every_fault_at_once(client: Client) -> None:
    raised = client.refused("set", prompt="", response="Settings.", ttl_millis=0)

    assert {fault["field"] for fault in raised.problem["fields"]} == {"prompt", "ttlMillis"}
    assert all(fault["rule"] and fault["message"] for fault in raised.problem["fields"])


@every_client(Feature.MAX_RESULTS)
def test_too_few_results_are_a_bad_request(client: Client, published: Published) -> None:
    raised = client.refused("search", prompt=PROMPT, max_results=0)

    assert_refused(raised, published, Refusal.INVALID)


@every_client(Feature.CONVERSATIONS)
def test_a_conversation_without_a_prompt_is_a_bad_request(client: Client, published: Published) -> None:
    raised = client.refused("conversational_search", prompt="", context=["Hello?"])

    assert_refused(raised, published, Refusal.INVALID)


@every_client()
def test_attributes_for_a_cache_without_any_are_a_bad_request(
    client: Client, published: Published, plain_cache: Credentials
) -> None:
    raised = client.at(plain_cache).refused("search", prompt=PROMPT, attributes={"tenant": "acme"})

    assert_refused(raised, published, Refusal.INVALID)
    assert "no attributes are configured" in raised.text.lower()  # RedisVL looks for these words.


@every_client()
def test_a_wrong_key_is_unauthenticated(client: Client, published: Published) -> None:
    stranger = client.at(Credentials(client.cache.cache_id, "a-key-that-nobody-ever-made"))

    assert_refused(stranger.refused("search", prompt=PROMPT), published, Refusal.UNAUTHENTICATED)


@every_client()
def test_no_key_is_unauthenticated(client: Client, published: Published) -> None:
    raised = client.anonymous().refused("search", prompt=PROMPT)

    assert_refused(raised, published, Refusal.UNAUTHENTICATED)


@every_client()
def test_the_key_of_another_cache_is_forbidden(
    client: Client, published: Published, other_cache: Credentials
) -> None:
    intruder = client.at(Credentials(client.cache.cache_id, other_cache.api_key))

    assert_refused(intruder.refused("search", prompt=PROMPT), published, Refusal.FORBIDDEN)


@every_client()
def test_an_unknown_cache_is_forbidden_and_not_told_from_one_of_others(
    client: Client, published: Published
) -> None:
    lost = client.at(Credentials(UNKNOWN_ID, client.cache.api_key))

    assert_refused(lost.refused("search", prompt=PROMPT), published, Refusal.FORBIDDEN)


@every_client()
def test_deleting_an_unknown_entry_is_not_found(client: Client, published: Published) -> None:
    assert_refused(client.refused("delete_by_id", entry_id=UNKNOWN_ID), published, Refusal.UNKNOWN_ENTRY)


@every_client()
def test_deleting_an_entry_twice_is_not_found(client: Client, published: Published) -> None:
    entry_id = client.set(PROMPT, "Settings.")
    client.call("delete_by_id", entry_id=entry_id)

    assert_refused(client.refused("delete_by_id", entry_id=entry_id), published, Refusal.UNKNOWN_ENTRY)


@every_client()
def test_an_entry_id_with_a_slash_is_not_found(client: Client, published: Published) -> None:
    raised = client.refused("delete_by_id", entry_id="a/b")

    # The Python clients send the slash as it is, so that it is another path; JavaScript sends it encoded.
    is_in = {published.errors[Refusal.UNKNOWN_ENTRY], published.errors[Refusal.UNKNOWN_PATH]}
    assert (raised.status, raised.error in is_in) == (404, True)


@every_client()
def test_a_path_that_nothing_is_at_is_not_found(client: Client, published: Published) -> None:
    astray = client.below(f"{client.url}/nowhere")

    assert_refused(astray.refused("delete_by_id", entry_id=UNKNOWN_ID), published, Refusal.UNKNOWN_PATH)


@every_client()
@pytest.mark.parametrize("size_bytes", [LIMIT_BYTES, 2 * LIMIT_BYTES], ids=["just over", "far over"])
def test_a_body_over_the_limit_is_too_large(client: Client, published: Published, size_bytes: int) -> None:
    raised = client.refused("set", prompt=PROMPT, response="x" * size_bytes)

    assert_refused(raised, published, Refusal.TOO_LARGE)


@every_client()
@pytest.mark.parametrize("method", ["search", "set"])
def test_an_embedder_that_can_not_be_reached_is_a_failed_dependency(
    client: Client, published: Published, dead_cache: Credentials, method: str
) -> None:
    arguments = {"prompt": PROMPT} if method == "search" else {"prompt": PROMPT, "response": "Settings."}

    raised = client.at(dead_cache).refused(method, **arguments)

    assert_refused(raised, published, Refusal.EMBEDDER_UNAVAILABLE)


@every_client()
@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (401, Refusal.EMBEDDER_UNAUTHORIZED),
        (429, Refusal.EMBEDDER_OVERLOADED),
        (500, Refusal.EMBEDDER_UNAVAILABLE),
    ],
    ids=["our key", "its limit", "its failure"],
)
def test_an_embedder_that_refuses_us_is_a_failed_dependency(
    client: Client,
    published: Published,
    remote_cache: Credentials,
    endpoint: LocalEndpoint,
    status: int,
    refused: Refusal,
) -> None:
    endpoint.otherwise = refusal(status)

    assert_refused(client.at(remote_cache).refused("search", prompt=PROMPT), published, refused)


@pytest.fixture(scope="session")
def narrow_cache(narrow_server: Server) -> Credentials:
    return narrow_server.create_cache("remote", "--embedder", "remote")


@contextmanager
def held_search(server: Server, cache: Credentials, endpoint: LocalEndpoint) -> Iterator[None]:
    """One search is under way, held by its embedder, for as long as the block lasts."""
    endpoint.otherwise = endpoint.hold
    unseen = {"prompt": uuid4().hex}  # No memo has it.
    with ThreadPoolExecutor() as pool:
        search = pool.submit(server.call, "POST", "/entries/search", unseen, cache=cache)
        try:
            assert endpoint.arrived.wait(HELD_TIMEOUT_S)
            yield
        finally:
            endpoint.may_go_on.set()
        assert search.result().status == 200


@every_client()
def test_more_requests_than_the_server_takes_are_too_many(
    client: Client,
    published: Published,
    narrow_server: Server,
    narrow_cache: Credentials,
    endpoint: LocalEndpoint,
) -> None:
    with held_search(narrow_server, narrow_cache, endpoint):
        raised = client.below(narrow_server.url).at(narrow_cache).refused("search", prompt=PROMPT)

    assert_refused(raised, published, Refusal.TOO_MANY_REQUESTS)


@every_client()
def test_too_many_requests_tell_when_to_come_again(
    client: Client, narrow_server: Server, narrow_cache: Credentials, endpoint: LocalEndpoint
) -> None:
    with held_search(narrow_server, narrow_cache, endpoint):
        raised = client.below(narrow_server.url).at(narrow_cache).refused("search", prompt=PROMPT)

    assert int(raised.retry_after or "0") >= 1  # Whole seconds, which every client's retries understand.
