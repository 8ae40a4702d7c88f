"""Administering by command line: the same on a data directory and on a running server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command import Run
from tests.support.server import ADMIN_TOKEN, PRESET, Credentials, Server, serving

from askonce.commands.admins import admin
from askonce.commands.caches import cache
from askonce.commands.entries import entry
from askonce.commands.keys import key

ENTRY = {"prompt": "How do I reset my password?", "response": "Settings."}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("commands") / "data") as running:
        yield running


@pytest.fixture(params=["over HTTP", "on the data directory"])
def where(request: pytest.FixtureRequest, server: Server) -> tuple[str, str]:
    """Both reach the same running server's caches."""
    return ("--server", server.url) if request.param == "over HTTP" else ("--data", str(server.data))


def made(run: Run, where: tuple[str, str], *options: str) -> Credentials:
    told = run("cache", "create", "made", *options, *where, "--json").json
    return Credentials(told["cacheId"], told["apiKey"])


def test_a_cache_is_made_shown_changed_and_deleted(run: Run, where: tuple[str, str], server: Server) -> None:
    made_cache = made(run, where, "--max-prompt-chars", "100", "--on-embedder-failure", "miss")
    server.call("POST", "/entries", ENTRY, cache=made_cache)
    bounds = ("--max-entries", "9", "--max-bytes", "10000", "--eviction", "lfu", "--ttl-mode", "sliding")
    run("cache", "update", made_cache.cache_id, *bounds, *where)
    options = ("--threshold", "0.5", "--attribute", "user", "--name", "renamed", "--max-prompt-chars", "0")
    changed = run(
        "cache", "update", made_cache.cache_id, *options, "--max-entries", "0", *where, "--json"
    ).json
    shown = run("cache", "show", made_cache.cache_id, *where, "--json").json
    deleted = run("cache", "delete", made_cache.cache_id, "--flush", "--yes", *where)

    assert shown["name"] == changed["name"] == "renamed"
    assert (shown["defaultSearchThreshold"], shown["attributes"]) == (0.5, ["user"])
    assert (shown["maxPromptChars"], shown["onEmbedderFailure"]) == (None, "miss")
    assert (shown["maxEntries"], shown["maxBytes"]) == (None, 10_000)
    assert (shown["evictionPolicy"], shown["ttlMode"]) == ("lfu", "sliding")
    assert (shown["entryCount"], shown["bytes"]) == (1, 27 + 9 + 4 * 384)
    assert deleted.code == 0
    assert server.call("POST", "/search", {"prompt": "x"}, cache=made_cache).status == 403
    assert run("cache", "show", made_cache.cache_id, *where).code == 4


def test_a_running_server_follows_each_change_of_a_key_at_once(
    run: Run, where: tuple[str, str], server: Server
) -> None:
    def status(token: str, path: str = "/search") -> int:
        return server.call("POST", path, ENTRY, cache=Credentials(PRESET.cache_id, token)).status

    minted = run(
        "key", "create", PRESET.cache_id, "--access", "read", "--name", "mine", *where, "--json"
    ).json
    reads = (status(minted["apiKey"]), status(minted["apiKey"], "/entries"))
    run("key", "update", minted["keyId"], "--cache", "*", "--access", "write", *where)
    writes = status(minted["apiKey"], "/entries")
    second = run("key", "rotate", minted["keyId"], "--overlap", "1h", *where).stdout.strip()
    overlapping = (status(minted["apiKey"]), status(second))
    third = run("key", "rotate", minted["keyId"], *where, "--json").json["apiKey"]
    shown = run("key", "show", minted["keyId"], *where, "--json").json
    revoked = run("key", "revoke", minted["keyId"], "-y", *where)

    assert (reads, writes, overlapping) == ((200, 403), 201, (200, 200))
    assert shown["grants"][0]["resourceId"] == "*"
    assert revoked.code == 0
    assert [status(token) for token in (minted["apiKey"], second, third)] == [401, 401, 401]
    assert run("key", "revoke", minted["keyId"], "-y", *where).code == 4


