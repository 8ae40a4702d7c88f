"""What a caller finds, sets and removes."""

from urllib.parse import quote

import pytest
from tests.api.world import World

from askonce.model.query import Strategy

DAY_MS = 86_400_000


async def test_an_entry_is_found_by_a_search_right_after_its_set(world: World) -> None:
    entry_id = await world.set("How do I reset my password?", "Settings.", attributes={"user": "1"})

    assert await world.search("reset my password, how do I") == [
        {
            "id": entry_id,
            "prompt": "How do I reset my password?",
            "response": "Settings.",
            "attributes": {"user": "1"},
            "similarity": pytest.approx(1.0, abs=1e-6),
            "searchStrategy": "semantic",
            "createdAt": "2026-01-01T00:00:00Z",
            "expiresAt": None,
            "confidence": 1.0,
            "judgement": {"judgedBy": ["rules", "toy"], "reasons": []},
        }
    ]


async def test_a_search_that_finds_nothing_answers_with_no_entries(world: World) -> None:
    await world.set("How do I reset my password?")

    assert await world.search("weather tomorrow in Lisbon") == []


async def test_an_answer_without_attributes_has_an_empty_object_of_them(world: World) -> None:
    await world.set("hello")

    assert (await world.search("hello"))[0]["attributes"] == {}


async def test_the_older_search_path_answers_the_same(world: World) -> None:
    await world.set("hello")

    newer = await world.call("POST", "/entries/search", {"prompt": "hello"})
    older = await world.call("POST", "/search", {"prompt": "hello"})

    assert older.content == newer.content


async def test_an_exact_search_ignores_case_and_says_so(world: World) -> None:
    await world.set("What is Kubernetes")

    hits = await world.search("WHAT IS kubernetes", searchStrategies=["exact"])

    assert [(hit["similarity"], hit["searchStrategy"]) for hit in hits] == [(1.0, "exact")]


async def test_an_exact_search_finds_no_near_question(world: World) -> None:
    await world.set("What is Kubernetes")

    assert await world.search("What is Kubernetes?", searchStrategies=["exact"]) == []


async def test_strategies_that_repeat_count_once(world: World) -> None:
    await world.set("hello there")

    hits = await world.search(
        "hello there", searchStrategies=["exact", "exact", "semantic", "exact"], maxResults=5
    )

    assert [hit["searchStrategy"] for hit in hits] == ["exact"]


async def test_a_cache_s_own_strategies_and_threshold_are_the_defaults(world: World) -> None:
    cache_id, key = await world.new_cache(["*"], strategies=[Strategy.EXACT])
    body = {"prompt": "one two three", "response": "r"}
    await world.call("POST", "/entries", body, key=key, cache_id=cache_id)

    near = await world.call(
        "POST", "/entries/search", {"prompt": "three two one"}, key=key, cache_id=cache_id
    )
    same = await world.call(
        "POST", "/entries/search", {"prompt": "One two three"}, key=key, cache_id=cache_id
    )

    assert near.json() == {"data": []}
    assert [hit["searchStrategy"] for hit in same.json()["data"]] == ["exact"]


async def test_a_threshold_keeps_less_similar_entries_away(world: World) -> None:
    await world.set("reset my password now")

    assert await world.search("reset my password", similarityThreshold=1) == []
    assert len(await world.search("reset my password", similarityThreshold=0.5)) == 1


async def test_more_results_come_best_first(world: World) -> None:
    for prompt in ("red apple", "red apple pie", "red apple pie recipe"):
        await world.set(prompt)

    hits = await world.search("red apple pie recipe", maxResults=2, similarityThreshold=0)

    assert [hit["prompt"] for hit in hits] == ["red apple pie recipe", "red apple pie"]


async def test_a_whole_number_written_with_a_fraction_of_zero_is_a_whole_number(world: World) -> None:
    await world.set("hello", ttlMillis=1000.0)

    assert len(await world.search("hello", maxResults=1.0, similarityThreshold=1)) == 1


async def test_setting_the_same_question_again_replaces_its_answer(world: World) -> None:
    first = await world.set("Hello", "one")
    second = await world.set("hello", "two")

    assert first == second
    assert [hit["response"] for hit in await world.search("hello", maxResults=9)] == ["two"]


async def test_attributes_narrow_a_search_to_entries_that_carry_all_of_them(world: World) -> None:
    await world.set("hello", "for a", attributes={"user": "a", "language": "en"})
    await world.set("hello", "for b", attributes={"user": "b", "language": "en"})

    mine = await world.search("hello", attributes={"user": "a"}, maxResults=9)
    both = await world.search("hello", attributes={"language": "en"}, maxResults=9)
    none = await world.search("hello", attributes={"user": "a", "language": "de"})

    assert [hit["response"] for hit in mine] == ["for a"]
    assert len(both) == 2
    assert none == []


@pytest.mark.parametrize(
    "text", ["a,b", "%2525 %", "ключ", "😀", "a\x00b", "\u2028", "'; --", '"', "\\", " ", "x" * 128]
)
async def test_any_character_may_stand_in_a_prompt_a_response_and_attributes(world: World, text: str) -> None:
    await world.set(text, text, attributes={text: text})

    hits = await world.search(text, searchStrategies=["exact"], attributes={text: text})

    assert [(hit["prompt"], hit["response"], hit["attributes"]) for hit in hits] == [
        (text, text, {text: text})
    ]


