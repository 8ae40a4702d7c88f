"""Spaces: what a cache holds in memory, one life of it at a time, and how changes of the store get there.

Invariant: `apply` is called by the writer alone, with what a successful commit did; so the indexes show what
the store holds, up to the moment between a commit and its `apply`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count
from pathlib import Path

from askonce.engine.embedded.database import connect_reader, damaged
from askonce.engine.embedded.effects import FIRST_FREQUENCY, Added, Effect, Flushed, Kept, Removed, Use
from askonce.engine.embedded.index import Index
from askonce.engine.embedded.ledger import Ledger
from askonce.engine.embedded.rows import Stored, read_some, read_uses
from askonce.engine.embedded.slots import Mark
from askonce.engine.embedded.uses import Uses
from askonce.model.attributes import Attributes, attribute_token, attribute_tokens
from askonce.model.bounds import entry_bytes
from askonce.model.entry import NO_CONTEXT, Entry, prompt_token
from askonce.model.tokens import context_tokens, entry_tokens

LOADED_AT_ONCE = 2_000  # Rows held while the indexes are built: 6 MB.
REMEMBERED_TOKENS = 16_384  # 5 MB while loading.


def _version_of(entry: Entry) -> int:
    """What tells this version of an entry from its others; they carry the same tokens."""
    return hash((entry.id, entry.created_at_ms))


class Space:
    """Entries that stand alone and entries in a context are kept apart: a search sees one kind only, and most
    caches have no contexts, so that their searches need no filter.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.plain = Index()
        self.contextual = Index()
        self.uses = Uses()

    def index_for(self, context: str) -> Index:
        return self.plain if context == NO_CONTEXT else self.contextual

    def matching(self, attributes: Attributes) -> list[int]:
        """Every entry, in any context, that carries all of `attributes` (at least one)."""
        tokens = attribute_tokens(attributes)
        return self.plain.matching(tokens) + self.contextual.matching(tokens)

    def note_hit(self, entry: Entry, moment: int) -> None:
        tokens = entry_tokens(entry.prompt, entry.attributes, entry.context)
        index = self.index_for(entry.context)
        hit = index.note_hit(tokens, _version_of(entry), moment, entry.expires_at_ms)
        if hit is not None:
            self.uses.note(hit.seq, Use(moment, hit.frequency, entry.expires_at_ms, entry.renewed_at_ms))

    def as_used(self, stored: Stored) -> Entry:
        """The entry with the life that its hits have left it, which the store may not know yet."""
        use = self.uses.find(stored.seq)
        if use is None or use.expires_at_ms == stored.entry.expires_at_ms:
            return stored.entry
        return replace(stored.entry, expires_at_ms=use.expires_at_ms, renewed_at_ms=use.renewed_at_ms)

    def count_live(self, now_ms: int) -> int:
        return self.plain.count_live(now_ms) + self.contextual.count_live(now_ms)


