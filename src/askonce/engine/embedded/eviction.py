"""Keeping a cache within its bounds: who goes, in the transaction of the set that needs the room.

What is over goes first, whatever the policy. A bound that was lowered is reached in bounded steps, by `trim`
and by the sets that come meanwhile; none of them leaves the cache larger than it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from askonce.engine.embedded.effects import Effect, Removed
from askonce.engine.embedded.ledger import Account
from askonce.engine.embedded.removal import Removal
from askonce.engine.embedded.spaces import Spaces
from askonce.model.bounds import Bounds, EvictionPolicy

# As many as a sweep's step removes: other changes wait behind it for 10 ms.
EVICTION_BATCH = 200
OVER_AT_ONCE = 16  # A cache that is full of what is over makes room for a few sets with one question.
NOBODY = 0  # No seq.

_OVER = "space = ? AND expires_at_ms <= ? AND seq <> ? ORDER BY expires_at_ms, seq LIMIT ?"


@dataclass(frozen=True, slots=True)
class Growth:
    """What a set adds to its cache. `former` is the seq of what it replaces, which it removes itself."""

    entries: int
    bytes: int
    former: int = NOBODY

    def fits(self, account: Account, bounds: Bounds) -> bool:
        return bounds.hold(account.entries + self.entries, account.bytes + self.bytes)

    def is_within(self, account: Account, entries: int, entries_bytes: int) -> bool:
        """Whether the cache would be no larger than that."""
        return account.entries + self.entries <= entries and account.bytes + self.bytes <= entries_bytes


NO_GROWTH = Growth(0, 0)


class Eviction:
    """Plain functions inside the writer's transaction."""

    def __init__(self, removal: Removal, spaces: Spaces) -> None:
        self._removal = removal
        self._spaces = spaces
        self._ledger = spaces.ledger

    def make_room(
        self, space: int, growth: Growth, bounds: Bounds, now_ms: int
    ) -> tuple[bool, Sequence[Effect]]:
        """Whether `growth` may come, and what was done for it. If it may not, only what is over has gone."""
        account = self._ledger.account(space)
        entries, entries_bytes = account.entries, account.bytes
        effects: list[Effect] = []
        gone, may_be_over = 0, True
        while not growth.fits(account, bounds):
            if gone >= EVICTION_BATCH and growth.is_within(account, entries, entries_bytes):
                break  # The bound was lowered. The rest can wait for a `trim`.
            if may_be_over:
                over, kept = self._removal.over(_OVER, (space, now_ms, growth.former, OVER_AT_ONCE), now_ms)
                self._removal.take(over)
                effects += [*kept, *over]
                gone += len(over)
                may_be_over = bool(over)
            elif victim := self._next_victim(space, growth.former, bounds.eviction):
                self._removal.take([victim])
                effects.append(victim)
                gone += 1
            else:
                break
        if bounds.eviction is EvictionPolicy.NONE:
            entries, entries_bytes = (
                account.entries,
                account.bytes,
            )  # What is over makes no room to grow into.
        may_come = growth.fits(account, bounds) or growth.is_within(account, entries, entries_bytes)
        return may_come, effects

    def _next_victim(self, space: int, former: int, policy: EvictionPolicy) -> Removed | None:
        if policy is EvictionPolicy.NONE:
            return None
        victims = self._ledger.victims(space, policy)
        indexes = self._spaces.indexes_of(space)
        while (key := victims.next(indexes)) is not None:
            rank, seq = key
            found = [] if seq == former else self._removal.find("seq = ?", (seq,))
            if found:  # Else a change of this transaction has removed it.
                if policy is EvictionPolicy.LFU:
                    self._ledger.raise_level(space, rank)
                return found[0]
        return None
