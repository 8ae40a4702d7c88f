"""How far an import is, in a file beside the one that is imported, so that it can go on after any end.

Invariant: what is noted was stored. A note is written after the server has answered, in one step; so a killed
import may store a batch once more, which changes nothing, and never leaves one out.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from askonce.transfer.source import BEGIN, Mark, Source

SUFFIX = ".askonce-import"


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to which record all is stored, and what became of them."""

    mark: Mark = BEGIN
    stored: int = 0
    embedded: int = 0
    over: int = 0

    def with_answer(self, mark: Mark, answer: Mapping[str, Any]) -> "Progress":
        return replace(
            self,
            mark=mark,
            stored=self.stored + answer["stored"],
            embedded=self.embedded + answer["embedded"],
            over=self.over + answer["over"],
        )


@dataclass(frozen=True, slots=True)
class Notes:
    """`file` of None keeps nothing. `target` names where the entries go: notes of another do not count."""

    file: Path | None
    target: str

    def read(self, source: Source) -> Progress:
        """Where to go on; at the beginning, if the file is not what it was up to there."""
        if self.file is None:
            return Progress()
        try:
            noted = json.loads(self.file.read_text(encoding="utf-8"))
            progress = Progress(**noted["progress"] | {"mark": Mark(**noted["progress"]["mark"])})
            is_ours = noted["target"] == self.target and noted["proof"] == source.proof(progress.mark)
        except (OSError, ValueError, KeyError, TypeError):
            return Progress()
        return progress if is_ours else Progress()

    def write(self, progress: Progress, source: Source) -> None:
        if self.file is None:
            return
        noted = {"target": self.target, "proof": source.proof(progress.mark), "progress": asdict(progress)}
        unfinished = self.file.with_name(self.file.name + ".unfinished")
        # Where nothing can be written beside the file, the import goes on and can not be resumed.
        with suppress(OSError):
            unfinished.write_text(json.dumps(noted), encoding="utf-8")
            unfinished.replace(self.file)

    def remove(self) -> None:
        if self.file is not None:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
