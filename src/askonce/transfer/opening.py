"""Which kind of file it is: told by how it begins, and CSV by its name or because it is nothing else."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from askonce.errors import BadImportFile
from askonce.transfer.lines import ExportLines, PlainLines
from askonce.transfer.source import Source, refuse
from askonce.transfer.tables import CsvRows, GptCacheFile, JsonArray

EXPORT = b'{"format":'  # As an export is written, to the byte; so half a header is one, too.
SQLITE = b"SQLite format 3\x00"
STDIN = "stdin"


def open_source(path: Path) -> Source:
    """Raises `BadImportFile`."""
    try:
        with path.open("rb") as file:
            begin = file.read(len(SQLITE))
            file.seek(0)
            first_line = _begin_of(file)[-1]
        if begin == SQLITE:
            return GptCacheFile(path, str(path))
        if begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            return JsonArray(path, str(path))
        return _of_lines(path, (), str(path), first_line)
    except OSError as error:
        raise BadImportFile(f"{path} can not be read: {error.strerror}.") from error


def open_stream(stream: BinaryIO) -> Source:
    """From a pipe: lines of JSON or CSV, read once. Raises `BadImportFile`."""
    begin = _begin_of(stream)
    first_line = begin[-1]
    if first_line.startswith(SQLITE) or first_line.lstrip().startswith(b"["):
        raise refuse(STDIN, None, "line", "only lines of JSON or CSV are read from a pipe; name the file.")
    return _of_lines(None, chain(begin, stream), STDIN, first_line)


def _begin_of(file: BinaryIO) -> list[bytes]:
    """The first line that is not blank, and those before it."""
    lines = [file.readline()]
    while lines[-1] and not lines[-1].strip():
        lines.append(file.readline())
    return lines


def _of_lines(path: Path | None, stream: Iterable[bytes], name: str, first_line: bytes) -> Source:
    if first_line.startswith(EXPORT):
        return ExportLines(path, stream, name, first_line)
    if first_line.lstrip(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return PlainLines(path, stream)
    return CsvRows(path, stream, name)
