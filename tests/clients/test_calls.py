"""Every call of every published `langcache` client, against a started server."""

import time

import pytest
from tests.clients.client import Client
from tests.clients.published import Feature, every_client

PROMPT = "How do I reset my password?"
SAME_MEANING = "how can I reset my password"
OTHER_MEANING = "What is the boiling point of water?"
ATTRIBUTES = {"tenant": "acme", "locale": "de"}
ODD_VALUE = (
    'a,b/c %2F {x}|"é" \\ 日本 ' + "x" * 1_000
)  # LangCache refuses commas and more than 500 characters.
GONE_TIMEOUT_S = 5


@every_client()
def test_an_empty_cache_finds_nothing(client: Client) -> None:
    assert client.hits(PROMPT) == []


@every_client()
def test_an_entry_is_found_by_its_own_words(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.responses(PROMPT) == ["Settings."]


@every_client()
def test_an_entry_is_found_by_its_meaning(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.responses(SAME_MEANING) == ["Settings."]


@every_client()
def test_a_prompt_of_another_meaning_is_a_miss(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.hits(OTHER_MEANING) == []


@every_client()
def test_a_hit_carries_the_entry_as_it_was_set(client: Client) -> None:
    entry_id = client.set(PROMPT, "Settings.", attributes=ATTRIBUTES)

    (hit,) = client.hits(SAME_MEANING, attributes=ATTRIBUTES)

    assert (hit["id"], hit["prompt"], hit["response"], hit["attributes"]) == (
        entry_id,
        PROMPT,
        "Settings.",
        ATTRIBUTES,
    )


@every_client()
def test_a_hit_without_attributes_has_an_empty_object_of_them(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert [hit["attributes"] for hit in client.hits(PROMPT)] == [{}]


@every_client()
def test_a_hit_by_meaning_has_a_similarity_below_one(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    (hit,) = client.hits(SAME_MEANING)

    assert 0.85 <= hit["similarity"] < 1


@every_client(Feature.STRATEGIES)
def test_a_hit_tells_its_strategy(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert [hit["searchStrategy"] for hit in client.hits(PROMPT)] == ["semantic"]


@every_client()
def test_setting_a_prompt_again_replaces_its_answer(client: Client) -> None:
    first = client.set(PROMPT, "Old.")
    second = client.set(PROMPT.upper(), "New.")

    assert first == second
    assert client.responses(PROMPT) == ["New."]


@every_client()
def test_unicode_comes_back_as_it_was_set(client: Client) -> None:
    client.set("Wie heißt „Straße“ auf 日本語? 🛣️", "道 🛣️\u0000\r\n\u2028")

    assert client.responses("Wie heißt „Straße“ auf 日本語? 🛣️") == ["道 🛣️\u0000\r\n\u2028"]


@every_client()
def test_a_prompt_longer_than_langcache_allows_is_found(client: Client) -> None:
    long_prompt = " ".join(f"Paragraph {at} of a contract about a lease." for at in range(300))
    client.set(long_prompt, "A lease.")

    assert client.responses(long_prompt) == ["A lease."]


@every_client()
def test_an_entry_of_other_attributes_is_not_found(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes={"tenant": "acme"})

    assert client.hits(PROMPT, attributes={"tenant": "globex"}) == []


@every_client()
def test_a_search_for_some_of_its_attributes_finds_an_entry(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes=ATTRIBUTES)

    assert client.responses(PROMPT, attributes={"tenant": "acme"}) == ["Settings."]


@every_client()
def test_an_attribute_of_any_characters_finds_its_entry(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes={"tenant": ODD_VALUE})

    assert client.responses(PROMPT, attributes={"tenant": ODD_VALUE}) == ["Settings."]


@every_client()
def test_no_attributes_and_an_empty_object_of_them_are_the_same(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes={})

    assert client.responses(PROMPT, attributes={}) == ["Settings."]


@every_client()
def test_a_threshold_above_the_similarity_is_a_miss(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.hits(SAME_MEANING, similarity_threshold=0.9999) == []


@every_client()
def test_a_threshold_of_zero_serves_no_other_question(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.responses(OTHER_MEANING, similarity_threshold=0) == []


@every_client()
def test_an_entry_with_time_to_live_is_found_while_it_lives(client: Client) -> None:
    client.set(PROMPT, "Settings.", ttl_millis=60_000)

    assert client.responses(PROMPT) == ["Settings."]


@every_client()
def test_an_entry_whose_time_is_over_is_gone(client: Client) -> None:
    client.set(PROMPT, "Settings.", ttl_millis=1)

    deadline = time.monotonic() + GONE_TIMEOUT_S  # The other side of the wire has a real clock.
    while client.hits(PROMPT):
        assert time.monotonic() < deadline


@every_client(Feature.STRATEGIES)
def test_the_exact_strategy_ignores_case(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    (hit,) = client.hits(PROMPT.upper(), search_strategies=["exact"])

    assert (hit["searchStrategy"], hit["similarity"]) == ("exact", 1)


@every_client(Feature.STRATEGIES)
def test_the_exact_strategy_does_not_find_by_meaning(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    assert client.hits(SAME_MEANING, search_strategies=["exact"]) == []


@every_client(Feature.STRATEGIES)
@pytest.mark.parametrize(
    ("strategies", "answered_by"),
    [(["exact", "semantic"], "exact"), (["semantic", "exact"], "semantic")],
    ids=["exact first", "semantic first"],
)
def test_the_first_strategy_that_hits_answers(
    client: Client, strategies: list[str], answered_by: str
) -> None:
    client.set(PROMPT, "Settings.")

    hits = client.hits(PROMPT, search_strategies=strategies)

    assert [hit["searchStrategy"] for hit in hits] == [answered_by]


@every_client(Feature.STRATEGIES)
def test_where_exact_misses_the_next_strategy_answers(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    hits = client.hits(SAME_MEANING, search_strategies=["exact", "semantic"])

    assert [hit["searchStrategy"] for hit in hits] == ["semantic"]


@every_client()
def test_one_hit_is_the_default(client: Client) -> None:
    client.set(PROMPT, "One.", attributes={"tenant": "a"})
    client.set(PROMPT, "Two.", attributes={"tenant": "b"})

    assert len(client.hits(PROMPT)) == 1


@every_client(Feature.MAX_RESULTS)
def test_max_results_brings_more_hits_best_first(client: Client) -> None:
    for prompt in (SAME_MEANING, OTHER_MEANING, PROMPT):
        client.set(prompt, prompt)

    responses = client.responses(PROMPT, max_results=2, similarity_threshold=0)

    assert responses == [PROMPT, SAME_MEANING]


@every_client()
def test_a_deleted_entry_is_not_found(client: Client) -> None:
    entry_id = client.set(PROMPT, "Settings.")

    client.call("delete_by_id", entry_id=entry_id)

    assert client.hits(PROMPT) == []


@every_client()
def test_delete_query_removes_what_carries_its_attributes_and_nothing_else(client: Client) -> None:
    client.set(PROMPT, "Mine.", attributes={"tenant": "acme", "locale": "de"})
    client.set(PROMPT, "Theirs.", attributes={"tenant": "globex", "locale": "de"})

    answer = client.call("delete_query", attributes={"tenant": "acme"})

    assert answer == {"deletedEntriesCount": 1}
    assert client.responses(PROMPT) == ["Theirs."]


@every_client()
def test_delete_query_without_attributes_removes_everything(client: Client) -> None:
    client.set(PROMPT, "Mine.", attributes=ATTRIBUTES)
    client.set(OTHER_MEANING, "100 °C.")

    assert client.call("delete_query", attributes={}) == {"deletedEntriesCount": 2}
    assert client.hits(PROMPT, similarity_threshold=0) == []


@every_client()
def test_delete_query_that_matches_nothing_counts_none(client: Client) -> None:
    assert client.call("delete_query", attributes={"tenant": "nobody"}) == {"deletedEntriesCount": 0}


@every_client(Feature.FLUSH)
def test_flush_empties_the_cache(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes=ATTRIBUTES)

    assert client.call("flush") is None
    assert client.hits(PROMPT, similarity_threshold=0) == []


@every_client(Feature.CONVERSATIONS)
def test_a_conversation_without_context_is_a_search_for_its_prompt(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    answer = client.call("conversational_search", prompt=SAME_MEANING)

    assert answer["actualPrompt"] == SAME_MEANING
    assert [hit["response"] for hit in answer["data"]] == ["Settings."]


@every_client(Feature.CONVERSATIONS)
def test_a_conversation_with_an_empty_context_is_one_without(client: Client) -> None:
    client.set(PROMPT, "Settings.")

    answer = client.call("conversational_search", prompt=PROMPT, context=[])

    assert [hit["response"] for hit in answer["data"]] == ["Settings."]


@every_client(Feature.CONVERSATIONS)
def test_a_conversation_with_context_is_not_served_what_was_set_without_it(client: Client) -> None:
    client.set("How do I change it?", "In the settings.")

    answer = client.call(
        "conversational_search",
        prompt="How do I change it?",
        context=["What is my billing address?"],
        similarity_threshold=0.5,
        search_strategies=["exact", "semantic"],
        max_results=3,
    )

    assert answer["data"] == []


@every_client(Feature.CONVERSATIONS)
def test_a_conversation_heeds_attributes(client: Client) -> None:
    client.set(PROMPT, "Settings.", attributes={"tenant": "acme"})

    answer = client.call("conversational_search", prompt=PROMPT, attributes={"tenant": "globex"})

    assert answer["data"] == []
