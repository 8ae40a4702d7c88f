"""`redisvl`'s `LangCacheSemanticCache`, unmodified, against a started server."""

import pytest
from tests.clients.client import Client
from tests.support.server import Credentials, Server

PROMPT = "How do I reset my password?"
SAME_MEANING = "how can I reset my password"
ODD_METADATA = {"tenant": "a, b/c %2F é", "model": "x|y{z}"}


def test_a_stored_answer_is_found_by_its_meaning(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    (hit,) = redisvl.call("check", prompt=SAME_MEANING)

    assert (hit["prompt"], hit["response"]) == (PROMPT, "Settings.")


def test_store_returns_the_id_that_a_hit_has(redisvl: Client) -> None:
    entry_id = redisvl.call("store", prompt=PROMPT, response="Settings.")

    assert [hit["entry_id"] for hit in redisvl.call("check", prompt=PROMPT)] == [entry_id]


def test_nothing_stored_is_an_empty_list(redisvl: Client) -> None:
    assert redisvl.call("check", prompt=PROMPT) == []


def test_the_same_words_are_at_distance_zero(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    assert [hit["vector_distance"] for hit in redisvl.call("check", prompt=PROMPT)] == [0]


def test_a_distance_threshold_below_the_distance_is_a_miss(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    assert redisvl.call("check", prompt=SAME_MEANING, distance_threshold=0.0001) == []


def test_redis_distances_are_twice_the_normalized_ones(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    (normalized,) = redisvl.call("check", prompt=SAME_MEANING)
    (of_redis,) = redisvl.call("check", prompt=SAME_MEANING, options={"distance_scale": "redis"})

    assert of_redis["vector_distance"] == pytest.approx(2 * normalized["vector_distance"])


def test_metadata_of_any_characters_filters_and_comes_back(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.", metadata=ODD_METADATA)

    (hit,) = redisvl.call("check", prompt=PROMPT, attributes=ODD_METADATA)

    assert hit["metadata"] == ODD_METADATA


def test_other_attributes_are_a_miss(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.", metadata={"tenant": "a"})

    assert redisvl.call("check", prompt=PROMPT, attributes={"tenant": "b"}) == []


def test_exact_search_alone_does_not_find_by_meaning(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    assert redisvl.call("check", prompt=SAME_MEANING, options={"use_semantic_search": False}) == []


def test_semantic_search_alone_finds_by_meaning(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    assert redisvl.call("check", prompt=SAME_MEANING, options={"use_exact_search": False}) != []


def test_a_time_to_live_in_seconds_is_taken(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.", ttl=60)

    assert redisvl.call("check", prompt=PROMPT) != []


def test_delete_by_id_removes_the_entry(redisvl: Client) -> None:
    entry_id = redisvl.call("store", prompt=PROMPT, response="Settings.")

    redisvl.call("delete_by_id", entry_id=entry_id)

    assert redisvl.call("check", prompt=PROMPT) == []


def test_delete_by_attributes_removes_what_carries_them(redisvl: Client) -> None:
    redisvl.call("store", prompt=PROMPT, response="Mine.", metadata=ODD_METADATA)
    redisvl.call("store", prompt=PROMPT, response="Theirs.", metadata={"tenant": "b"})

    answer = redisvl.call("delete_by_attributes", attributes={"tenant": ODD_METADATA["tenant"]})

    assert answer == {"deleted_entries_count": 1}
    assert [hit["response"] for hit in redisvl.call("check", prompt=PROMPT)] == ["Theirs."]


@pytest.mark.parametrize("method", ["delete", "clear"])
def test_delete_and_clear_empty_the_cache(redisvl: Client, method: str) -> None:
    redisvl.call("store", prompt=PROMPT, response="Settings.")

    redisvl.call(method)

    assert redisvl.call("check", prompt=PROMPT) == []


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("store", {"response": "Settings.", "metadata": {"tenant": "a"}}),
        ("check", {"attributes": {"tenant": "a"}}),
    ],
    ids=["store", "check"],
)
def test_redisvl_explains_that_a_cache_has_no_attributes(
    redisvl: Client, plain_cache: Credentials, method: str, arguments: dict[str, object]
) -> None:
    raised = redisvl.at(plain_cache).refused(method, prompt=PROMPT, **arguments)

    assert raised.kind == "RuntimeError"
    assert "attributes are not configured" in raised.text


def test_a_refusal_reaches_the_caller_as_the_client_s_typed_error(redisvl: Client, server: Server) -> None:
    wrong_key = Credentials(server.create_cache("unused").cache_id, "a-key-that-nobody-ever-made")

    assert redisvl.at(wrong_key).refused("check", prompt=PROMPT).kind == "AuthenticationErrorResponseContent"
