"""What hits have changed and the store does not know yet.

A hit is noted in memory and costs no write; now and then the writer keeps many at once. A crash loses what
was not kept: the order of eviction is seconds old then, and lives end as if the last hit had not been.

Invariant: what is here is newer than what the store says of the same entry.
"""

import threading
from collections.abc import Mapping
from itertools import islice

from askonce.engine.embedded.effects import Use


class Uses:
    """Noted by the event loop, kept by the writer, looked at by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: dict[int, Use] = {}  # By seq.

    def note(self, seq: int, use: Use) -> None:
        with self._lock:
            self._fresh[seq] = use

    def __len__(self) -> int:
        return len(self._fresh)

    def find(self, seq: int) -> Use | None:
        return self._fresh.get(seq)

    def some(self, limit: int) -> Mapping[int, Use]:
        with self._lock:
            return dict(islice(self._fresh.items(), limit))

    def kept(self, uses: Mapping[int, Use]) -> None:
        """They are in the store; what was noted since is not."""
        with self._lock:
            for seq, use in uses.items():
                if self._fresh.get(seq) is use:
                    del self._fresh[seq]

    def forget(self, seq: int) -> None:
        with self._lock:
            self._fresh.pop(seq, None)
