"""`askonce entry`, `export` and `import`: on a data directory and on a running server, whatever ends them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Run
from tests.support.server import ADMIN_TOKEN, PRESET, Credentials, Server, serving, start

QUESTIONS = [
    f"How do I {verb} the {thing}?"
    for verb in ("mend", "clean", "sell", "paint", "insure")
    for thing in ("roof", "kitchen", "bicycle", "boat", "piano", "garden", "cellar", "fence")
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("entries") / "data") as running:
        for number, question in enumerate(QUESTIONS):
            body = {"prompt": question, "response": f"answer {number}", "attributes": {"n": str(number % 4)}}
            assert running.call("POST", "/entries", body).status == 201
        spoken = {
            "prompt": "And why?",
            "response": "So.",
            "context": ["Is Rome warm?"],
            "ttlMillis": 3_600_000,
        }
        assert running.call("POST", "/entries", spoken).status == 201
        yield running


@pytest.fixture(params=["over HTTP", "on the data directory"])
def where(request: pytest.FixtureRequest, server: Server) -> tuple[str, str]:
    """Both reach the same running server's caches."""
    return ("--server", server.url) if request.param == "over HTTP" else ("--data", str(server.data))


def empty_cache(run: Run, place: tuple[str, str]) -> Credentials:
    told = run("cache", "create", "empty", *place, "--json").json
    return Credentials(told["cacheId"], told["apiKey"])


def answers(server: Server, cache: Credentials) -> list[Any]:
    """What searches of every kind find, as it was answered."""
    searches: list[dict[str, Any]] = [
        {"prompt": "mend something", "similarityThreshold": 0, "maxResults": 1_000, "judge": "off"},
        {
            "prompt": "roof",
            "similarityThreshold": 0.3,
            "maxResults": 9,
            "attributes": {"n": "0"},
            "judge": "off",
        },
        {"prompt": "HOW DO I MEND THE ROOF?", "searchStrategies": ["exact"]},
        {"prompt": "and why?", "context": ["Is Rome warm?"]},
        {"prompt": "how can I mend my roof", "explain": True},
    ]
    found = [server.call("POST", "/entries/search", body, cache=cache) for body in searches]
    assert all(answer.status == 200 for answer in found)
    return [answer.body for answer in found]


def test_entries_are_listed_shown_and_told_by_page_prefix_and_attribute(
    run: Run, where: tuple[str, str]
) -> None:
    def listed(*options: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = run("entry", "list", PRESET.cache_id, *options, *where, "--json").json
        return rows

    oldest = listed("--order", "oldest", "--limit", "40")
    shown = run("entry", "show", PRESET.cache_id, oldest[0]["id"], *where, "--json").json

    assert [row["prompt"] for row in oldest] == QUESTIONS
    assert shown == oldest[0]
    assert [row["prompt"] for row in listed("--prefix", "how do i PAINT the b")] == QUESTIONS[27:25:-1]
    assert {row["attributes"]["n"] for row in listed("--attribute", "n=3")} == {"3"}
    assert len(listed("--attribute", "n=3", "--prefix", "How do I sell")) == 2
    assert listed()[0]["prompt"] == "And why?"
    people = run("entry", "list", PRESET.cache_id, "--limit", "3", *where).stdout.splitlines()
    assert len(people) == 4
    assert people[0].startswith("ENTRY")


def test_an_entry_is_removed_on_the_server_and_not_beside_it(run: Run, server: Server) -> None:
    made = empty_cache(run, ("--server", server.url))
    body = {"prompt": "p", "response": "r"}
    entry_id = server.call("POST", "/entries", body, cache=made).body["entryId"]

    beside = run("entry", "delete", made.cache_id, entry_id, "--yes", "--data", str(server.data))
    through = run("entry", "delete", made.cache_id, entry_id, "--yes", "--server", server.url)
    again = run("entry", "delete", made.cache_id, entry_id, "--yes", "--server", server.url)

    assert (beside.code, through.code, again.code) == (5, 0, 4)
    assert "--server" in beside.stderr


def test_what_one_server_exports_an_empty_one_imports_and_answers_the_same(
    run: Run, where: tuple[str, str], server: Server, tmp_path: Path
) -> None:
    told = run("export", PRESET.cache_id, "out.jsonl", *where, "--json").json
    with serving(tmp_path / "empty") as other:
        imported = run("import", PRESET.cache_id, "out.jsonl", "--server", other.url, "--json").json
        listed = [
            run("entry", "list", PRESET.cache_id, "--server", each.url, "--json").json
            for each in (server, other)
        ]

        assert answers(other, PRESET) == answers(server, PRESET)
    assert told == {"file": "out.jsonl", "entries": 41, "bytes": (tmp_path / "out.jsonl").stat().st_size}
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600
    assert imported == {"stored": 41, "embedded": 0, "over": 0}
    assert listed[0] == listed[1]
    assert run("check", "--data", str(tmp_path / "empty"), "--json").json == {"entries": 41, "problems": []}
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["out.jsonl"]


def test_an_export_without_vectors_is_embedded_anew_on_a_data_directory_without_a_server(
    run: Run, server: Server, tmp_path: Path
) -> None:
    with serving(tmp_path / "data"):
        pass
    run("export", PRESET.cache_id, "out.jsonl", "--server", server.url)
    lines = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    plain = [{"prompt": line["prompt"], "response": line["response"]} for line in lines[1:41]]
    Path("plain.jsonl").write_text("\n".join(map(json.dumps, plain)), encoding="utf-8")

    imported = run("import", PRESET.cache_id, "plain.jsonl", "--data", "data")
    again = run("import", PRESET.cache_id, "out.jsonl", "--data", "data", "--json").json

    assert imported.stdout == "40 entries stored, 40 of them embedded anew.\n"
    assert again == {"stored": 41, "embedded": 0, "over": 0}
    with serving(tmp_path / "data") as other:
        hits = other.call("POST", "/entries/search", {"prompt": "How do I mend the roof"}).body["data"]
        assert [hit["response"] for hit in hits] == ["answer 0"]


def test_tables_and_what_gptcache_keeps_come_in_too(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "prompt,response,attributes.from\nWhat is a CSV?,A table.,csv\n", encoding="utf-8"
    )
    (tmp_path / "a.json").write_text('[{"question": "What is JSON?", "answer": "Text."}]', encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "sqlite.db")) as connection, connection:
        connection.executescript("""
            CREATE TABLE gptcache_question (id INTEGER PRIMARY KEY, question TEXT, deleted INTEGER);
            CREATE TABLE gptcache_answer (id INTEGER PRIMARY KEY, question_id INTEGER, answer TEXT,
                answer_type INTEGER);
            CREATE TABLE gptcache_question_dep (id INTEGER PRIMARY KEY, question_id INTEGER);
            INSERT INTO gptcache_question VALUES (1, 'What is SQLite?', 0);
            INSERT INTO gptcache_answer VALUES (1, 1, 'A library.', 0);
        """)
    made = empty_cache(run, ("--server", server.url))

    for name in ("t.csv", "a.json", "sqlite.db"):
        assert run("import", made.cache_id, name, "--server", server.url, "--json").json["stored"] == 1

    for prompt, response in {
        "what is a csv?": "A table.",
        "what is json?": "Text.",
        "what is sqlite?": "A library.",
    }.items():
        hits = server.call("POST", "/entries/search", {"prompt": prompt}, cache=made).body["data"]
        assert [hit["response"] for hit in hits] == [response]


