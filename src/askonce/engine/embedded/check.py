"""Checking: does the store hold together, and does every index say what the store says?

Reads everything in bounded steps. Each step is taken while the writer stands still, so that a check of a
running engine sees store and index at one moment. Invariant: a problem names entries by id and seq, never by
their texts.
"""

import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from askonce.engine.embedded.database import connect_reader
from askonce.engine.embedded.index import Index, Wanted
from askonce.engine.embedded.rows import Stored, read_some
from askonce.engine.embedded.spaces import Spaces
from askonce.model.entry import entry_id
from askonce.model.tokens import entry_tokens, scope_tokens
from askonce.ports import Vector

STEP = 200  # Entries looked at while the writer waits: under 100 ms at 100,000 entries.
MOST_PROBLEMS = 100  # More would say nothing new, and memory stays bounded.
LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Counts of what was looked at, and a sentence for each thing wrong (the first `MOST_PROBLEMS`)."""

    entries: int
    over: int  # Of these: expired, waiting for a sweep.
    flushed: int  # Of these: flushed, waiting for a sweep.
    without_vector: int  # Of these: found by exact searches only.
    problems: Sequence[str]

    @property
    def is_clean(self) -> bool:
        return not self.problems


def merged(reports: Sequence[CheckReport]) -> CheckReport:
    """Of several stores, as of one."""
    return CheckReport(
        entries=sum(one.entries for one in reports),
        over=sum(one.over for one in reports),
        flushed=sum(one.flushed for one in reports),
        without_vector=sum(one.without_vector for one in reports),
        problems=tuple(problem for one in reports for problem in one.problems),
    )


@dataclass(frozen=True, slots=True)
class _SpaceRow:
    flushed: bool
    dimensions: int | None


class Check:
    """One check. `standing_still` keeps the writer from committing while it is held."""

    def __init__(
        self, path: Path, spaces: Spaces, standing_still: AbstractContextManager[bool], now_ms: int
    ) -> None:
        self._path = path
        self._spaces = spaces
        self._standing_still = standing_still
        self._now_ms = now_ms
        self._problems: list[str] = []
        self._entries = self._over = self._flushed = self._without_vector = 0

    def run(self) -> CheckReport:
        try:
            with closing(connect_reader(self._path)) as connection:
                self._check_file(connection)
                self._check_rows(connection)
                self._check_indexes(connection)
        except (sqlite3.Error, ValueError) as error:
            self._note(f"{self._path.name} can not be read to its end: {error}.")
        return CheckReport(
            self._entries, self._over, self._flushed, self._without_vector, tuple(self._problems)
        )

    def _note(self, problem: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def _check_file(self, connection: sqlite3.Connection) -> None:
        for (answer,) in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})"):
            if answer != "ok":
                self._note(f"{self._path.name}: {answer}.")
        for table, what in (("vectors", "vector"), ("uses", "use")):
            orphans = f"SELECT seq FROM {table} WHERE seq NOT IN (SELECT seq FROM entries) LIMIT ?"
            for (seq,) in connection.execute(orphans, (MOST_PROBLEMS,)):
                self._note(f"There is a {what} for seq {seq}, but no entry.")

    def _check_rows(self, connection: sqlite3.Connection) -> None:
        after = 0
        while True:
            with self._standing_still:
                rows = read_some(connection, after, STEP)
                spaces = _spaces(connection)
                for stored, vector in rows:
                    self._check_row(stored, vector, spaces.get(stored.space))
            if not rows:
                return
            after = rows[-1][0].seq

    def _check_row(self, stored: Stored, vector: Vector | None, space: _SpaceRow | None) -> None:
        entry = stored.entry
        name = f"Entry {entry.id} (seq {stored.seq})"
        self._entries += 1
        if entry.id != entry_id(entry.prompt, entry.attributes, entry.context):
            self._note(f"{name} is not the digest of its prompt, attributes and context.")
        self._without_vector += vector is None
        if space is None:
            self._note(f"{name} belongs to space {stored.space}, which does not exist.")
        elif space.flushed:
            self._flushed += 1
        elif vector is not None and len(vector) != space.dimensions:
            self._note(f"{name} has a vector of {len(vector)} dimensions, not {space.dimensions}.")
        elif vector is not None and not abs(float(vector @ vector) - 1.0) <= LENGTH_TOLERANCE:
            self._note(f"{name} has a vector that is not of unit length.")
        elif entry.is_over(self._now_ms):
            self._over += 1
        else:
            self._check_found(name, stored, vector)

    def _check_found(self, name: str, stored: Stored, vector: Vector | None) -> None:
        """Would the searches that should find this entry find it?"""
        space = self._spaces.by_number(stored.space)
        entry = stored.entry
        if space is None:
            self._note(f"{name} is in a cache that has no index.")
            return
        index = space.index_for(entry.context)
        own = entry_tokens(entry.prompt, entry.attributes, entry.context)
        same = index.exact(own, sys.maxsize, self._now_ms)
        if stored.seq not in same:
            self._note(f"{name} is not found by an exact search.")
        if vector is None:
            return
        if stored.seq not in self._seqs_nearest(index, vector, own, len(same)):
            self._note(f"{name} is not found by its own vector.")
        if not self._seqs_nearest(index, vector, scope_tokens({}, entry.context), 1):
            self._note(f"{name} is not found by its own vector among all the others.")

    def _check_indexes(self, connection: sqlite3.Connection) -> None:
        for cache_id, space in self._spaces.all():
            for index in (space.plain, space.contextual):
                shown = index.shown_seqs()
                for start in range(0, len(shown), STEP):
                    with self._standing_still:
                        self._check_shown(connection, cache_id, index, shown[start : start + STEP])

    def _check_shown(
        self, connection: sqlite3.Connection, cache_id: str, index: Index, seqs: Sequence[int]
    ) -> None:
        listed = "SELECT seq FROM entries WHERE seq IN (SELECT value FROM json_each(?))"
        kept = {seq for (seq,) in connection.execute(listed, (json.dumps(list(seqs)),))}
        if len(kept) == len(seqs):
            return
        # Some may have been removed since they were listed; those are gone from the index too by now.
        for seq in (set(seqs) - kept) & set(index.shown_seqs()):
            self._note(f"The index of cache {cache_id!r} has seq {seq}, which is not in the store.")

    def _seqs_nearest(self, index: Index, vector: Vector, tokens: Sequence[bytes], limit: int) -> list[int]:
        found = index.nearest(Wanted(vector, tokens, 1.0, max(limit, 1), self._now_ms))
        return [each.seq for each in found]


def _spaces(connection: sqlite3.Connection) -> dict[int, _SpaceRow]:
    rows = connection.execute("SELECT space, flushed, dimensions FROM spaces")
    return {space: _SpaceRow(bool(flushed), dimensions) for space, flushed, dimensions in rows}