def test_admin_tokens_are_made_rotated_and_revoked(
    run: Run, where: tuple[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    minted = run("admin", "create", "--name", "ops", "--expires-in", "30d", *where, "--json").json
    rotated = run("admin", "rotate", minted["tokenId"], *where).stdout.strip()
    listed = run("admin", "list", *where, "--json").json
    monkeypatch.setenv("ASKONCE_ADMIN_TOKEN", minted["apiKey"])
    former = run("cache", "list", "--server", server.url)
    monkeypatch.setenv("ASKONCE_ADMIN_TOKEN", rotated)
    used = run("cache", "list", "--server", server.url)
    revoked = run("admin", "revoke", minted["tokenId"], "--yes", "--server", server.url)

    assert [one["name"] for one in listed if one["tokenId"] == minted["tokenId"]] == ["ops"]
    assert (former.code, used.code, revoked.code) == (3, 0, 0)
    assert run("cache", "list", "--server", server.url).code == 3


def test_the_audit_log_tells_who_did_what_and_no_token(run: Run, where: tuple[str, str]) -> None:
    made_cache = made(run, where)
    run("cache", "update", made_cache.cache_id, "--threshold", "0.5", *where)

    acts = run("admin", "audit", "--limit", "3", *where, "--json").json
    older = run("admin", "audit", "--limit", "1", "--before", str(acts[2]["position"]), *where, "--json").json

    assert [act["what"] for act in acts] == ["cache.update", "key.mint", "cache.create"]
    assert acts[0]["details"] == {"default_threshold": 0.5}
    assert older[0]["position"] < acts[2]["position"]
    who, address = ("admin main", "127.0.0.1") if where[0] == "--server" else ("command line", "")
    assert all(act["who"].startswith(who) and act["address"] == address for act in acts)
    everything = run("admin", "audit", "--limit", "1000", *where, "--json").stdout
    assert made_cache.api_key not in everything
    assert ADMIN_TOKEN not in everything


def test_a_flush_needs_the_server_where_one_runs(run: Run, server: Server) -> None:
    made_cache = made(run, ("--server", server.url))
    server.call("POST", "/entries", ENTRY, cache=made_cache)

    beside = run("cache", "flush", made_cache.cache_id, "--yes", "--data", str(server.data))
    through = run("cache", "flush", made_cache.cache_id, "--yes", "--server", server.url)

    assert (beside.code, through.code) == (5, 0)
    assert "--server" in beside.stderr
    assert run("cache", "show", made_cache.cache_id, "--server", server.url, "--json").json["entryCount"] == 0


def test_a_data_directory_without_a_server_is_flushed_and_told_of(run: Run, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        server.call("POST", "/entries", ENTRY)
    where = ("--data", str(tmp_path / "data"))

    before = run("cache", "show", PRESET.cache_id, *where, "--json").json
    kept = tmp_path / "data" / "near-misses" / f"{PRESET.cache_id}.jsonl"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("{}\n")
    flushed = run("cache", "flush", PRESET.cache_id, "--yes", *where)
    after = run("cache", "show", PRESET.cache_id, *where, "--json").json

    assert (before["entryCount"], flushed.code, after["entryCount"]) == (1, 0, 0)
    assert not kept.exists()


def test_a_backup_of_a_running_server_restores_its_answers_and_its_keys(run: Run, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        server.call("POST", "/entries", ENTRY)
        where = ("--data", str(tmp_path / "data"))
        revoked = run("key", "create", PRESET.cache_id, *where, "--json").json
        run("key", "revoke", revoked["keyId"], "--yes", *where)
        taken = run("backup", str(tmp_path / "backup"), *where, "--json")
        server.call("POST", "/flush")
    restored = run("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "restored"))
    again = run("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "restored"))
    checked = run("check", "--data", str(tmp_path / "restored"), "--json").json
    with serving(tmp_path / "restored") as server:
        found = server.call("POST", "/entries/search", {"prompt": "How do I reset my password?"})
        with_revoked = Credentials(PRESET.cache_id, revoked["apiKey"])
        refused = server.call("POST", "/search", {"prompt": "x"}, cache=with_revoked)

    assert set(taken.json["files"]) == {"entries.db", "catalog.db", "usage.db"}
    assert (restored.code, again.code) == (0, 2)
    assert checked == {"entries": 1, "problems": []}
    assert [hit["response"] for hit in found.body["data"]] == ["Settings."]
    assert refused.status == 401


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["cache", "show", "unknown"], 4, "no cache"),
        (["cache", "update", PRESET.cache_id], 2, "Say what to change"),
        (["cache", "update", PRESET.cache_id, "--threshold", "2"], 2, "from 0 to 1"),
        (["cache", "delete", PRESET.cache_id], 2, "--yes"),
        (["cache", "flush", "a/../b", "--yes"], 4, "no cache"),
        (["key", "create", "unknown"], 2, "no cache"),
        (["key", "create"], 2, "CACHE_ID"),
        (["key", "create", "*", "--expires-in", "soon"], 2, "30d"),
        (["key", "rotate", "unknown"], 4, "no key"),
        (["key", "update", "unknown"], 2, "Say what to change"),
        (["admin", "show", "unknown"], 4, "no key"),
        (["admin", "audit", "--limit", "0"], 2, "from 1 to 1000"),
    ],
)
def test_a_refusal_is_explained_and_its_exit_code_means_something(
    run: Run, where: tuple[str, str], arguments: list[str], code: int, problem: str
) -> None:
    done = run(*arguments, *where)

    assert (done.code, done.stdout) == (code, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_needs_an_admin_token_that_is_right(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {}
    for token in ("", "askadmin_" + "0" * 49, "a-token-that-nobody-made", PRESET.api_key):
        monkeypatch.setenv("ASKONCE_ADMIN_TOKEN", token)
        codes[token] = run("cache", "list", "--server", server.url).code

    assert list(codes.values()) == [2, 2, 3, 3]


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "http://"])
def test_an_address_that_can_not_be_one_is_refused(run: Run, url: str) -> None:
    assert run("cache", "list", "--server", url).code == 2


def test_a_server_that_does_not_answer_is_not_now(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    done = run("cache", "list", "--server", f"http://127.0.0.1:{port}")

    assert done.code == 5
    assert "No answer" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["cache", "list"],
        ["cache", "show", PRESET.cache_id],
        ["cache", "embedders"],
        ["key", "list"],
        ["admin", "list"],
        ["admin", "audit"],
    ],
    ids=" ".join,
)
def test_people_get_lines_they_can_read(run: Run, where: tuple[str, str], arguments: list[str]) -> None:
    done = run(*arguments, *where)

    assert done.code == 0
    assert len(done.stdout.splitlines()) > 1
    assert all(line.isprintable() for line in done.stdout.splitlines())


def test_every_command_explains_itself(run: Run) -> None:
    groups = {"cache": cache, "entry": entry, "key": key, "admin": admin}

    for name, group in groups.items():
        for command in group.commands.values():
            assert command.help
            assert run(name, str(command.name), "--help").code == 0
