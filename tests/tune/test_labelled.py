"""Labelled files: every form is read whole, and what is wrong is told by file, line and rule."""

import json
from pathlib import Path

import pytest

from askonce.errors import BadLabelledFile
from askonce.model.canonical import canonical
from askonce.tune.labelled import read_labelled

PAIR = '{"a": "red", "b": "blue", "label": 0}'
INTENT = '{"text": "red", "intent": "colour"}'


def written(folder: Path, name: str, *lines: str) -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_pairs_are_read_with_their_label_kind_and_line(tmp_path: Path) -> None:
    file = written(
        tmp_path, "own.jsonl", PAIR, "", '{"a": "x", "b": "y", "label": 1, "kind": "swap", "ds": 3}'
    )

    found = read_labelled(file)

    assert found.name == "own"
    assert [(one.stored, one.asked, one.is_same, one.kind, one.line) for one in found.pairs] == [
        ("red", "blue", False, None, 1),
        ("x", "y", True, "swap", 3),
    ]


@pytest.mark.parametrize(("name", "mark"), [("own.csv", ","), ("own.tsv", "\t")])
def test_tables_of_pairs_are_read(tmp_path: Path, name: str, mark: str) -> None:
    lines = [["a", "b", "label", "kind"], ['"one, two"', "zwei", "1", ""], ["x", "y", "0", "swap"]]
    file = written(tmp_path, name, *(mark.join(line) for line in lines))

    found = read_labelled(file)

    assert [(one.stored, one.is_same, one.kind) for one in found.pairs] == [
        ("one, two", True, None),
        ("x", False, "swap"),
    ]


def test_conversations_become_message_lists_that_end_in_the_question(tmp_path: Path) -> None:
    row = {"history_a": ["hi", "hello"], "history_b": [], "question": "and then?", "label": 0}
    (pair,) = read_labelled(written(tmp_path, "own.jsonl", json.dumps(row))).pairs

    assert json.loads(pair.stored) == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "and then?"},
    ]
    assert canonical(pair.stored).question == canonical(pair.asked).question == "and then?"
    assert canonical(pair.stored).frame != canonical(pair.asked).frame


def test_requests_are_read_with_their_intent(tmp_path: Path) -> None:
    (request,) = read_labelled(written(tmp_path, "own.jsonl", INTENT)).requests

    assert (request.text, request.intent) == ("red", "colour")


@pytest.mark.parametrize(
    ("lines", "line", "rule"),
    [
        ([PAIR, "{"], 2, "one JSON object"),
        ([PAIR, "[1]"], 2, "one JSON object"),
        ([PAIR, "[" * 100_000], 2, "one JSON object"),
        ([PAIR, INTENT], 2, "'a'"),
        ([PAIR, '{"a": " ", "b": "x", "label": 0}'], 2, "'a'"),
        ([PAIR, '{"a": "x", "b": "x", "label": 2}'], 2, "'label'"),
        ([PAIR, '{"a": "x", "b": "x", "label": true}'], 2, "'label'"),
        ([PAIR, '{"a": "x", "b": "x", "label": [1]}'], 2, "'label'"),
        ([PAIR, '{"a": "x\\ud800", "b": "x", "label": 1}'], 2, "surrogate"),
        (['{"question": "x"}'], 1, "text, intent"),
        (["", ""], 1, "at least one row"),
    ],
)
def test_a_broken_file_is_refused_with_its_line_and_the_rule(
    tmp_path: Path, lines: list[str], line: int, rule: str
) -> None:
    file = written(tmp_path, "own.jsonl", *lines)

    with pytest.raises(BadLabelledFile) as refused:
        read_labelled(file)

    assert f"own.jsonl, line {line}: " in str(refused.value)
    assert rule in str(refused.value)


def test_what_can_not_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(PAIR.encode() + b"\n\xff\n")

    with pytest.raises(BadLabelledFile, match="UTF-8"):
        read_labelled(file)
    with pytest.raises(BadLabelledFile, match=r"gone\.jsonl: it can not be read"):
        read_labelled(tmp_path / "gone.jsonl")


def test_a_sample_is_the_same_each_time_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows = [json.dumps({"a": f"a {number}", "b": "b", "label": 1}) for number in range(100)]
    file = written(tmp_path, "own.jsonl", *rows)

    lines = [pair.line for pair in read_labelled(file, limit=10).pairs]

    assert len(lines) == 10
    assert lines == sorted(lines) == [pair.line for pair in read_labelled(file, limit=10).pairs]
    assert lines != list(range(1, 11))
