"""Several servers over one Redis, each with a data directory of its own: to their callers they are one."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.support.redis_server import Binaries, redis_serving
from tests.support.server import ADMIN_TOKEN, PRESET, Answer, Credentials, Server, start

SERVERS = 2
WRITERS = 8
SETS = 12


@pytest.fixture(scope="module")
def servers(redis_binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        redis = stack.enter_context(redis_serving(redis_binaries, folder / "redis"))
        config = folder / "settings.toml"
        config.write_text(
            f'catalog = "main"\n[engines.main]\nurl = "{redis.url}"\ntimeout_ms = 10000\n', encoding="utf-8"
        )
        # At once, so that the first start is one too.
        with ThreadPoolExecutor(SERVERS) as threads:
            starts = [
                threads.submit(start, folder / f"data{number}", config=config) for number in range(SERVERS)
            ]
        for started in starts:
            stack.callback(stop, started)
        yield [started.result() for started in starts]


def stop(started: Future[Server]) -> None:
    if started.exception() is None:
        started.result().stop()


def admin(server: Server, method: str, path: str, body: object = None) -> Answer:
    return server.request(method, f"/v1{path}", body, key=ADMIN_TOKEN)


def put(server: Server, prompt: str, response: str, cache: Credentials = PRESET) -> Answer:
    body = {"prompt": prompt, "response": response, "attributes": {"about": prompt}}
    return server.call("POST", "/entries", body, cache=cache)


def responses(server: Server, prompt: str, cache: Credentials = PRESET) -> list[str]:
    body = {"prompt": prompt, "attributes": {"about": prompt}, "searchStrategies": ["exact"]}
    answer = server.call("POST", "/entries/search", body, cache=cache)
    assert answer.status == 200, answer.body
    return [hit["response"] for hit in answer.body["data"]]


def test_what_one_server_stores_the_other_serves_by_meaning_and_by_words(servers: list[Server]) -> None:
    one, other = servers
    assert one.call("POST", "/entries", {"prompt": "How do I bake bread?", "response": "Bake."}).status == 201

    for prompt in ("how do i bake bread?", "How do I bake bread"):
        (hit,) = other.call("POST", "/entries/search", {"prompt": prompt}).body["data"]
        assert hit["response"] == "Bake."


def test_a_cache_and_a_key_made_on_one_server_open_the_other_until_the_key_is_revoked(
    servers: list[Server],
) -> None:
    one, other = servers
    made = admin(one, "POST", "/caches", NEW_CACHE).body["cacheId"]
    grants = [{"resourceId": made, "actions": ["full"]}]
    minted = admin(one, "POST", "/api-keys", {"name": "both", "grants": grants}).body
    cache = Credentials(made, minted["token"])

    assert put(other, "Why?", "Because.", cache).status == 201
    assert responses(one, "why?", cache) == []  # Another attribute: `about` is as it was written.
    assert responses(one, "Why?", cache) == ["Because."]
    assert admin(one, "GET", f"/caches/{made}").body["entryCount"] == 1
    assert admin(one, "DELETE", f"/api-keys/{minted['keyId']}").status in (200, 204)
    assert put(other, "Why?", "No longer.", cache).status == 401
    assert admin(other, "GET", "/audit").body["acts"][0]["what"] == "key.revoke"


def test_a_flush_on_one_server_is_seen_by_the_next_search_on_the_other(servers: list[Server]) -> None:
    one, other = servers
    for round_ in range(3):
        assert put(one, "Is it there?", str(round_)).status == 201
        assert responses(other, "Is it there?") == [str(round_)]
        assert other.call("POST", "/flush").status in (200, 204)
        assert responses(one, "Is it there?") == []


def test_sets_at_once_through_all_servers_are_all_there_and_none_is_stale(servers: list[Server]) -> None:
    def write_and_read(writer: int) -> None:
        for number in range(SETS):
            prompt = f"question {number % 4} of writer {writer}"
            assert put(servers[writer % SERVERS], prompt, str(number)).status == 201
            for server in servers:
                assert responses(server, prompt) == [str(number)]

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write_and_read, range(WRITERS)))


NEW_CACHE = {
    "name": "made",
    "databaseId": "main",
    "defaultSearchThreshold": 0.9,
    "defaultTtlMillis": -1,
    "attributes": ["*"],
}