async def test_an_entry_is_a_miss_from_its_last_millisecond_on(world: World) -> None:
    await world.set("hello", ttlMillis=1_000)
    world.clock.advance(ms=999)
    before = await world.search("hello")
    world.clock.advance(ms=1)

    assert before[0]["expiresAt"] == "2026-01-01T00:00:01Z"
    assert await world.search("hello") == []


async def test_without_a_ttl_the_cache_s_default_counts(world: World) -> None:
    cache_id, key = await world.new_cache(["*"], ttl_ms=DAY_MS)
    body = {"prompt": "hello", "response": "r", "ttlMillis": None}
    await world.call("POST", "/entries", body, key=key, cache_id=cache_id)

    found = await world.call("POST", "/search", {"prompt": "hello"}, key=key, cache_id=cache_id)

    assert found.json()["data"][0]["expiresAt"] == "2026-01-02T00:00:00Z"


async def test_null_counts_as_left_out(world: World) -> None:
    await world.set("hello", attributes=None, ttlMillis=None, context=None)

    hits = await world.search(
        "hello",
        attributes=None,
        similarityThreshold=None,
        searchStrategies=None,
        maxResults=None,
        context=None,
    )

    assert len(hits) == 1


async def test_an_entry_is_removed_by_its_id_once(world: World) -> None:
    entry_id = await world.set("hello")

    removed = await world.call("DELETE", f"/entries/{entry_id}")
    again = await world.call("DELETE", f"/entries/{entry_id}")

    assert (removed.status_code, removed.content, again.status_code) == (204, b"", 404)
    assert await world.search("hello") == []


async def test_an_id_may_come_percent_encoded(world: World) -> None:
    entry_id = await world.set("hello")

    encoded = "".join(f"%{ord(one):02X}" for one in entry_id)

    assert (await world.call("DELETE", f"/entries/{encoded}")).status_code == 204


@pytest.mark.parametrize("entry_id", ["a/b", "a//b", "é", "0" * 31, "../flush", "%", "search/x", "a b"])
@pytest.mark.parametrize("safe", ["", "/"])
async def test_an_odd_id_is_an_unknown_entry(world: World, entry_id: str, safe: str) -> None:
    await world.set("hello")

    answer = await world.call("DELETE", "/entries/" + quote(entry_id, safe=safe).replace("..", "%2E%2E"))

    assert answer.status_code == 404
    assert await world.prompts() == ["hello"]


async def test_entries_are_removed_by_attributes_and_counted(world: World) -> None:
    await world.set("one", attributes={"user": "a"})
    await world.set("two", attributes={"user": "a", "language": "en"})
    await world.set("three", attributes={"user": "b"})

    answer = await world.call("DELETE", "/entries", {"attributes": {"user": "a"}})

    assert (answer.status_code, answer.json()) == (200, {"deletedEntriesCount": 2})
    assert await world.prompts() == ["three"]


@pytest.mark.parametrize("body", [None, b"", b" \n", {}, {"attributes": {}}, {"attributes": None}])
async def test_a_removal_without_attributes_removes_every_entry(world: World, body: object) -> None:
    await world.set("one")
    await world.set("two", attributes={"user": "b"})

    answer = await world.call("DELETE", "/entries", body)

    assert answer.json() == {"deletedEntriesCount": 2}
    assert await world.prompts() == []


async def test_a_misspelt_attributes_empties_no_cache(world: World) -> None:
    await world.set("one")

    answer = await world.call("DELETE", "/entries", {"attribute": {"user": "a"}})

    assert [fault["field"] for fault in answer.json()["fields"]] == ["attributes"]
    assert await world.prompts() == ["one"]


@pytest.mark.parametrize("body", [None, b"whatever", {}])
async def test_a_flush_empties_the_cache_whatever_its_body(world: World, body: object) -> None:
    await world.set("one")

    answer = await world.call("POST", "/flush", body)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await world.prompts() == []


async def test_unknown_fields_are_ignored(world: World) -> None:
    await world.set("hello", newField={"deep": [1, {"a": None}]}, similarity="x")

    assert len(await world.search("hello", ttlMillis="x", response=3, another=[[]])) == 1


async def test_a_conversation_without_context_is_searched_as_it_stands(world: World) -> None:
    await world.set("hello")

    nothing: list[list[str] | None] = [None, []]
    for context in nothing:
        body = {"prompt": "Hello", "context": context}
        answer = await world.call("POST", "/conversations/search", body)

        assert answer.json()["actualPrompt"] == "Hello"
        assert [hit["prompt"] for hit in answer.json()["data"]] == ["hello"]


async def test_a_question_within_a_conversation_is_answered_from_that_conversation_alone(
    world: World,
) -> None:
    await world.set("and its price?", "of nothing")
    await world.set("and its price?", "of the tent", context=["show me tents"])
    await world.set("and its price?", "of the boat", context=["show me boats"])

    async def found(path: str, context: list[str] | None) -> list[str]:
        body = {"prompt": "and its price?", "context": context, "maxResults": 9}
        answer = await world.call("POST", path, body)
        return [hit["response"] for hit in answer.json()["data"]]

    for path in ("/conversations/search", "/entries/search", "/search"):
        assert await found(path, ["Show me tents"]) == ["of the tent"]
        assert await found(path, ["show me boats"]) == ["of the boat"]
        assert await found(path, ["show me bikes"]) == []
        assert await found(path, ["show me tents", "show me boats"]) == []
        assert await found(path, None) == ["of nothing"]
