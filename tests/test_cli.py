"""The command line: what it makes works, what it refuses it explains, and its exit codes tell which."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest
from tests.support.command import Run
from tests.support.server import PRESET, Credentials, serving


def test_a_made_cache_is_listed_with_what_it_was_made_of(run: Run) -> None:
    made = run(
        *("cache", "create", "support", "--threshold", "0.9", "--ttl-ms", "5000"),
        *("--judge", "rules", "--min-confidence", "0.75"),
        *("--attribute", "user", "--strategy", "exact", "--strategy", "semantic", "--json"),
    )
    (listed,) = json.loads(run("cache", "list", "--json").stdout)

    assert made.code == 0
    assert listed["cacheId"] == json.loads(made.stdout)["cacheId"]
    assert (listed["name"], listed["defaultSearchThreshold"], listed["defaultTtlMillis"]) == (
        "support",
        0.9,
        5000,
    )
    assert (listed["judge"], listed["minConfidence"]) == ("rules", 0.75)
    assert (listed["attributes"], listed["searchStrategies"]) == (["user"], ["exact", "semantic"])
    assert listed["embeddingProvider"] == "bundled"


def test_people_get_a_table_and_the_key_once(run: Run, tmp_path: Path) -> None:
    made = run("cache", "create", "support")
    token = next(line.split()[1] for line in made.stdout.splitlines() if line.startswith("key"))

    assert "support" in run("cache", "list").stdout
    assert token not in run("cache", "list").stdout
    for path in (tmp_path / "askonce-data").iterdir():
        assert token.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["cache", "create", ""], "name must have"),
        (["cache", "create", "x" * 65], "name must have"),
        (["cache", "create", "x", "--threshold", "1.5"], "from 0 to 1"),
        (["cache", "create", "x", "--threshold", "nan"], "not a number"),
        (["cache", "create", "x", "--ttl-ms", "-2"], "defaultTtlMillis"),
        (["cache", "create", "x", "--embedder", "unknown"], "bundled"),
        (["cache", "create", "x", "--attribute", "*", "--attribute", "user"], "alone"),
        (["cache", "create", "x", "--attribute", "a", "--no-attributes"], "exclude each other"),
        (["cache", "create", "x", "--strategy", "guess"], "guess"),
        (["key", "create", "0" * 32], "no cache"),
        (["check"], "no data directory"),
        (["serve", "--port", "99999"], "65535 or less"),
        (["serve", "--cache-id", "x"], "32 lowercase hex"),
        (["serve", "--api-key", "short"], "16 to 512"),
        (["serve", "--admin-token", "k" * 20, "--api-key", "k" * 20], "admin token"),
        (["serve", "--config", "nowhere.toml"], "nowhere.toml"),
        (["nonsense"], "nonsense"),
    ],
)
def test_a_refusal_ends_with_2_and_says_why(run: Run, arguments: list[str], problem: str) -> None:
    done = run(*arguments)

    assert done.code == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_cache_is_not_made(run: Run) -> None:
    run("cache", "create", "x", "--threshold", "7")

    assert json.loads(run("cache", "list", "--json").stdout) == []


def test_a_taken_port_is_told_before_anything_is_opened(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))

    assert done.code == 2
    assert f"port {port}" in done.stderr
    assert not (tmp_path / "askonce-data").exists()


def test_settings_prints_the_reference_page(run: Run) -> None:
    assert run("settings").stdout.startswith("# Settings")


def test_a_cache_made_beside_a_running_server_is_usable_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        made = server.create_cache("second")

        assert server.call("POST", "/entries/search", {"prompt": "hi"}, cache=made).status == 200
        assert server.call("POST", "/entries/search", {"prompt": "hi"}).status == 200


def test_keys_reach_their_own_cache_with_their_own_access(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path) as server:
        read_only = run("key", "create", PRESET.cache_id, "--access", "read", "--data", str(tmp_path))
        reader = Credentials(PRESET.cache_id, read_only.stdout.strip())
        stranger = Credentials(PRESET.cache_id, server.create_cache("other").api_key)

        assert server.call("POST", "/entries/search", {"prompt": "hi"}, cache=reader).status == 200
        entry = {"prompt": "hi", "response": "ho"}
        assert server.call("POST", "/entries", entry, cache=reader).status == 403
        assert server.call("POST", "/entries/search", {"prompt": "hi"}, cache=stranger).status == 403


def test_a_changed_preset_key_takes_the_place_of_the_former_one(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    renewed = Credentials(PRESET.cache_id, "another-preset-key-of-the-tests")
    with serving(tmp_path, settings={"api_key": renewed.api_key}) as server:
        assert server.call("POST", "/entries/search", {"prompt": "hi"}, cache=renewed).status == 200
        assert server.call("POST", "/entries/search", {"prompt": "hi"}).status == 401


def test_check_needs_the_server_stopped_and_says_who_runs(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path) as server:
        done = run("check", "--data", str(tmp_path))

    assert done.code == 2
    assert str(server.pid) in done.stderr


def test_check_finds_nothing_wrong_after_a_clean_stop(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path) as server:
        for number in range(3):
            server.call("POST", "/entries", {"prompt": f"Question {number}?", "response": "yes"})

    done = run("check", "--data", str(tmp_path), "--json")

    assert done.code == 0
    assert json.loads(done.stdout) == {"entries": 3, "problems": []}


def test_check_ends_with_1_and_names_the_entry_that_was_tampered_with(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path) as server:
        stored = server.call("POST", "/entries", {"prompt": "Question?", "response": "yes"})
    with sqlite3.connect(tmp_path / "entries.db") as database:
        database.execute("UPDATE entries SET prompt = 'Another question?'")
    database.close()

    done = run("check", "--data", str(tmp_path))

    assert done.code == 1
    assert stored.body["entryId"] in done.stdout


def test_a_cache_filled_by_another_model_is_refused_at_start_with_the_way_out(
    tmp_path: Path, run: Run
) -> None:
    with serving(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "catalog.db") as database:
        database.execute("UPDATE caches SET model_digest = 'of other weights'")
    database.close()

    done = run("serve", "--port", "0", "--data", str(tmp_path))

    assert done.code == 2
    assert PRESET.cache_id in done.stderr
    assert "start with the embedder" in done.stderr
