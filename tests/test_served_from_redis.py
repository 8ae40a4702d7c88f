"""A started server that keeps one cache in Redis and one in its own data directory."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import StartRedis
from tests.support.command import Run
from tests.support.redis_server import RedisServer
from tests.support.server import ADMIN_TOKEN, Answer, Credentials, Server, serving

PATIENCE_S = 120
QUESTION = "How do I reset my password?"


def settings_file(tmp_path: Path, redis: RedisServer) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(f'[engines.main]\nurl = "{redis.url}"\ntimeout_ms = 5000\n', encoding="utf-8")
    return path


def put(server: Server, cache: Credentials, response: str) -> Answer:
    return server.call("POST", "/entries", {"prompt": QUESTION, "response": response}, cache=cache)


def search(server: Server, cache: Credentials) -> Answer:
    return server.call("POST", "/entries/search", {"prompt": QUESTION}, cache=cache)


def until(answers: Callable[[], Answer], status: int) -> Answer:
    deadline = time.monotonic() + PATIENCE_S
    while (answer := answers()).status != status and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answer.status == status, answer.body
    return answer


def test_a_cache_in_redis_is_served_and_its_loss_harms_no_other(
    start_redis: StartRedis, tmp_path: Path
) -> None:
    redis = start_redis(["--appendonly", "yes", "--appendfsync", "always"])
    config = settings_file(tmp_path, redis)
    with serving(tmp_path / "data", config=config) as server:
        local = server.create_cache("local")
        shared = server.create_cache("shared", "--database", "main")
        assert put(server, local, "in the directory").status == 201
        assert put(server, shared, "in redis").status == 201
        redis.kill()

        refused = until(lambda: search(server, shared), 424)
        assert refused.body["type"] == "/errors/resource-unavailable"
        assert put(server, shared, "lost").status == 424
        (hit,) = search(server, local).body["data"]
        assert hit["response"] == "in the directory"
        assert server.request("GET", "/health/readiness", key=None).status == 503
        assert server.request("GET", "/health/liveness", key=None).status == 200
        redis.start()

        (hit,) = until(lambda: search(server, shared), 200).body["data"]
        assert hit["response"] == "in redis"
        until(lambda: server.request("GET", "/health/readiness", key=None), 200)


def test_a_server_starts_without_its_redis_and_serves_it_once_it_is_there(
    start_redis: StartRedis, tmp_path: Path
) -> None:
    redis = start_redis()
    config = settings_file(tmp_path, redis)
    with serving(tmp_path / "data", config=config) as server:
        shared = server.create_cache("shared", "--database", "main")
    redis.kill()
    # Readiness says 503 until Redis is there, so the start itself is what the test waits for.
    with serving(tmp_path / "data", config=config, awaits_readiness=False) as server:
        until(lambda: server.request("GET", "/health/readiness", key=None), 503)
        redis.start()
        until(lambda: put(server, shared, "late"), 201)
        assert search(server, shared).body["data"][0]["response"] == "late"


@pytest.mark.parametrize("name", ["nowhere", "Main"])
def test_a_cache_can_not_be_made_in_an_engine_that_the_settings_do_not_name(
    start_redis: StartRedis, tmp_path: Path, name: str
) -> None:
    with (
        serving(tmp_path / "data", config=settings_file(tmp_path, start_redis())) as server,
        pytest.raises(AssertionError, match="databaseId must be one of default, main"),
    ):
        server.create_cache("shared", "--database", name)


def test_bounds_and_pages_hold_in_redis_and_entries_move_between_engines(
    start_redis: StartRedis, tmp_path: Path, run: Run
) -> None:
    config = settings_file(tmp_path, start_redis())
    with serving(tmp_path / "data", config=config) as server:
        shared = server.create_cache("shared", "--database", "main", "--max-entries", "2")
        local = server.create_cache("local")
        for city in ("Rome", "Oslo", "Lima"):
            asked = {"prompt": f"How large is {city}?", "response": city}
            assert server.call("POST", "/entries", asked, cache=shared).status == 201

        path = f"/v1/caches/{shared.cache_id}"
        page = server.request("GET", f"{path}/entries?limit=1", key=ADMIN_TOKEN).body
        (newest,) = page["entries"]
        cursor = page["nextCursor"]
        page = server.request("GET", f"{path}/entries?limit=1&cursor={cursor}", key=ADMIN_TOKEN).body
        (next_one,) = page["entries"]
        assert [newest["response"], next_one["response"], page["nextCursor"]] == ["Lima", "Oslo", None]
        read = server.request("GET", f"{path}/entries/{newest['id']}", key=ADMIN_TOKEN)
        assert read.body["prompt"] == "How large is Lima?"
        assert server.request("GET", path, key=ADMIN_TOKEN).body["entryCount"] == 2

        file = tmp_path / "entries.jsonl"
        for command, cache in (("export", shared), ("import", local)):
            done = run(command, cache.cache_id, str(file), "--server", server.url)
            assert done.code == 0, done.stderr
        found = server.call("POST", "/entries/search", {"prompt": "How large is Oslo?"}, cache=local)
        assert found.body["data"][0]["response"] == "Oslo"
