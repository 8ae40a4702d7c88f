"""Looking through a cache over HTTP: by page, by prefix, by attributes, one by its id; and removing one."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.api.world import World

QUESTIONS = [f"Question {number}, which is unlike the others" for number in range(7)]


async def fill(world: World) -> list[str]:
    return [
        await world.set(question, attributes={"parity": str(n % 2)}) for n, question in enumerate(QUESTIONS)
    ]


async def listed(world: World, query: str = "") -> Any:
    answer = await world.admin("GET", f"/caches/{world.cache_id}/entries{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walked(world: World, query: str, cursor: str = "") -> list[list[str]]:
    """The ids of every page."""
    pages = []
    while True:
        page = await listed(world, query + cursor)
        pages.append([entry["id"] for entry in page["entries"]])
        if page["nextCursor"] is None:
            return pages
        cursor = f"&cursor={page['nextCursor']}"


async def test_an_entry_is_told_with_all_that_is_kept_of_it(world: World) -> None:
    entry_id = await world.set("Straße?", "Ja.", attributes={"language": "de"}, ttlMillis=1_500)

    page = await listed(world)
    alone = await world.admin("GET", f"/caches/{world.cache_id}/entries/{entry_id}")

    assert page == {
        "entries": [
            {
                "id": entry_id,
                "prompt": "Straße?",
                "response": "Ja.",
                "attributes": {"language": "de"},
                "context": "",
                "createdAt": "2026-01-01T00:00:00Z",
                "expiresAt": "2026-01-01T00:00:01.500000Z",
                "bytes": 8 + 3 + 8 + 2 + 64 * 4,
            }
        ],
        "nextCursor": None,
    }
    assert alone.json() == page["entries"][0]


async def test_pages_follow_each_other_in_either_order(world: World) -> None:
    ids = await fill(world)

    assert await walked(world, "?limit=3") == [ids[:3:-1], ids[3:0:-1], ids[:1]]
    assert await walked(world, "?limit=3&order=oldest") == [ids[:3], ids[3:6], ids[6:]]
    assert await walked(world, "?limit=7") == [ids[::-1]]


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_no_entry_comes_twice_and_none_is_missed_while_others_write(world: World, order: str) -> None:
    ids = await fill(world)
    first = await listed(world, f"?limit=2&order={order}")
    seen = [entry["id"] for entry in first["entries"]]
    # One that was seen is set again, one that was not is removed, and new ones come.
    await world.set(QUESTIONS[ids.index(seen[0])], "another", attributes=first["entries"][0]["attributes"])
    await world.call("DELETE", f"/entries/{ids[3]}")
    for number in range(3):
        await world.set(f"a new one {number}")

    rest = await walked(world, f"?limit=2&order={order}", f"&cursor={first['nextCursor']}")

    assert sorted(seen + [one for page in rest for one in page]) == sorted(set(ids) - {ids[3]})


async def test_a_prefix_is_compared_as_an_exact_search_compares_and_attributes_are_all_asked_for(
    world: World,
) -> None:
    street = await world.set("Straße nach Rom", attributes={"language": "de", "tenant": "a.b=c"})
    other = await world.set("strassen", attributes={"language": "de"})
    road = await world.set("Road to Rome", attributes={"language": "en", "tenant": "a.b=c"})

    async def found(query: str) -> list[str]:
        return [entry["id"] for entry in (await listed(world, query))["entries"]]

    assert await found(f"?prefix={quote('STRASSE')}") == [other, street]
    assert await found(f"?prefix={quote('straße ')}") == [street]
    assert await found("?attributes.language=de") == [other, street]
    assert await found(f"?attributes.language=de&attributes.tenant={quote('a.b=c')}") == [street]
    assert await found("?attributes.tenant=a.b%3Dc&prefix=r") == [road]
    assert await found("?attributes.unknown=x") == []
    assert await found("?prefix=rome") == []


async def test_what_is_over_removed_or_flushed_is_never_shown(world: World) -> None:
    over = await world.set("over", ttlMillis=1_000)
    removed = await world.set("removed")
    stays = await world.set("stays", ttlMillis=1_001)
    await world.call("DELETE", f"/entries/{removed}")
    world.clock.advance(ms=1_000)

    shown = [entry["id"] for entry in (await listed(world))["entries"]]
    statuses = {
        entry_id: (await world.admin("GET", f"/caches/{world.cache_id}/entries/{entry_id}")).status_code
        for entry_id in (over, removed, stays)
    }
    await world.call("POST", "/flush")

    assert shown == [stays]
    assert statuses == {over: 404, removed: 404, stays: 200}
    assert await listed(world) == {"entries": [], "nextCursor": None}


async def test_entries_of_conversations_and_of_no_meaning_are_shown_and_other_caches_are_not(
    world: World,
) -> None:
    other_id, other_key = await world.new_cache(["*"])
    await world.call("POST", "/entries", {"prompt": "p", "response": "r"}, key=other_key, cache_id=other_id)
    in_context = await world.set("and in winter?", context=["Is Rome warm?"])
    without_vector = await world.set("???")

    entries = (await listed(world))["entries"]

    assert [entry["id"] for entry in entries] == [without_vector, in_context]
    assert [len(entry["context"]) for entry in entries] == [0, 32]
    assert entries[0]["bytes"] == len("???an answer")


async def test_the_admin_token_removes_an_entry_and_the_audit_log_tells_of_it_without_its_words(
    world: World,
) -> None:
    entry_id = await world.set("a secret question")
    path = f"/caches/{world.cache_id}/entries/{entry_id}"

    answers = [await world.admin("DELETE", path) for _ in range(2)]
    act = (await world.admin("GET", "/audit?limit=1")).json()["acts"][0]

    assert [answer.status_code for answer in answers] == [204, 404]
    assert await world.search("a secret question") == []
    assert (act["what"], act["subject"], act["details"]) == (
        "entry.delete",
        world.cache_id,
        {"entry_id": entry_id},
    )


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("limit=0", "limit", "range"),
        ("limit=1001", "limit", "range"),
        ("limit=ten", "limit", "type"),
        ("limit=1&limit=2", "limit", "unique"),
        ("order=random", "order", "choice"),
        ("order=written", "order", "choice"),
        ("cursor=x", "cursor", "cursor"),
        ("cursor=1-2", "cursor", "cursor"),
        ("order=oldest&cursor=1", "cursor", "cursor"),
        ("cursor=" + "1" * 129, "cursor", "length"),
        ("prefix=" + "x" * 1_025, "prefix", "length"),
        ("attributes.a=" + "x" * 1_025, "attributes.a", "length"),
        ("attributes.a=", "attributes.a", "length"),
        ("attributes.=a", "attributes.", "length"),
        ("attributes.a=b&attributes.a=c", "attributes.a", "unique"),
    ],
)
async def test_a_query_that_breaks_a_rule_is_told_which(
    still_world: World, query: str, field: str, rule: str
) -> None:
    answer = await still_world.admin("GET", f"/caches/{still_world.cache_id}/entries?{query}")

    assert answer.status_code == 400
    assert [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]] == [(field, rule)]


async def test_of_a_cache_that_is_not_there_there_is_nothing_to_see(still_world: World) -> None:
    unknown = f"/caches/{'0' * 32}"
    calls = [("GET", "/entries"), ("GET", "/entries/x"), ("DELETE", "/entries/x"), ("GET", "/export")]

    answers = [await still_world.admin(method, unknown + path) for method, path in calls]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await still_world.admin("POST", f"{unknown}/import", b"")).status_code == 404


async def test_any_cursor_of_numbers_is_a_place_in_the_order(still_world: World) -> None:
    assert (await listed(still_world, f"?cursor={2**63}"))["entries"] != []
    assert (await listed(still_world, "?cursor=0"))["entries"] == []
    assert (await listed(still_world, "?order=oldest&cursor=0-0"))["entries"] == []


async def test_a_listing_that_the_caller_only_wants_the_head_of(still_world: World) -> None:
    for path in ("/entries", "/export"):
        answer = await still_world.call(
            "HEAD", f"//v1/caches/{still_world.cache_id}{path}", key=still_world.admin_token
        )
        assert (answer.status_code, answer.content) == (200, b"")
