"""Tables: CSV with a row of names, one JSON array of objects, and the SQLite file that GPTCache keeps."""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

from askonce.transfer.source import (
    NAMES,
    ByteSource,
    Mark,
    Record,
    as_line,
    refuse,
    whole_file_proof,
)

ATTRIBUTE = "attributes."  # A column `attributes.NAME` holds the attribute NAME.
PIECE_CHARS = 65_536
MOST_CELL_CHARS = 2**31 - 1  # Python's own limit is 131,072; what is too long is for the server to say.
TEXT_ANSWER = 0  # GPTCache's `answer_type` of a text; others are images.


class CsvRows(ByteSource):
    noun = "row"

    def __init__(self, path: Path | None, stream: Iterable[bytes], name: str) -> None:
        super().__init__(path, stream)
        self._name = name
        csv.field_size_limit(MOST_CELL_CHARS)

    def records(self, after: Mark) -> Iterator[Record]:
        place = 0

        def texts(start: Mark) -> Iterator[str]:
            nonlocal place
            for line, place in self.lines(start):
                try:
                    yield line.decode("utf-8-sig")
                except UnicodeDecodeError:
                    rule = f"it is not UTF-8 before byte {place}."
                    raise refuse(self._name, None, self.noun, rule) from None

        rows = csv.reader(texts(Mark()), strict=True)
        number = after.number
        try:
            columns = [NAMES.get(column.strip(), column.strip()) for column in next(rows, [])]
            if not {"prompt", "response"} <= set(columns):
                rule = "the first row must name the columns, `prompt` and `response` among them."
                raise refuse(self._name, None, self.noun, rule)
            if after.place:
                rows = csv.reader(texts(after), strict=True)
            for cells in rows:
                number += 1
                if cells:
                    yield Record(self._line(columns, cells, number), Mark(place, number))
        except csv.Error as error:
            raise refuse(self._name, number + 1, self.noun, f"it is not CSV: {error}.") from error

    def _line(self, columns: list[str], cells: list[str], number: int) -> bytes:
        if len(cells) != len(columns):
            rule = f"it has {len(cells)} cells where there are {len(columns)} columns."
            raise refuse(self._name, number, self.noun, rule)
        members: dict[str, Any] = dict(zip(columns, cells, strict=True))
        attributes = {
            name.removeprefix(ATTRIBUTE): value
            for name, value in members.items()
            if name.startswith(ATTRIBUTE) and value
        }
        optional = ("context", "createdAt", "expiresAt", "ttlMillis")
        members = {name: value for name, value in members.items() if value or name not in optional}
        ttl = members.get("ttlMillis", "")
        if ttl.isdecimal():
            members["ttlMillis"] = int(ttl)
        return as_line(members | {"attributes": attributes or None})


class JsonArray:
    """One array. Its places are numbers of elements: an element is found by reading those before it."""

    noun = "element"
    header = b""
    size: int | None = None

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def records(self, after: Mark) -> Iterator[Record]:
        try:
            with self._path.open(encoding="utf-8-sig") as file:
                for number, element in enumerate(_elements(file), 1):
                    if number > after.number:
                        line = as_line(element) if isinstance(element, dict) else json.dumps(element).encode()
                        yield Record(line, Mark(number, number))
        except UnicodeDecodeError as error:
            raise refuse(self._name, None, self.noun, "it is not UTF-8.") from error
        except ValueError as error:
            raise refuse(self._name, None, self.noun, f"it is not a JSON array: {error}.") from error

    def proof(self, mark: Mark) -> str:  # noqa: ARG002
        return whole_file_proof(self._path)

    def check(self) -> None:
        for _ in self.records(Mark()):
            pass


def _elements(file: TextIO) -> Iterator[Any]:
    """Of an array, holding one of them at a time."""
    decoder = json.JSONDecoder()
    text = file.read(PIECE_CHARS).lstrip()
    if not text.startswith("["):
        raise ValueError("it does not begin with `[`")
    text, wanted = text[1:], PIECE_CHARS
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        try:
            element, end = decoder.raw_decode(text)
            # A number could go on in the next piece; nothing else could.
            is_whole = end < len(text)
        except ValueError:
            is_whole = False
            end, element = 0, None
        if is_whole:
            yield element
            text, wanted = text[end:], PIECE_CHARS
            continue
        more = file.read(wanted)
        if not more:
            raise ValueError("it is cut off, or an element can not be read")
        text += more
        wanted *= 2  # A long element is tried again a few times, not once for every piece.


class GptCacheFile:
    """The tables `…_question` and `…_answer` that GPTCache's SQLite storage keeps.

    Left out, as AskOnce could not answer from them: what GPTCache marked as deleted, answers that are images,
    and questions with dependencies, which are not asked by their text alone. Of several answers the first
    counts. Its vectors are of models that the file does not name, so all are embedded anew.
    """

    noun = "question"
    header = b""
    size: int | None

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        try:
            with closing(self._connection()) as connection:
                self._prefix = self._find_prefix(connection)
                query = f'SELECT coalesce(max(id), 0) FROM "{self._prefix}_question"'
                (self.size,) = connection.execute(query).fetchone()
        except sqlite3.Error as error:
            raise refuse(name, None, self.noun, f"it can not be read: {error}.") from error

    def records(self, after: Mark) -> Iterator[Record]:
        prefix = self._prefix
        query = f"""
            SELECT id, question, (SELECT answer FROM "{prefix}_answer" WHERE question_id = q.id
                                  AND answer_type = {TEXT_ANSWER} ORDER BY id LIMIT 1) AS answer
            FROM "{prefix}_question" AS q
            WHERE id > ? AND deleted = 0 AND answer IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM "{prefix}_question_dep" WHERE question_id = q.id)
            ORDER BY id
        """
        try:
            with closing(self._connection()) as connection:
                for number, question, answer in connection.execute(query, (after.number,)):
                    yield Record(as_line({"prompt": question, "response": answer}), Mark(number, number))
        except sqlite3.Error as error:
            raise refuse(self._name, None, self.noun, f"it can not be read: {error}.") from error

    def proof(self, mark: Mark) -> str:  # noqa: ARG002
        return whole_file_proof(self._path)

    def check(self) -> None:
        """SQLite checks what it reads."""

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)

    def _find_prefix(self, connection: sqlite3.Connection) -> str:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        tables = {str(name) for (name,) in connection.execute(query)}
        for name in sorted(tables):
            prefix = name.removesuffix("_question")
            beside = {f"{prefix}_answer", f"{prefix}_question_dep"}
            if prefix != name and beside <= tables and '"' not in prefix:
                return prefix
        raise refuse(self._name, None, self.noun, "it is an SQLite file, and not one of GPTCache's.")