class Spaces:
    """`moments` counts what happens, from `first_moment` on (`schema.py`)."""

    def __init__(self, first_moment: int = 1) -> None:
        self._by_cache: dict[str, Space] = {}
        self._by_number: dict[int, Space] = {}
        self.moments = count(first_moment)
        self.ledger = Ledger()

    def find(self, cache_id: str) -> Space | None:
        return self._by_cache.get(cache_id)

    def slots_in_use(self, cache_id: str) -> int:
        """How much a search of the cache may have to look at."""
        space = self.find(cache_id)
        return 0 if space is None else space.plain.slots_in_use + space.contextual.slots_in_use

    def by_number(self, number: int) -> Space | None:
        return self._by_number.get(number)

    def all(self) -> Sequence[tuple[str, Space]]:
        return list(self._by_cache.items())

    def note_hits(self, cache_id: str, entries: Iterable[Entry]) -> None:
        space = self.find(cache_id)
        if space is not None:
            for entry in entries:
                space.note_hit(entry, next(self.moments))

    def count_fresh_uses(self) -> int:
        return sum(len(space.uses) for _, space in self.all())

    def use_of(self, number: int, seq: int) -> Use | None:
        """What the store does not know yet of an entry's use."""
        space = self.by_number(number)
        return None if space is None else space.uses.find(seq)

    def frequency_of(self, removed: Removed) -> int:
        """How often it was used, as far as is known: not of one that was over at the start."""
        unshown = self.ledger.frequency_of_unshown(removed.space, removed.seq)
        space = self.by_number(removed.space)
        if unshown is not None or space is None:
            return unshown or FIRST_FREQUENCY
        tokens = entry_tokens(removed.prompt, removed.attributes, removed.context)
        return space.index_for(removed.context).frequency_of(removed.seq, tokens) or FIRST_FREQUENCY

    def indexes_of(self, number: int) -> Sequence[Index]:
        space = self.by_number(number)
        return () if space is None else (space.plain, space.contextual)

    def apply(self, effects: Iterable[Effect]) -> None:
        grown: dict[int, Index] = {}
        for effect in effects:
            match effect:
                case Added():
                    entry = effect.entry
                    tokens = entry_tokens(entry.prompt, entry.attributes, entry.context)
                    index = self.add(effect, tokens)
                    grown[id(index)] = index
                case Removed():
                    self._remove(effect)
                case Kept():
                    space = self.by_number(effect.space)
                    if space is not None:
                        space.uses.kept(effect.uses)
                case Flushed():
                    self._by_cache.pop(effect.cache_id, None)
                    self._by_number.pop(effect.space, None)
        for index in grown.values():
            index.quantize()

    def add(self, added: Added, tokens: Sequence[bytes]) -> Index:
        space = self._by_number.get(added.space)
        if space is None:
            space = self._by_number[added.space] = self._by_cache[added.cache_id] = Space(added.space)
        index = space.index_for(added.entry.context)
        mark = Mark(_version_of(added.entry), added.last_use, added.frequency)
        slot = index.add(added.seq, tokens, added.vector, added.entry.expires_at_ms, mark)
        self.ledger.show(added, index, slot)
        return index

    def _remove(self, removed: Removed) -> None:
        space = self._by_number.get(removed.space)
        if space is not None:  # Else it was flushed, and swept now.
            tokens = entry_tokens(removed.prompt, removed.attributes, removed.context)
            space.index_for(removed.context).remove(removed.seq, tokens)
            space.uses.forget(removed.seq)


def load(path: Path, now_ms: int) -> Spaces:
    """The indexes of everything in the store that is not over, and the accounts of everything."""
    connection = connect_reader(path)
    try:
        (last,) = connection.execute(
            "SELECT max((SELECT ifnull(max(seq), 0) FROM entries), (SELECT ifnull(max(last), 0) FROM uses))"
        ).fetchone()
        spaces = Spaces(last + 1)
        _load_into(spaces, connection, now_ms)
    except (sqlite3.Error, ValueError) as error:
        # A row that can not be read would be missed by every search from now on, and nobody would know.
        raise damaged(path, error) from error
    finally:
        connection.close()
    return spaces


def _load_into(spaces: Spaces, connection: sqlite3.Connection, now_ms: int) -> None:
    living = connection.execute("SELECT space, cache_id, dimensions FROM spaces WHERE flushed = 0").fetchall()
    caches = {space: (cache_id, dimensions) for space, cache_id, dimensions in living}
    tokens = _remembering_tokens()
    after = 0
    while batch := read_some(connection, after, LOADED_AT_ONCE):
        first, after = batch[0][0].seq, batch[-1][0].seq
        uses = read_uses(connection, first, after)
        for stored, vector in batch:
            if stored.space not in caches:
                continue
            cache_id, dimensions = caches[stored.space]
            last_use, frequency = uses.get(stored.seq, (stored.seq, stored.frequency))
            size = entry_bytes(stored.entry, 0 if vector is None else len(vector))
            spaces.ledger.count(stored.space, size, frequency)
            if stored.entry.is_over(now_ms):
                continue
            if vector is not None and len(vector) != dimensions:
                raise ValueError(f"entry {stored.entry.id} has a vector of {len(vector)} dimensions")
            added = Added(cache_id, stored.space, stored.seq, stored.entry, vector, size, frequency, last_use)
            spaces.add(added, tokens(stored.entry))
    # Last, because codes are made ten times as fast a thousand at a time.
    for _, space in spaces.all():
        space.plain.quantize()
        space.contextual.quantize()


def _remembering_tokens() -> Callable[[Entry], list[bytes]]:
    """As `entry_tokens`, for many entries: most attributes come again, and digests are half the loading."""
    remembered = lru_cache(maxsize=REMEMBERED_TOKENS)(attribute_token)

    def tokens(entry: Entry) -> list[bytes]:
        own = [prompt_token(entry.prompt, entry.context), *context_tokens(entry.context)]
        return own + [remembered(name, value) for name, value in entry.attributes.items()]

    return tokens
