"""Commits: several changes in one transaction, and the index brought level with what it did.

Invariants:

* The store goes first: it is the truth and the index is derived from it. A crash between the commit and
  `apply` is mended at the next start; the other order could point searches at an entry never kept.
* `standing_still` is held from before a commit until the index shows it. Who holds it sees the two agree.
* A change that fails takes no other with it: all are rolled back, and each is then made alone.
* When nobody can tell whether a commit took place, the store is asked, change by change, before anything else
  is written.
"""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from typing import Protocol

from askonce.engine.embedded.checkpoint import Checkpointer
from askonce.engine.embedded.database import PAGE_BYTES
from askonce.engine.embedded.effects import Added, Effect
from askonce.engine.embedded.spaces import Spaces
from askonce.engine.embedded.store import Store

log = logging.getLogger(__name__)

# What a commit writes to the log beside the texts: four pages for a put alone, under two for each of thirty.
PAGES_A_COMMIT, PAGES_A_CHANGE = 2, 2


class Change(Protocol):
    """A change on its way, whatever its result is."""

    def run(self, store: Store) -> Sequence[Effect]: ...

    def fail(self, error: Exception) -> None: ...


class Committer:
    """Plain functions for one thread, the writer's. `connection` is its own from here on."""

    def __init__(self, connection: sqlite3.Connection, spaces: Spaces, checkpointer: Checkpointer) -> None:
        self._connection = connection
        self._store = Store(connection, spaces)
        self._spaces = spaces
        self._checkpointer = checkpointer
        self._in_doubt: Sequence[Effect] = ()
        self.standing_still = threading.Lock()
        self.commits = 0

    def make(self, changes: Sequence[Change]) -> None:
        """Make all of them; one that fails is told so, and the others are made without it."""
        try:
            effects = self._perform(changes)
        except Exception as error:  # An odd value may raise anything; only its own caller is to hear of it.
            self._roll_back()
            if len(changes) == 1:
                changes[0].fail(error)
                return
            for change in changes:
                self.make([change])
            return
        self._commit(changes, effects)

    def _perform(self, changes: Sequence[Change]) -> list[Effect]:
        if self._in_doubt:
            with self.standing_still:
                self._settle_doubt()
        self._connection.execute("BEGIN IMMEDIATE")
        return [effect for change in changes for effect in change.run(self._store)]

    def _commit(self, changes: Sequence[Change], effects: Sequence[Effect]) -> None:
        with self.standing_still:
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._in_doubt = effects
                for change in changes:
                    change.fail(error)
                self._try_to_settle_doubt()
                return
            self._spaces.apply(effects)
            self._spaces.ledger.settle()
        self.commits += 1
        self._checkpointer.wrote(PAGES_A_COMMIT * PAGE_BYTES + sum(map(_log_bytes, effects)))

    def _try_to_settle_doubt(self) -> None:
        try:
            self._settle_doubt()
        except sqlite3.Error:
            # The disk does not even answer questions. The next change asks again before it writes; until then
            # no search is wrong, because what the index proposes is looked up in the store.
            return

    def _settle_doubt(self) -> None:
        self._roll_back()
        happened = [effect for effect in self._in_doubt if self._store.has_happened(effect)]
        self._in_doubt = ()
        self._spaces.ledger.record(happened)
        self._spaces.apply(happened)
        self._spaces.ledger.settle()

    def _roll_back(self) -> None:
        # After a full disk or an I/O error SQLite may have rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._spaces.ledger.roll_back()

    def begin_log_again(self) -> None:
        """Between two transactions, when nobody waits for the one before."""
        self._checkpointer.begin_log_again(self._connection)

    def close(self) -> None:
        """When the writer is no more: what hits have left is kept, and the file let go."""
        while self._spaces.count_fresh_uses():
            keeping = _KeepUses()
            self.make([keeping])
            if keeping.error is not None:
                log.warning("the last hits were not kept: %s", type(keeping.error).__name__)
                break
        self._connection.close()


class _KeepUses:
    """The one change that nobody waits for."""

    error: Exception | None = None

    def run(self, store: Store) -> Sequence[Effect]:
        return store.keep_uses().effects

    def fail(self, error: Exception) -> None:
        self.error = error


def _log_bytes(effect: Effect) -> int:
    texts = len(effect.entry.prompt) + len(effect.entry.response) if isinstance(effect, Added) else 0
    return PAGES_A_CHANGE * PAGE_BYTES + texts