def test_a_bad_line_is_told_with_its_number_and_the_mended_file_goes_on_there(
    run: Run, server: Server
) -> None:
    made = empty_cache(run, ("--server", server.url))
    lines = [json.dumps({"prompt": question, "response": "r"}) for question in QUESTIONS]
    file = Path("lines.jsonl")
    file.write_text("\n".join([*lines[:35], '{"prompt": ""}', *lines[35:]]), encoding="utf-8")

    refused = run("import", made.cache_id, str(file), "--server", server.url)
    between = run("cache", "show", made.cache_id, "--server", server.url, "--json").json["entryCount"]
    file.write_text("\n".join(lines), encoding="utf-8")
    mended = run("import", made.cache_id, str(file), "--server", server.url)

    assert refused.code == 2
    assert "line 36, prompt: prompt must have 1 to" in refused.stderr
    assert "line 36, response: response is required. (required)" in refused.stderr
    assert "32 entries stored" in refused.stderr
    assert between == 32
    assert "Going on after line 32." in mended.stderr
    assert mended.stdout == "40 entries stored, 40 of them embedded anew.\n"


@pytest.mark.parametrize("cut", [10, 0.5, -2])
def test_a_cut_off_export_is_refused_before_anything_of_it_is_stored(
    run: Run, server: Server, cut: float
) -> None:
    run("export", PRESET.cache_id, "out.jsonl", "--server", server.url)
    made = empty_cache(run, ("--server", server.url))
    whole = Path("out.jsonl").read_bytes()
    Path("cut.jsonl").write_bytes(whole[: int(len(whole) * cut) if cut == 0.5 else int(cut)])

    refused = run("import", made.cache_id, "cut.jsonl", "--server", server.url)

    assert refused.code == 2
    assert "cut.jsonl" in refused.stderr
    assert run("cache", "show", made.cache_id, "--server", server.url, "--json").json["entryCount"] == 0


def test_export_and_import_are_ends_of_a_pipe(run: Run, server: Server, tmp_path: Path) -> None:
    made = empty_cache(run, ("--server", server.url))
    exported = askonce("export", PRESET.cache_id, "-", "--server", server.url, cwd=tmp_path)
    out, told = exported.communicate(timeout=120)
    imported = askonce("import", made.cache_id, "-", "--server", server.url, "--json", cwd=tmp_path)
    summary, _ = imported.communicate(out, timeout=120)
    cut = askonce("import", made.cache_id, "-", "--server", server.url, cwd=tmp_path)
    _, refusal = cut.communicate(out[:-9], timeout=120)

    assert (exported.returncode, imported.returncode, cut.returncode) == (0, 0, 2)
    assert b"41 entries" in told
    assert json.loads(summary) == {"stored": 41, "embedded": 0, "over": 0}
    assert b"cut off" in refusal


