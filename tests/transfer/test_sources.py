"""Files to import: told apart by how they begin, read record by record, and from any mark on again."""

import io
import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from askonce.errors import BadImportFile
from askonce.transfer.notes import Notes, Progress
from askonce.transfer.opening import open_source, open_stream
from askonce.transfer.receiving import Received
from askonce.transfer.source import BEGIN, Mark

HEADER = {"format": "askonce-entries-1", "entries": 2, "embedder": {"model": "m"}, "cache": {}}
PLAIN = b'{"prompt": "a", "response": "1"}\n\n{"question": "b", "answer": "2", "id": 7}\r\n{"broken\n'
CSV = b'question,answer,attributes.lang,ttlMillis\r\n"a, ""b""\nc",1,en,\r\nd,2,,60\r\n'
ARRAY = b' [ {"question": "a", "answer": "1"},\n{"prompt": "b", "response": "2", "x": [1, "]"]}, 3 ] '


def export_of(*prompts: str) -> bytes:
    """As the server writes it."""
    lines = [HEADER, *({"id": "0", "prompt": one, "response": "r", "vector": None} for one in prompts)]
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    told = {"end": True, "entries": len(prompts), "sha256": sha256(text).hexdigest()}
    return text + json.dumps(told, separators=(",", ":")).encode() + b"\n"


