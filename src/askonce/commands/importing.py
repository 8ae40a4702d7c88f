"""The import of a file, batch by batch, over whichever way the command line talks to the API.

Invariant: a batch is noted when the API has answered that all of it is stored, and the next one is sent after
that. So the order of the file is the order of writing, whatever interrupts it.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from askonce.talk import OpenTalk, Refused, Unreachable
from askonce.transfer.notes import Notes, Progress
from askonce.transfer.source import Record, Source

FIRST_BATCH = 32  # Lines to embed take long: so many are answered well within the time limit.
MOST_LINES = 256
MOST_BYTES = 1_048_576  # A quarter of the largest body that a server takes by default.
TRIES = 5  # Of a batch that is refused for the moment, with half a minute of pauses between them.
TOO_LARGE, NOT_DONE, TOO_MANY = 413, 424, 429
_LINE = re.compile(r"line (\d+)\.(.*)", re.DOTALL)

Report = Callable[[Progress], None]  # Called after each batch.


class BadLines(Exception):
    """Lines that the API does not take, each with the rule it breaks; of their batch nothing is stored."""

    def __init__(self, source: Source, batch: Sequence[Record], refused: Refused) -> None:
        super().__init__("\n".join(_told(source, batch, refused)))


@dataclass(slots=True)
class _Size:
    """How many lines go together: few while they are embedded, more while they bring their vectors."""

    lines: int = FIRST_BATCH

    def adapt(self, embedded: int) -> None:
        self.lines = min(self.lines * 2, FIRST_BATCH if embedded else MOST_LINES)


class Importer:
    def __init__(
        self,
        talk: OpenTalk,
        target: str,
        source: Source,
        notes: Notes,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._talk = talk
        self._target = target
        self._source = source
        self._notes = notes
        self._pause = pause
        self._size = _Size()

    def run(self, progress: Progress, report: Report) -> Progress:
        """Everything after `progress`. Raises `BadLines`, `Refused`, `Unreachable` and `BadImportFile`."""
        records = self._source.records(progress.mark)
        for batch in self._batches(records):
            while batch:
                sent, answer = self._send(batch)
                progress = progress.with_answer(batch[sent - 1].mark, answer)
                self._notes.write(progress, self._source)
                report(progress)
                self._size.adapt(answer["embedded"])
                batch = batch[sent:]
        return progress

    def _batches(self, records: Iterator[Record]) -> Iterator[list[Record]]:
        batch: list[Record] = []
        size = 0
        for record in records:
            if batch and (len(batch) >= self._size.lines or size + len(record.line) > MOST_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(record)
            size += len(record.line)
        if batch:
            yield batch

    def _send(self, batch: Sequence[Record]) -> tuple[int, dict[str, int]]:
        """How many of the batch were taken, from its beginning, and the answer."""
        count = min(len(batch), self._size.lines)
        for tried in range(1, TRIES + 1):
            part = batch[:count]
            lines = [self._source.header] * bool(self._source.header) + [record.line for record in part]
            try:
                return count, self._talk.send("POST", self._target, b"\n".join(lines))
            except Refused as refused:
                if refused.status == 400 and refused.faults:
                    raise BadLines(self._source, part, refused) from refused
                is_smaller_better = refused.status in (TOO_LARGE, NOT_DONE) and count > 1
                if not (is_smaller_better or refused.status in (NOT_DONE, TOO_MANY)) or tried == TRIES:
                    raise
                if is_smaller_better:
                    count = self._size.lines = max(1, count // 4)
                if refused.status != TOO_LARGE:
                    self._pause(2 ** (tried - 1))
        raise Unreachable("The import was not answered.")  # Never: the last try returns or raises.


def _told(source: Source, batch: Sequence[Record], refused: Refused) -> Iterator[str]:
    """The faults by the numbers of the file; the body's first line is the header, if there is one."""
    for fault in refused.faults:
        found = _LINE.fullmatch(fault["field"])
        place = int(found[1]) - 1 - bool(source.header) if found else -1
        if found is None or not 0 <= place < len(batch):
            yield f"{fault['field']}: {fault['message']} ({fault['rule']})"
        else:
            number = batch[place].mark.number
            yield f"{source.noun} {number}, {found[2]}: {fault['message']} ({fault['rule']})"
