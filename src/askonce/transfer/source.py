"""What every file to import is read as: records, each a line that the import of the API takes.

Invariant: records are read one by one, so that a file of any length takes little memory; and from any mark
that a record gave, the rest of the file gives the same records again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Protocol

from askonce.errors import BadImportFile

# The names that others use for what is ours.
NAMES = {"question": "prompt", "answer": "response"}
PIECE_BYTES = 1_048_576
TAKEN = ("prompt", "response", "attributes", "context", "ttlMillis", "createdAt", "expiresAt")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: up to where it is read, and the number of the last record there."""

    place: int = 0
    number: int = 0


BEGIN = Mark()


@dataclass(frozen=True, slots=True)
class Record:
    """`line` ends without a newline. `mark.number` is what people find it by."""

    line: bytes
    mark: Mark


class Source(Protocol):
    """A file to import. Raises `BadImportFile` where it is not what it should be."""

    noun: str  # What it counts: lines, rows, questions.
    header: bytes  # The line that goes before any of its records; empty if there is none.
    size: int | None  # The place of its end; None where that is not known before.

    def records(self, after: Mark) -> Iterator[Record]: ...

    def proof(self, mark: Mark) -> str:
        """Something that is the same as long as the file up to there is."""

    def check(self) -> None:
        """Is it whole?"""


class ByteSource:
    """A file whose places are numbers of bytes. `path` of None: `stream` is read once, from its beginning."""

    header = b""

    def __init__(self, path: Path | None, stream: Iterable[bytes]) -> None:
        self._path = path
        self._stream = stream
        self.size = None if path is None else path.stat().st_size
        self._digest, self._digested = sha256(), 0

    def proof(self, mark: Mark) -> str:
        """A digest of all before it; asked for one mark after another it reads each byte once."""
        if self._path is None:
            return ""
        if mark.place < self._digested:
            self._digest, self._digested = sha256(), 0
        with self._path.open("rb") as file:
            file.seek(self._digested)
            while piece := file.read(min(mark.place - self._digested, PIECE_BYTES)):
                self._digest.update(piece)
                self._digested += len(piece)
        return self._digest.hexdigest()

    def check(self) -> None:
        """Nothing tells whether a file of this kind is whole."""

    def lines(self, after: Mark) -> Iterator[tuple[bytes, int]]:
        """Lines with the place of their end."""
        if self._path is None:
            yield from self._placed(self._stream, 0)
            return
        with self._path.open("rb") as file:
            file.seek(after.place)
            yield from self._placed(file, after.place)

    @staticmethod
    def _placed(file: Iterable[bytes], place: int) -> Iterator[tuple[bytes, int]]:
        for line in file:
            place += len(line)
            yield line, place


def as_line(members: Mapping[str, Any]) -> bytes:
    """What of these members an import takes, under its names."""
    named = {NAMES.get(name, name): value for name, value in members.items()}
    taken = {name: named[name] for name in TAKEN if named.get(name) is not None}
    return json.dumps(taken, ensure_ascii=False).encode("utf-8", "surrogatepass")


@cache
def whole_file_proof(path: Path) -> str:
    """For files that are read in another order than their bytes'. Of the file as it was first asked for."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def refuse(what: object, number: int | None, noun: str, rule: str) -> BadImportFile:
    return BadImportFile(f"{what}: {rule}" if number is None else f"{what}, {noun} {number}: {rule}")