def gptcache_file(path: Path) -> Path:
    """With the columns of GPTCache's SQLite storage that matter here."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("""
            CREATE TABLE my_question (id INTEGER PRIMARY KEY, question TEXT, create_on DATETIME,
                last_access DATETIME, embedding_data BLOB, deleted INTEGER);
            CREATE TABLE my_answer (id INTEGER PRIMARY KEY, question_id INTEGER, answer TEXT,
                answer_type INTEGER);
            CREATE TABLE my_question_dep (id INTEGER PRIMARY KEY, question_id INTEGER, dep_name TEXT,
                dep_data TEXT, dep_type INTEGER);
            INSERT INTO my_question (id, question, deleted) VALUES
                (1, 'first', 0), (2, 'deleted', -1), (3, 'two answers', 0), (4, 'an image', 0),
                (5, 'with a dependency', 0), (9, 'last', 0);
            INSERT INTO my_answer (question_id, answer, answer_type) VALUES
                (1, 'one', 0), (2, 'x', 0), (3, 'sooner', 0), (3, 'later', 0), (4, 'http://x', 2),
                (5, 'x', 0), (9, 'nine', 0);
            INSERT INTO my_question_dep (question_id, dep_name, dep_data, dep_type) VALUES (5, 'a', 'b', 0);
        """)
    return path


Make = Callable[[Path], Path]


def file_of(content: bytes, name: str) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


KINDS: dict[str, tuple[Make, list[Any], list[int]]] = {
    "export": (
        file_of(export_of("a", "b"), "x"),
        [{"id": "0", "prompt": one, "response": "r", "vector": None} for one in "ab"],
        [2, 3],
    ),
    "lines": (
        file_of(PLAIN, "x"),
        [{"prompt": "a", "response": "1"}, {"prompt": "b", "response": "2"}, '{"broken'],
        [1, 3, 4],
    ),
    "csv": (
        file_of(CSV, "x.csv"),
        [
            {"prompt": 'a, "b"\nc', "response": "1", "attributes": {"lang": "en"}},
            {"prompt": "d", "response": "2", "ttlMillis": 60},
        ],
        [1, 2],
    ),
    "array": (
        file_of(ARRAY, "x.json"),
        [{"prompt": "a", "response": "1"}, {"prompt": "b", "response": "2"}, 3],
        [1, 2, 3],
    ),
    "gptcache": (
        lambda folder: gptcache_file(folder / "sqlite.db"),
        [
            {"prompt": "first", "response": "one"},
            {"prompt": "two answers", "response": "sooner"},
            {"prompt": "last", "response": "nine"},
        ],
        [1, 3, 9],
    ),
}


def told(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_gives_its_records_with_the_numbers_that_people_find_them_by(
    tmp_path: Path, kind: str
) -> None:
    make, lines, numbers = KINDS[kind]
    source = open_source(make(tmp_path))
    source.check()

    records = list(source.records(BEGIN))

    assert [told(record.line) for record in records] == lines
    assert [record.mark.number for record in records] == numbers


@pytest.mark.parametrize("kind", KINDS)
def test_from_any_mark_the_rest_comes_again(tmp_path: Path, kind: str) -> None:
    make, _, _ = KINDS[kind]
    path = make(tmp_path)
    records = list(open_source(path).records(BEGIN))

    for place, record in enumerate(records):
        assert list(open_source(path).records(record.mark)) == records[place + 1 :]


@pytest.mark.parametrize("kind", ["export", "lines", "csv"])
def test_lines_and_tables_come_through_a_pipe_too(tmp_path: Path, kind: str) -> None:
    path = KINDS[kind][0](tmp_path)

    piped = open_stream(io.BytesIO(path.read_bytes()))

    assert list(piped.records(BEGIN)) == list(open_source(path).records(BEGIN))


def test_an_export_is_sent_behind_its_header_without_what_announces_a_trailer(tmp_path: Path) -> None:
    source = open_source(file_of(export_of("a"), "x")(tmp_path))

    assert json.loads(source.header) == {"format": "askonce-entries-1", "embedder": {"model": "m"}}


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8, 0.99])
def test_a_cut_off_export_is_noticed_before_anything_of_it_is_read(tmp_path: Path, kept: float) -> None:
    whole = export_of("a", "b", "c")
    path = file_of(whole[: int(len(whole) * kept)], "x")(tmp_path)

    with pytest.raises(BadImportFile):
        open_source(path).check()
    with pytest.raises(BadImportFile):
        list(open_stream(io.BytesIO(path.read_bytes())).records(BEGIN))


def test_an_export_of_which_a_line_was_changed_or_left_out_is_refused(tmp_path: Path) -> None:
    whole = export_of("a", "b")
    lines = whole.splitlines(keepends=True)

    for bad in (whole.replace(b'"a"', b'"x"'), lines[0] + lines[2] + lines[3]):
        with pytest.raises(BadImportFile, match="not what was exported"):
            open_source(file_of(bad, "x")(tmp_path)).check()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"format": "askonce-entries-9"}\n', "askonce-entries-9"),
        (b"a,b\n1,2\n", "must name the columns"),
        (b"", "must name the columns"),
        (b"prompt,response\n1\n", "row 1"),
        (b'prompt,response\n"1\n', "not CSV"),
        (b"prompt,response\n\xff,1\n", "UTF-8"),
        (b'[{"prompt": "a"}', "not a JSON array"),
        (b"[{]", "not a JSON array"),
    ],
)
def test_a_file_that_is_nothing_of_the_kind_is_refused_with_what_is_wrong(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = file_of(content, "x")(tmp_path)

    with pytest.raises(BadImportFile, match=problem):
        list(open_source(path).records(BEGIN))


def test_an_sqlite_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x")) as connection, connection:
        connection.execute("CREATE TABLE t (a)")

    with pytest.raises(BadImportFile, match="not one of GPTCache's"):
        open_source(tmp_path / "x")
    with pytest.raises(BadImportFile, match="can not be read"):
        open_source(tmp_path / "absent")


def test_notes_are_of_one_file_as_it_was_and_one_target(tmp_path: Path) -> None:
    path = file_of(PLAIN, "x")(tmp_path)
    source = open_source(path)
    first = next(iter(source.records(BEGIN)))
    progress = Progress().with_answer(first.mark, {"stored": 1, "embedded": 1, "over": 0})
    notes = Notes(tmp_path / "notes", "there")
    notes.write(progress, source)

    assert notes.read(open_source(path)) == progress
    assert Notes(tmp_path / "notes", "elsewhere").read(source) == Progress()
    path.write_bytes(PLAIN + b"more")
    assert notes.read(open_source(path)) == progress
    path.write_bytes(PLAIN.replace(b'"a"', b'"x"'))
    assert notes.read(open_source(path)) == Progress()
    (tmp_path / "notes").write_text("not ours")
    assert notes.read(open_source(path)) == Progress()


def test_what_is_received_is_whole_with_its_last_line_only_however_it_comes_in_pieces() -> None:
    whole = export_of("a", "b")
    for size in (1, 7, len(whole)):
        received = Received()
        for start in range(0, len(whole), size):
            assert not received.is_whole()
            received.take(whole[start : start + size])

        assert received.is_whole()
        assert (received.entries, received.bytes, received.announced) == (2, len(whole), 2)


ENTRY_BYTES, ENTRIES = 4_000, 5_000


def many_lines() -> Iterator[bytes]:
    for number in range(ENTRIES):
        yield json.dumps({"prompt": f"q{number}", "response": "x" * ENTRY_BYTES}).encode() + b"\n"


@pytest.mark.parametrize("kind", ["lines", "array"])
def test_a_file_of_20_mb_is_read_in_less_than_2(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        if kind == "lines":
            file.writelines(many_lines())
        else:
            file.write(b"[")
            file.writelines(
                line + (b"]" if number == ENTRIES - 1 else b",") for number, line in enumerate(many_lines())
            )
    tracemalloc.start()
    try:
        count = sum(1 for _ in open_source(path).records(Mark()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == ENTRIES
    assert path.stat().st_size > ENTRIES * ENTRY_BYTES
    assert peak < 2_000_000
