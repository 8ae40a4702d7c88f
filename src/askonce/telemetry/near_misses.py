"""Near misses: candidates that were similar enough and not served, kept so that an operator can tune by them.

`<data>/near-misses/<cache id>.jsonl` holds the newest of a cache, `<cache id>.older.jsonl` those before; when
the first is full it takes the place of the second. So at least the newest `most` of a cache are there, never
more than twice as many, and no write ever costs more than what it adds.

By default they are facts without words: when, which entry, how similar, what the judge said. With prompts an
operator can label them and find settings by them (`askonce tune`); but prompts are the users' own, and design
decision 9 keeps them out of every log. So that is for an operator to switch on, knowingly.

Invariants:

* A search pays for an append to a line of memory. Files are written in a thread, and a disk that fails costs
  near misses, nothing else.
* What is switched off is gone: a start with `facts` takes the words out of what was kept, one with `off`
  removes it.
"""

import asyncio
import logging
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Literal

import msgspec

from askonce.model.query import NearMiss
from askonce.ports import Clock

log = logging.getLogger(__name__)

Mode = Literal["prompts", "facts", "off"]

FOLDER = "near-misses"  # In the data directory.
PAUSE_S = 1.0  # Between two writes: what a killed process loses at most.
MOST_PENDING = (
    4_096  # Near misses that wait to be written; one more is dropped. With prompts: 32 MB of English.
)
MOST_CHARS = 4_096  # Of a prompt. A longer one is kept as facts: cut short it could not be labelled.
_OURS = re.compile(r"([0-9a-f]{32})(?:\.older)?\.jsonl")


