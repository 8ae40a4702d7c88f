"""What an export brought so far: is it whole?"""

import json
from hashlib import sha256
from typing import Any

from askonce.model.browsing import EXPORT_FORMAT as FORMAT


class Received:
    """Takes the pieces of an export as they come; holds one line of it at most, besides the piece."""

    def __init__(self) -> None:
        self.bytes = 0
        self.announced = 0
        self._lines = 0
        self._digest = sha256()  # Of whole lines but the last.
        self._last = b""
        self._rest = b""

    def take(self, piece: bytes) -> None:
        self.bytes += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._digest.update(self._last)
            self._last = line + b"\n"
            self._lines += 1
            if self._lines == 1:
                self.announced = _announced(line)

    @property
    def entries(self) -> int:
        """Without the header and the last line, which may be the trailer."""
        return max(0, self._lines - 2)

    def is_whole(self) -> bool:
        trailer: Any = None
        if not self._rest and self._last.startswith(b'{"end":'):
            trailer = json.loads(self._last)
        told = {"end": True, "entries": self.entries, "sha256": self._digest.hexdigest()}
        return bool(trailer == told)


def _announced(header: bytes) -> int:
    try:
        told = json.loads(header)
        return int(told["entries"]) if told["format"] == FORMAT else 0
    except (ValueError, KeyError, TypeError):
        return 0
