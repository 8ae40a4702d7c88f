"""Hits on their way to Redis: sent by the next step of the event loop, one script for all that came by then.

No search waits for what its hits come to, except where a hit gave an entry its life again: the next search of
this process must see it. Invariant: what was noted before a change of the cache arrives before it. Hits that
Redis does not take are lost, and logged: the order of eviction and the end of an entry are as if they had not
been.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from askonce.engine.redis.connection import Argument, Connection
from askonce.engine.redis.ledger import NOTE_HITS
from askonce.engine.redis.lives import Lives
from askonce.engine.redis.names import Names
from askonce.errors import Refusal
from askonce.model.entry import Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    times: int

    @property
    def renews(self) -> bool:
        return self.entry.renewed_at_ms is not None

    def values(self) -> Sequence[Argument]:
        entry = self.entry
        if entry.renewed_at_ms is None or entry.expires_at_ms is None:
            return (entry.id, entry.created_at_ms, self.times, "", "")
        life_ms = entry.expires_at_ms - entry.renewed_at_ms
        return (entry.id, entry.created_at_ms, self.times, entry.renewed_at_ms, life_ms)


class Uses:
    """Noted and sent by one event loop; everything by slot."""

    def __init__(self, connection: Connection, names: Names, lives: Lives) -> None:
        self._connection = connection
        self._names = names
        self._lives = lives
        self._fresh: dict[str, dict[str, Hit]] = {}  # By id, in the order of the last hits.
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._renewing: set[str] = set()  # Where hits that renew are being sent.

    async def close(self) -> None:
        while self._sending:
            await self.settle_all()

    def note(self, slot: str, entries: Sequence[Entry]) -> None:
        fresh = self._fresh.setdefault(slot, {})
        for entry in entries:
            former = fresh.pop(entry.id, None)
            is_same = former is not None and former.entry.created_at_ms == entry.created_at_ms
            fresh[entry.id] = Hit(entry, former.times + 1 if former is not None and is_same else 1)
        if slot not in self._sending:
            self._begin(slot)

    async def settle(self, slot: str) -> None:
        """Wait until Redis has what was noted of the cache so far."""
        for _ in range(2):  # What is under way, and what came since.
            task = self._sending.get(slot)
            if task is None:
                return
            await asyncio.wait([task])

    async def settle_renewed(self, slot: str) -> None:
        """As `settle`, but only for hits that changed when an entry ends."""
        fresh = self._fresh.get(slot, {})
        if slot in self._renewing or any(hit.renews for hit in fresh.values()):
            await self.settle(slot)

    async def settle_all(self) -> None:
        for slot in list(self._sending):
            await self.settle(slot)

    def _begin(self, slot: str) -> None:
        self._sending[slot] = asyncio.create_task(self._send(slot))

    async def _send(self, slot: str) -> None:
        hits = self._fresh.pop(slot, {})
        if any(hit.renews for hit in hits.values()):
            self._renewing.add(slot)
        try:
            life = self._lives.known(slot) or await self._lives.now(slot)
            if life is not None:
                values = [value for hit in hits.values() for value in hit.values()]
                prefix = self._names.entries(slot, life.generation)
                keys = self._names.ledger(slot, life.generation)
                await self._connection.change(NOTE_HITS, keys, (prefix, *values), is_repeatable=False)
        except Refusal as error:
            log.warning("hits were not noted", extra={"hits": len(hits), "reason": str(error)})
        finally:
            self._renewing.discard(slot)
            del self._sending[slot]
            if slot in self._fresh:
                self._begin(slot)