class KeptNearMiss(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A near miss as it is kept. `asked` and `stored` are prompts, both or neither."""

    at_ms: int
    entry_id: str
    similarity: float
    reasons: tuple[str, ...]
    judged_by: tuple[str, ...] = ()
    confidence: float | None = None
    asked: str | None = None
    stored: str | None = None

    def as_json(self) -> str:
        return _encode(self).decode("utf-8")

    def without_prompts(self) -> "KeptNearMiss":
        return msgspec.structs.replace(self, asked=None, stored=None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(KeptNearMiss).decode


class NearMisses:
    """Satisfies the port `NearMissLog`. `most` goes by cache."""

    def __init__(self, folder: Path, mode: Mode, most: int, clock: Clock) -> None:
        self._folder = folder
        self._mode = mode
        self._most = most
        self._clock = clock
        # None in place of a near miss: the cache is to be forgotten.
        self._pending: deque[tuple[str, KeptNearMiss | None]] = deque()
        self._lines: dict[str, int] = {}  # In the newest file of a cache.
        self._writing = Lock()

    def note(self, cache_id: str, asked: str, near_misses: Sequence[NearMiss]) -> None:
        if self._mode == "off":
            return
        for one in near_misses:
            if len(self._pending) >= MOST_PENDING:
                return
            self._pending.append((cache_id, self._kept(asked, one)))

    def forget(self, cache_id: str) -> None:
        self._pending.append((cache_id, None))

    async def settle(self) -> None:
        """Make what an earlier start kept be as this one keeps it."""
        await asyncio.to_thread(self._settle)

    async def keep_for_ever(self) -> None:
        """Write what was noted, again and again. Ends when it is cancelled."""
        await self.settle()
        while True:
            await asyncio.sleep(PAUSE_S)
            if self._pending:
                await asyncio.to_thread(self._write)

    async def close(self) -> None:
        await asyncio.to_thread(self._write)

    def _kept(self, asked: str, one: NearMiss) -> KeptNearMiss:
        judgement, stored = one.judgement, one.entry.prompt
        # An entry's response may be long and is not needed: only what is kept may wait here.
        has_prompts = self._mode == "prompts" and max(len(asked), len(stored)) <= MOST_CHARS
        return KeptNearMiss(
            self._clock.now_ms(),
            one.entry.id,
            one.similarity,
            judgement.reasons,
            judgement.judged_by,
            judgement.confidence,
            asked if has_prompts else None,
            stored if has_prompts else None,
        )

    def _settle(self) -> None:
        if self._mode == "prompts":
            return
        with self._writing:
            for file in _files(self._folder):
                try:
                    if self._mode == "off":
                        file.unlink(missing_ok=True)
                    else:
                        _strip(file)
                except OSError:
                    log.exception("near misses not cleaned", extra={"file": str(file)})

    def _write(self) -> None:
        with self._writing:
            by_cache: defaultdict[str, list[KeptNearMiss]] = defaultdict(list)
            while self._pending:
                cache_id, one = self._pending.popleft()
                if one is not None:
                    by_cache[cache_id].append(one)
                    continue
                by_cache.pop(cache_id, None)
                self._attempt(self._remove, cache_id)
            for cache_id, kept in by_cache.items():
                self._attempt(self._append, cache_id, kept[-self._most :])

    def _attempt(self, act: Callable[..., None], *of: object) -> None:
        try:
            act(*of)
        except OSError:  # A full or lost disk: the next write may go well, and these are not worth more.
            log.exception("near misses not kept")
            self._lines.clear()  # Whether the files' last lines are whole is not known now.

    def _remove(self, cache_id: str) -> None:
        self._lines.pop(cache_id, None)
        newest, older = _paths(self._folder, cache_id)
        newest.unlink(missing_ok=True)
        older.unlink(missing_ok=True)

    def _append(self, cache_id: str, kept: Sequence[KeptNearMiss]) -> None:
        newest, older = _paths(self._folder, cache_id)
        self._folder.mkdir(exist_ok=True, mode=0o700)
        if cache_id not in self._lines:
            self._lines[cache_id] = _prepare(newest)
        if self._lines[cache_id] + len(kept) > self._most:
            newest.replace(older)
            self._lines[cache_id] = _prepare(newest)
        with newest.open("ab") as file:
            file.write(b"".join(map(_line, kept)))
        self._lines[cache_id] += len(kept)


def read_near_misses(folder: Path, cache_id: str, most: int) -> list[KeptNearMiss]:
    """The newest `most` of a cache, oldest first; while a server runs, all but those of the last second."""
    newest, older = _paths(folder, cache_id)
    kept = [one for file in (older, newest) for one in _read(file)]
    return kept[-most:]


def _paths(folder: Path, cache_id: str) -> tuple[Path, Path]:
    return folder / f"{cache_id}.jsonl", folder / f"{cache_id}.older.jsonl"


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [file for file in folder.iterdir() if _OURS.fullmatch(file.name)]


def _read(file: Path) -> Iterator[KeptNearMiss]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    for line in content.splitlines():
        try:
            yield _decode(line)
        except msgspec.DecodeError:
            continue  # A process was killed in the middle of the line.


def _prepare(file: Path) -> int:
    """Make it a file that can be appended to, for its owner's eyes; the number of its lines."""
    file.touch(mode=0o600)
    content = file.read_bytes()
    if content and not content.endswith(b"\n"):
        with file.open("ab") as torn:
            torn.write(b"\n")
    return len(content.splitlines())


def _line(one: KeptNearMiss) -> bytes:
    try:
        return _encode(one) + b"\n"
    except UnicodeEncodeError:  # Half a surrogate pair in a prompt.
        return _encode(one.without_prompts()) + b"\n"


def _strip(file: Path) -> None:
    """Take the words out of a file, in one step: whoever reads it meanwhile finds it whole."""
    kept = list(_read(file))
    if all(one.asked is None for one in kept):
        return
    stripped = file.with_suffix(".tmp")
    stripped.touch(mode=0o600)
    stripped.write_bytes(b"".join(_line(one.without_prompts()) for one in kept))
    stripped.replace(file)