def askonce(*arguments: str, cwd: Path) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ASKONCE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "askonce", *arguments],
        cwd=cwd,
        env=environ | {"ASKONCE_ADMIN_TOKEN": ADMIN_TOKEN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


MANY = 3_000


def write_many(path: Path, run: Run, server: Server) -> None:
    """An export of so many entries, of prompts that the embedder could not read: none is to be embedded."""
    run("export", PRESET.cache_id, "empty.jsonl", "--server", server.url)
    header = Path("empty.jsonl").read_text(encoding="utf-8").splitlines()[0]
    entries = [{"prompt": f"? {n}", "response": f"answer {n}", "vector": None} for n in range(MANY)]
    text = "\n".join([header, *map(json.dumps, entries)]) + "\n"
    told = {"end": True, "entries": MANY, "sha256": sha256(text.encode()).hexdigest()}
    path.write_text(text + json.dumps(told) + "\n", encoding="utf-8")


def wait_for(path: Path) -> None:
    for _ in range(6_000):
        if path.exists():
            return
        threading.Event().wait(0.01)  # A file has no event that reaches another process.
    raise AssertionError(f"{path} never appeared")


def assert_all_there_once(run: Run, server: Server) -> None:
    rows = run("entry", "list", PRESET.cache_id, "--limit", "10000", "--server", server.url, "--json").json
    assert sorted(row["response"] for row in rows) == sorted(f"answer {number}" for number in range(MANY))


def test_an_import_that_is_killed_goes_on_where_it_was(run: Run, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        write_many(tmp_path / "many.jsonl", run, server)
        arguments = ("import", PRESET.cache_id, "many.jsonl", "--server", server.url)
        killed = askonce(*arguments, cwd=tmp_path)
        wait_for(tmp_path / "many.jsonl.askonce-import")
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        partly = run("cache", "show", PRESET.cache_id, "--server", server.url, "--json").json["entryCount"]
        done = run(*arguments)

        assert killed.returncode == -signal.SIGKILL
        assert 0 < partly < MANY
        assert "Going on after line" in done.stderr
        assert done.stdout.startswith(f"{MANY} entries stored")
        assert not (tmp_path / "many.jsonl.askonce-import").exists()
        assert_all_there_once(run, server)


def test_a_server_that_is_killed_while_it_imports_gets_the_rest_when_it_is_back(
    run: Run, tmp_path: Path
) -> None:
    server = start(tmp_path / "data")
    write_many(tmp_path / "many.jsonl", run, server)
    importing = askonce("import", PRESET.cache_id, "many.jsonl", "--server", server.url, cwd=tmp_path)
    wait_for(tmp_path / "many.jsonl.askonce-import")
    server.kill()
    _, told = importing.communicate(timeout=120)
    with serving(tmp_path / "data") as again:
        # On another port now, so as far as the notes know at another place: all of it is stored once more.
        done = run("import", PRESET.cache_id, "many.jsonl", "--server", again.url)

        assert importing.returncode == 5
        assert b"Run this again to go on." in told
        assert done.code == 0
        assert_all_there_once(run, again)
    assert run("check", "--data", str(tmp_path / "data"), "--json").json["problems"] == []


def test_an_import_beside_a_running_server_is_sent_to_it(run: Run, server: Server) -> None:
    Path("one.jsonl").write_text('{"prompt": "p", "response": "r"}', encoding="utf-8")

    done = run("import", PRESET.cache_id, "one.jsonl", "--data", str(server.data))

    assert done.code == 5
    assert "--server" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["entry", "list", "unknown"], 4, "no cache"),
        (["entry", "show", PRESET.cache_id, "unknown"], 4, "no entry"),
        (["entry", "delete", PRESET.cache_id, "unknown"], 2, "--yes"),
        (["entry", "list", PRESET.cache_id, "--attribute", "n"], 2, "NAME=VALUE"),
        (["entry", "list", PRESET.cache_id, "--attribute", "n=1", "--attribute", "n=2"], 2, "twice"),
        (["entry", "list", PRESET.cache_id, "--limit", "10001"], 2, "--limit"),
        (["export", "unknown", "x.jsonl"], 4, "no cache"),
        (["export", PRESET.cache_id, "there.jsonl"], 2, "--force"),
        (["export", PRESET.cache_id, "no/folder/x.jsonl"], 2, "can not be written"),
        (["import", "unknown", "there.jsonl"], 4, "no cache"),
        (["import", PRESET.cache_id, "absent.jsonl"], 2, "can not be read"),
    ],
)
def test_a_refusal_is_explained_and_its_exit_code_means_something(
    run: Run, where: tuple[str, str], arguments: list[str], code: int, problem: str
) -> None:
    Path("there.jsonl").write_text('{"prompt": "p", "response": "r"}', encoding="utf-8")

    done = run(*arguments, *where)

    assert (done.code, done.stdout) == (code, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in Path.cwd().iterdir()] == ["there.jsonl"]
