"""What each space holds in entries and bytes, and who goes first where there are too many.

The accounts follow every change at once, inside its transaction, so that the changes which share one see each
other; the indexes follow after the commit.

Invariant: outside a transaction an account says what the store holds of its space, what is over included.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from askonce.engine.embedded.effects import Added, Effect, Flushed, Kept, Removed
from askonce.engine.embedded.index import Index
from askonce.engine.embedded.victims import Victims
from askonce.model.bounds import EvictionPolicy


@dataclass(slots=True)
class Account:
    """`level` is the frequency of the last one that LFU evicted: newcomers begin above it, so that whoever
    was much used once goes when as many turns of the whole cache have passed as it had hits.
    """

    entries: int = 0
    bytes: int = 0
    level: int = 0
    victims: Victims | None = None  # Made when somebody has to go for the first time.


class Ledger:
    """Changed by the writer alone; any thread may read an account's numbers."""

    def __init__(self) -> None:
        self._accounts: dict[int, Account] = {}
        self._before: dict[int, Account] = {}  # As they were before the transaction under way,
        # and how often what it put was used, by seq.
        self._unshown: defaultdict[int, dict[int, int]] = defaultdict(dict)

    def account(self, space: int) -> Account:
        return self._accounts.get(space) or Account()

    def count(self, space: int, size: int, frequency: int) -> None:
        """An entry that is in the store, as read at the start. The level is not kept; it was close below the
        least frequency there is.
        """
        account = self._accounts.setdefault(space, Account(level=frequency - 1))
        account.level = min(account.level, frequency - 1)
        account.entries += 1
        account.bytes += size

    def record(self, effects: Iterable[Effect]) -> None:
        """Of the transaction under way."""
        for effect in effects:
            match effect:
                case Added():
                    account = self._touch(effect.space)
                    account.entries += 1
                    account.bytes += effect.size
                    self._unshown[effect.space][effect.seq] = effect.frequency
                    if account.victims is not None:
                        account.victims.put(effect.seq, effect.frequency)
                case Removed():
                    if effect.space in self._accounts:  # Else it was flushed, and is swept now.
                        account = self._touch(effect.space)
                        account.entries -= 1
                        account.bytes -= effect.size
                case Flushed():
                    self._touch(effect.space)
                    del self._accounts[effect.space]
                case Kept():
                    pass

    def victims(self, space: int, policy: EvictionPolicy) -> Victims:
        account = self._touch(space)
        if account.victims is None or account.victims.policy is not policy:
            account.victims = Victims(policy)
            for seq, frequency in self._unshown[space].items():
                account.victims.put(seq, frequency)
        return account.victims

    def frequency_of_unshown(self, space: int, seq: int) -> int | None:
        return self._unshown[space].get(seq)

    def raise_level(self, space: int, frequency: int) -> None:
        account = self._touch(space)
        account.level = max(account.level, frequency)

    def show(self, added: Added, index: Index, slot: int) -> None:
        victims = self.account(added.space).victims
        if victims is not None:
            last_use = added.seq if added.last_use is None else added.last_use
            victims.show(index, slot, added.seq, last_use, added.frequency)

    def settle(self) -> None:
        """The transaction was committed, and the indexes show what it did."""
        for space in self._before:
            victims = self.account(space).victims
            if victims is not None:
                victims.settle()
        self._before.clear()
        self._unshown.clear()

    def roll_back(self) -> None:
        """Who was to go is looked up anew: what was taken out of the line is not put back one by one."""
        self._accounts.update(self._before)
        self._before.clear()
        self._unshown.clear()

    def _touch(self, space: int) -> Account:
        account = self._accounts.setdefault(space, Account())
        if space not in self._before:
            self._before[space] = replace(account, victims=None)
        return account
