"""What the Redis engine is beyond what every engine promises."""

import asyncio

import pytest
from tests.conftest import StartRedis
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.redis.conftest import Open, ask

from askonce.engine.redis.options import Index
from askonce.errors import EngineUnavailable, StartRefused
from askonce.model.bounds import Size, entry_bytes
from askonce.model.query import Scope


async def test_a_set_and_a_flush_are_seen_by_the_next_search_of_another_process(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    one, other = open_engine(server), open_engine(server)
    for number in range(30):
        await one.put("cache", entry(f"entry {number}"), direction(number))
        (found,) = await other.nearest("cache", direction(number), ANYWHERE, 0.99, 1, NOW_MS)
        assert found.entry.prompt == f"entry {number}"
        if number % 3 == 0:
            await other.flush("cache")
            assert await one.nearest("cache", direction(number), ANYWHERE, 0.0, 1, NOW_MS) == []


async def test_the_first_vector_comes_after_entries_without_one_in_another_process(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    one, other = open_engine(server), open_engine(server)
    for number in range(450):
        await one.put("cache", entry(f"without {number}"), None)
    assert await other.nearest("cache", direction(1), ANYWHERE, 0.0, 1, NOW_MS) == []
    await one.put("cache", entry("with"), direction(1))

    (found,) = await other.nearest("cache", direction(1), ANYWHERE, 0.9, 1, NOW_MS)
    assert found.entry.prompt == "with"
    for number in (0, 201, 449):
        (same,) = await other.exact("cache", f"WITHOUT {number}", ANYWHERE, 1, NOW_MS)
        assert same.prompt == f"without {number}"
    assert (await other.size_of("cache", NOW_MS)).entries == 451
    assert len(ask(server, "FT._LIST")) == 1


async def test_a_process_that_knows_only_the_index_without_vectors_puts_into_the_one_with(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    one, other = open_engine(server), open_engine(server)
    await one.put("cache", entry("without"), None)
    await other.put("cache", entry("also without"), None)
    await one.put("cache", entry("with"), direction(1))
    await other.put("cache", entry("also with"), direction(1))

    found = await one.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS)
    assert {match.entry.prompt for match in found} == {"with", "also with"}


async def test_caches_begun_by_many_at_once_have_one_life(start_redis: StartRedis, open_engine: Open) -> None:
    server = start_redis()
    engines = [open_engine(server) for _ in range(4)]
    puts = [
        each.put("cache", entry(f"{number} {n}"), direction(10 * number + n))
        for number, each in enumerate(engines)
        for n in range(5)
    ]
    await asyncio.gather(*puts)

    assert (await engines[0].size_of("cache", NOW_MS)).entries == 20
    assert len(ask(server, "FT._LIST")) == 1


async def test_vectors_of_other_dimensions_are_refused(start_redis: StartRedis, open_engine: Open) -> None:
    engine = open_engine(start_redis())
    await engine.put("cache", entry("a"), direction(1))

    with pytest.raises(EngineUnavailable, match="32 dimensions, not 64"):
        await engine.put("cache", entry("b"), direction(1, dimensions=64))
    with pytest.raises(EngineUnavailable, match="32 dimensions, not 64"):
        await engine.nearest("cache", direction(1, dimensions=64), ANYWHERE, 0.5, 1, NOW_MS)


async def test_every_key_and_index_begins_with_the_prefix_and_a_flush_leaves_none(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server, key_prefix="ours")
    ask(server, "SET", "theirs", "1")
    for number in range(450):
        await engine.put("cache", entry(f"entry {number}"), direction(number))

    names = [*ask(server, "KEYS", "*"), *ask(server, "FT._LIST")]
    assert sorted({name.split(b":")[0] for name in names}) == [b"ours", b"theirs"]
    await engine.flush("cache")
    for _ in range(10):
        await engine.sweep(NOW_MS)
    assert ask(server, "KEYS", "*") == [b"theirs"]
    assert ask(server, "FT._LIST") == []
    assert await engine.cache_ids() == []


async def test_caches_of_two_prefixes_see_nothing_of_each_other(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    one, other = open_engine(server, key_prefix="a"), open_engine(server, key_prefix="a:b")
    await one.put("cache", entry("Why?"), direction(1))

    assert await other.exact("cache", "Why?", ANYWHERE, 1, NOW_MS) == []
    assert await other.cache_ids() == []


async def test_the_size_is_of_live_entries_and_of_the_bytes_that_all_count_for(
    start_redis: StartRedis, open_engine: Open
) -> None:
    engine = open_engine(start_redis())
    entries = [entry("a", attributes={"x": "é"}), entry("b", expires_at_ms=NOW_MS + 10**12), entry("c")]
    assert await engine.size_of("cache", NOW_MS) == Size(0, 0)
    for each in entries:
        await engine.put("cache", each, direction(1))

    held = sum(entry_bytes(each, 32) for each in entries)
    assert await engine.size_of("cache", NOW_MS) == Size(3, held)
    assert await engine.size_of("cache", NOW_MS + 10**12) == Size(2, held)
    assert await engine.cache_ids() == ["cache"]


async def test_a_graph_index_finds_what_a_flat_one_finds_among_a_few(
    start_redis: StartRedis, open_engine: Open
) -> None:
    server = start_redis()
    engine = open_engine(server, index=Index.HNSW)
    for number in range(300):
        attributes = {"n": str(number % 10)}
        await engine.put("cache", entry(f"entry {number}", attributes=attributes), direction(number))

    for number in (0, 123, 299):
        for scope in (ANYWHERE, Scope({"n": str(number % 10)})):
            (found,) = await engine.nearest("cache", direction(number), scope, 0.99, 1, NOW_MS)
            assert found.entry.prompt == f"entry {number}"


async def test_a_redis_without_the_query_engine_is_refused(
    start_redis: StartRedis, open_engine: Open
) -> None:
    with pytest.raises(StartRefused, match="no query engine"):
        await open_engine(start_redis(has_query_engine=False)).refuse_other_servers()


async def test_a_redis_with_the_query_engine_is_taken(start_redis: StartRedis, open_engine: Open) -> None:
    await open_engine(start_redis()).refuse_other_servers()


@pytest.mark.parametrize("may_ask_for_the_run", [True, False])
async def test_a_user_with_the_rights_of_the_docs_and_no_more_is_enough(
    start_redis: StartRedis, open_engine: Open, may_ask_for_the_run: bool
) -> None:
    server = start_redis()
    rights = [*USER_RIGHTS, "+info"] if may_ask_for_the_run else USER_RIGHTS
    ask(server, "ACL", "SETUSER", "askonce", "reset", "on", ">a-password", "~askonce:*", *rights)
    url = server.url.replace("redis://", "redis://askonce@")
    engine = open_engine(server, url=url, password="a-password")
    for number in range(3):
        attributes = {"n": str(number)}
        await engine.put("cache", entry(f"entry {number}", attributes=attributes), direction(number))
    ask(server, "FT.DROPINDEX", ask(server, "FT._LIST")[0])

    (found,) = await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 1, NOW_MS)
    assert found.entry.prompt == "entry 1"
    assert await engine.remove_matching("cache", {"n": "1"}, NOW_MS) == 1
    assert (await engine.size_of("cache", NOW_MS)).entries == 2
    await engine.flush("cache")
    for _ in range(5):
        await engine.sweep(NOW_MS)
    await engine.ping()
    assert ask(server, "DBSIZE") == 0
    with pytest.raises(EngineUnavailable):
        await open_engine(server, url=url, password="another").ping()
    with pytest.raises(EngineUnavailable):
        await open_engine(server, url=url, password="a-password", key_prefix="theirs").put(
            "cache", entry("a"), direction(1)
        )


USER_RIGHTS = [
    *("+@read", "+@write", "+@scripting", "+@connection"),
    *("+ft.create", "+ft.dropindex", "+ft.search", "+ft.aggregate", "+ft.info"),
]
