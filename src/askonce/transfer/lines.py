"""Lines of JSON: exports of AskOnce, with a header and a trailer that proves them whole, and plain ones."""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from askonce.model.browsing import EXPORT_FORMAT as FORMAT
from askonce.transfer.source import BEGIN, ByteSource, Mark, Record, as_line, refuse

CUT_OFF = "the file ends here and is cut off: export it again."


class PlainLines(ByteSource):
    """Objects with `prompt` and `response`, or `question` and `answer`."""

    noun = "line"

    def records(self, after: Mark) -> Iterator[Record]:
        for number, (line, place) in enumerate(self.lines(after), after.number + 1):
            if line.strip():
                yield Record(_plain(line), Mark(place, number))


class ExportLines(ByteSource):
    """Its lines are sent as they are, each batch of them behind a header that names the embedder."""

    noun = "line"

    def __init__(self, path: Path | None, stream: Iterable[bytes], name: str, first_line: bytes) -> None:
        super().__init__(path, stream)
        self._name = name
        try:
            told = json.loads(first_line)
        except ValueError:
            raise refuse(name, 1, self.noun, CUT_OFF) from None
        if told["format"] != FORMAT:
            raise refuse(name, 1, self.noun, f"this version reads {FORMAT}, not {told['format']!r}.")
        # Without the number of entries, which would announce a trailer.
        self.header = json.dumps({"format": FORMAT, "embedder": told.get("embedder")}).encode("utf-8")

    def records(self, after: Mark) -> Iterator[Record]:
        """A stream is checked on the way, a file before (`check`)."""
        is_from_the_start = after == BEGIN
        digest, count = sha256(), 0
        number = after.number
        for number, (line, place) in enumerate(self.lines(after), after.number + 1):
            trailer = _trailer_of(line)
            if trailer is not None:
                if is_from_the_start:
                    self._compare(trailer, count, digest.hexdigest(), number)
                return
            digest.update(line)
            if number > 1:
                count += 1
                yield Record(line.rstrip(b"\r\n"), Mark(place, number))
        raise refuse(self._name, number, self.noun, CUT_OFF)

    def check(self) -> None:
        if self._path is not None:
            for _ in self.records(BEGIN):
                pass

    def _compare(self, trailer: dict[str, Any], count: int, digest: str, number: int) -> None:
        if trailer.get("entries") != count or trailer.get("sha256") != digest:
            rule = "the file is not what was exported: its digest or its number of entries is another."
            raise refuse(self._name, number, self.noun, rule)


def _plain(line: bytes) -> bytes:
    try:
        members = json.loads(line)
    except ValueError:
        members = None
    # What can not be read, or needs no other names, goes as it is: the server reads more strictly than this.
    if not isinstance(members, dict) or ("prompt" in members and "id" not in members):
        return line.strip()
    return as_line(members)


def _trailer_of(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b'{"end":'):
        return None
    try:
        members: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return members
