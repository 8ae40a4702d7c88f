"""Labelled files: pairs of questions, conversations that end in one question, and requests with an intent.

One JSON object a line, or a table (`.csv`, `.tsv`) with a line of names. The first row tells the form:

* `{"a", "b", "label"[, "kind"]}`: label 1 says that one answer serves both;
* `{"history_a", "history_b", "question"[, "question_b"], "label"}`: sent as OpenAI's message lists;
* `{"text", "intent"}`: requests with one intent deserve one answer, or nearly.

Invariant: a file is read whole and right, or refused with the line and the rule that it breaks. A measurement
on half a file would be believed as one on all of it.
"""

import csv
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askonce.errors import BadLabelledFile

SEED = 0  # Of every sample and every order: two runs measure the same rows.
DELIMITERS = {".csv": ",", ".tsv": "\t"}
LABELS = {0: False, 1: True, "0": False, "1": True}  # A table holds nothing but texts.

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Pair:
    """`stored` was asked before, `asked` comes now; `is_same` says that one answer serves both."""

    line: int
    stored: str
    asked: str
    is_same: bool
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    line: int
    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file holds rows of one form: one of the two is empty."""

    name: str
    pairs: Sequence[Pair] = ()
    requests: Sequence[Request] = ()


class _Broken(Exception):
    """The rule that a row breaks."""


def read_labelled(path: Path, limit: int | None = None) -> Labelled:
    """All rows, or `limit` of them drawn at random, the same ones each time. Raises `BadLabelledFile`."""
    rows: list[Pair | Request] = []
    form: _Form | None = None
    for line, row in _rows(path):
        try:
            form = form or _form_of(row)
            rows.append(form.read(line, row))
        except _Broken as broken:
            raise BadLabelledFile(path, line, str(broken)) from None
    if not rows:
        raise BadLabelledFile(path, 1, "a labelled file holds at least one row.")
    if limit is not None and limit < len(rows):
        rows = sorted(random.Random(SEED).sample(rows, limit), key=lambda row: row.line)
    return Labelled(
        path.stem if path.suffix in {".jsonl", *DELIMITERS} else path.name,
        [row for row in rows if isinstance(row, Pair)],
        [row for row in rows if isinstance(row, Request)],
    )


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = DELIMITERS.get(path.suffix.lower())
            for line, row in _json_rows(file) if delimiter is None else _table_rows(file, delimiter):
                yield line, row
    except OSError as error:
        raise BadLabelledFile(path, None, f"it can not be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise BadLabelledFile(path, line + 1, "from here on it is not UTF-8.") from None
    except csv.Error as error:
        raise BadLabelledFile(path, line + 1, f"it does not read as a table ({error}).") from None
    except json.JSONDecodeError as error:
        raise BadLabelledFile(path, line + 1, f"each line is one JSON object ({error.msg}).") from None


def _json_rows(file: Iterator[str]) -> Iterator[tuple[int, Row]]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except RecursionError:
            raise json.JSONDecodeError("nested too deep", text, 0) from None
        if not isinstance(row, dict):
            raise json.JSONDecodeError("this is none", text, 0)
        yield line, row


def _table_rows(file: Iterator[str], delimiter: str) -> Iterator[tuple[int, Row]]:
    table = csv.DictReader(file, delimiter=delimiter, strict=True)
    for row in table:
        yield table.line_num, {name: value for name, value in row.items() if name and value is not None}


def _pair(line: int, row: Row) -> Pair:
    kind = _text(row, "kind") if row.get("kind") else None
    return Pair(line, _text(row, "a"), _text(row, "b"), _label(row), kind)


def _conversations(line: int, row: Row) -> Pair:
    last = "question_b" if "question_b" in row else "question"
    stored, asked = _messages(row, "history_a", "question"), _messages(row, "history_b", last)
    return Pair(line, stored, asked, _label(row), _text(row, "kind") if row.get("kind") else None)


def _request(line: int, row: Row) -> Request:
    return Request(line, _text(row, "text"), _text(row, "intent"))


@dataclass(frozen=True, slots=True)
class _Form:
    fields: tuple[str, ...]
    read: Callable[[int, Row], Pair | Request]


_FORMS = (
    _Form(("a", "b", "label"), _pair),
    _Form(("history_a", "history_b", "question", "label"), _conversations),
    _Form(("text", "intent"), _request),
)


def _form_of(row: Row) -> _Form:
    for form in _FORMS:
        if all(name in row for name in form.fields):
            return form
    known = "; or ".join(", ".join(form.fields) for form in _FORMS)
    raise _Broken(f"a row has the fields {known}. Given: {', '.join(map(str, row)) or 'none'}.")


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Broken(f"{name!r} is a text that is not empty.")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _Broken(f"{name!r} holds half a surrogate pair, which no server takes.") from None
    return value


def _label(row: Row) -> bool:
    value = row.get("label")
    if isinstance(value, bool) or not isinstance(value, int | str) or value not in LABELS:
        raise _Broken(f"'label' is 1 (one answer serves both) or 0. Given: {value!r}.")
    return LABELS[value]


def _messages(row: Row, history: str, question: str) -> str:
    """The conversation as a chat's client sends it: turns by turns, the user's question last."""
    turns = row.get(history)
    if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
        raise _Broken(f"{history!r} is a list of texts, the oldest first.")
    roles = ("assistant", "user")  # Counted from the end, where the user is about to ask.
    messages = [{"role": roles[back % 2], "content": turn} for back, turn in enumerate(reversed(turns))]
    asking = {"role": "user", "content": _text(row, question)}
    return json.dumps([*reversed(messages), asking], ensure_ascii=False)
