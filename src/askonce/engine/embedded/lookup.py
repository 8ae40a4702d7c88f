"""Looking entries up: the index proposes, the store decides.

Invariant: no entry is returned that was not read from the store just now and found to be what the search may
see. So a stale index can cost a hit, and never gives a wrong one.

A look may raise `Moved`: an entry was replaced or removed between the index and the store. The same look with
`is_settled`, taken while the writer stands still, can not: there the two agree.
"""

from collections.abc import Callable, Sequence

from askonce.engine.embedded.index import Moved, Wanted
from askonce.engine.embedded.rows import Reader
from askonce.engine.embedded.spaces import Space, Spaces
from askonce.model.entry import Entry
from askonce.model.query import Match, Scope
from askonce.model.tokens import entry_tokens, scope_tokens
from askonce.ports import Vector


class Lookup:
    """Of one owner, as its reader is."""

    def __init__(self, spaces: Spaces, reader: Reader) -> None:
        self._spaces = spaces
        self._reader = reader

    def exact(
        self, cache_id: str, prompt: str, scope: Scope, limit: int, now_ms: int, *, is_settled: bool
    ) -> list[Entry]:
        space = self._spaces.find(cache_id)
        if space is None:
            return []
        tokens = entry_tokens(prompt, scope.attributes, scope.context)
        seqs = space.index_for(scope.context).exact(tokens, limit, now_ms)
        folded = prompt.casefold()

        def fits(entry: Entry) -> bool:
            return entry.prompt.casefold() == folded and _is_within(entry, scope, now_ms)

        entries = self._entries(space, seqs, fits, is_settled=is_settled)
        return [entries[seq] for seq in seqs if seq in entries]

    def nearest(
        self,
        cache_id: str,
        vector: Vector,
        scope: Scope,
        floor: float,
        limit: int,
        now_ms: int,
        *,
        is_settled: bool,
    ) -> list[Match]:
        space = self._spaces.find(cache_id)
        if space is None:
            return []
        tokens = scope_tokens(scope.attributes, scope.context)
        found = space.index_for(scope.context).nearest(Wanted(vector, tokens, floor, limit, now_ms))

        def fits(entry: Entry) -> bool:
            return _is_within(entry, scope, now_ms)

        entries = self._entries(space, [each.seq for each in found], fits, is_settled=is_settled)
        return [Match(entries[each.seq], each.similarity) for each in found if each.seq in entries]

    def _entries(
        self, space: Space, seqs: Sequence[int], fits: Callable[[Entry], bool], *, is_settled: bool
    ) -> dict[int, Entry]:
        if not seqs:
            return {}
        entries = {
            seq: entry
            for seq, stored in self._reader.fetch(seqs).items()
            if stored.space == space.number and fits(entry := space.as_used(stored))
        }
        if len(entries) < len(seqs) and not is_settled:
            raise Moved
        return entries

    def touch(self) -> None:
        """Reads from the store, to know that it answers."""
        self._reader.fetch([0])

    def close(self) -> None:
        self._reader.close()


def _is_within(entry: Entry, scope: Scope, now_ms: int) -> bool:
    return (
        entry.context == scope.context
        and scope.attributes.items() <= entry.attributes.items()
        and not entry.is_over(now_ms)
    )
