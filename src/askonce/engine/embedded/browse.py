"""Looking through a cache's entries, a page at a time: plain functions for one thread that has a reader.

A position is a number in the order of writing. What to look at comes from the index where a server runs, else
from the table; the store has the last word either way. Invariant: a page costs a bounded number of reads and
holds a bounded number of bytes, whatever is looked for.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askonce.engine.embedded.database import refusal
from askonce.engine.embedded.rows import KEPT_BY_ID, KEPT_BY_SEQ, stored_with_vector
from askonce.engine.embedded.spaces import Space
from askonce.engine.paging import Gathering, Position
from askonce.errors import EngineUnavailable
from askonce.model.attributes import attribute_tokens
from askonce.model.browsing import Order, Selection
from askonce.ports import Kept, Page

MOST_EXAMINED = 10_000  # Prompts read in a step for a prefix. A guess: some tens of milliseconds.
READ_AT_ONCE = 500  # Prompts in one statement.
LIVE_SPACE = "(SELECT space FROM spaces WHERE cache_id = ? AND flushed = 0)"
NO_NUMBERS: NDArray[np.int64] = np.empty(0, np.int64)


# The numbers to look at next from a position, up to so many, in the order of the walk.
Numbers: TypeAlias = Callable[[Position, int], Sequence[int]]


def page_of(
    connection: sqlite3.Connection,
    numbers: Numbers,
    selection: Selection,
    start: Position,
    limit: int,
    now_ms: int,
    *,
    is_sure: bool,
    space: Space | None = None,
) -> Page:
    """`is_sure`: the numbers are of entries that carry the attributes, so only a prefix can leave any out.
    `space` knows of hits that the store does not know yet, where a server runs.
    """
    is_filtered = bool(selection.prefix) or (bool(selection.attributes) and not is_sure)
    most = MOST_EXAMINED if is_filtered else limit
    ahead = numbers(start, most + 1)
    gathering = Gathering(selection, start, ahead, most, limit, now_ms)
    try:
        for seq in _promising(connection, ahead[:most], selection):
            page = gathering.take(seq, _read(connection, KEPT_BY_SEQ, (seq,), space))
            if page is not None:
                return page
    except sqlite3.Error as error:
        raise refusal(error) from error
    return gathering.end()


def read_one(
    connection: sqlite3.Connection, cache_id: str, key: bytes, now_ms: int, space: Space | None = None
) -> Kept | None:
    try:
        kept = _read(connection, KEPT_BY_ID.format(space=LIVE_SPACE), (cache_id, key), space)
    except sqlite3.Error as error:
        raise refusal(error) from error
    return None if kept is None or kept.entry.is_over(now_ms) else kept


def numbers_of_index(space: Space, selection: Selection, now_ms: int) -> NDArray[np.int64]:
    """The live entries that carry the attributes, in no order.

    What is written meanwhile may show in part, a later number before an earlier one. So nothing is taken that
    is later than what a first look showed: by then everything before that showed too.
    """
    tokens = attribute_tokens(selection.attributes)

    def look() -> NDArray[np.int64]:
        indexes = (space.plain, space.contextual)
        return np.concatenate([index.live_seqs(tokens, now_ms) for index in indexes])

    shown = look()
    if not len(shown):
        return shown
    again = look()
    settled: NDArray[np.int64] = again[again <= shown.max()]
    return settled


def numbers_from(seqs: NDArray[np.int64], order: Order) -> Numbers:
    def numbers(position: Position, most: int) -> Sequence[int]:
        if order is Order.NEWEST:
            ahead = -seqs[seqs < position.seq]
        else:
            ahead = seqs[(seqs > position.seq) & (seqs <= position.last)]
        if len(ahead) > most:
            ahead = np.partition(ahead, most - 1)[:most]
        next_ones: list[int] = np.abs(np.sort(ahead)).tolist()
        return next_ones

    return numbers


def numbers_of_table(connection: sqlite3.Connection, space: int, order: Order) -> Numbers:
    """Without an index: rows are passed in the order of writing, those of other caches too."""
    is_newest = order is Order.NEWEST
    # With the plus no index is used for the space: there they stand in the order of their ids.
    query = (
        f"SELECT seq FROM entries WHERE +space = ? AND seq {'<' if is_newest else '>'} ? AND seq <= ?"
        f" ORDER BY seq {'DESC' if is_newest else 'ASC'} LIMIT ?"
    )

    def numbers(position: Position, most: int) -> Sequence[int]:
        values = (space, position.seq, position.last, most)
        return [seq for (seq,) in connection.execute(query, values)]

    return numbers


def _promising(connection: sqlite3.Connection, numbers: Sequence[int], selection: Selection) -> Iterator[int]:
    """Those whose prompt has the prefix. Only prompts are read for it: responses lie on pages of their own
    where they are long.
    """
    if not selection.prefix:
        yield from numbers
        return
    query = "SELECT seq, prompt FROM entries WHERE seq IN (SELECT value FROM json_each(?))"
    for start in range(0, len(numbers), READ_AT_ONCE):
        some = numbers[start : start + READ_AT_ONCE]
        rows = connection.execute(query, (json.dumps(list(some)),))
        fitting = {seq for seq, prompt in rows if selection.has_prompt(prompt)}
        yield from (seq for seq in some if seq in fitting)


def _read(
    connection: sqlite3.Connection, query: str, values: Sequence[str | int | bytes], space: Space | None
) -> Kept | None:
    row = connection.execute(query, values).fetchone()
    if row is None:
        return None
    try:
        stored, vector = stored_with_vector(row)
    except ValueError as error:
        raise EngineUnavailable("A stored entry can not be read; run `askonce check`.") from error
    return Kept(stored.entry if space is None else space.as_used(stored), vector)
