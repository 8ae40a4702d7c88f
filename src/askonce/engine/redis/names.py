"""The names of everything that is kept in Redis.

Invariants: no two caches share a name, whatever their ids hold, and no name is outside `key_prefix`. All keys
of one cache carry the same `{…}`: in a Redis Cluster they lie on one shard, and one script may touch them.
"""

import secrets

from askonce.model.digest import digest_of

LEDGER = ("totals", "seqs", "uses", "frequencies", "ends", "sizes")
GENERATION_BYTES = 8  # Random, never counted: where Redis lost what a cache was, no old name comes back.


class Names:
    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.caches = f"{prefix}:caches"  # Set of the ids of caches that were written to.
        self.flushed = f"{prefix}:flushed"  # Set of the slots whose former lives are to be cleaned up.

        self.catalog = f"{prefix}:{{catalog}}:tables"  # Hash: `version` and `image` (`catalog.py`).
        self.acts = f"{prefix}:{{catalog}}:acts"  # List of the audit log, the earliest first.
        self.usage = f"{prefix}:{{catalog}}:usage"  # Hash of ids to when they were last used.

    def slot(self, cache_id: str) -> str:
        return digest_of("redis-cache", cache_id).hex()

    def meta(self, slot: str) -> str:
        """Hash: `generation`, `index`, `dimensions`, and `seq`, which counts its puts."""
        return f"{self._prefix}:{{{slot}}}:meta"

    def retired(self, slot: str) -> str:
        """List of `generation index`, former lives of the cache."""
        return f"{self._prefix}:{{{slot}}}:retired"

    def ledger(self, slot: str, generation: str) -> list[str]:
        """The keys of a generation's ledger, in the order of `ledger.py`. None of them is below `entries`."""
        begin = f"{self._prefix}:{{{slot}}}:ledger:{generation}"
        return [f"{begin}:{name}" for name in LEDGER]

    def entries(self, slot: str, generation: str) -> str:
        """What the keys of a generation's entries begin with."""
        return f"{self._prefix}:{{{slot}}}:{generation}:"

    def new_index(self, slot: str, generation: str) -> str:
        return f"{self.entries(slot, generation)}{secrets.token_hex(4)}"


def new_generation() -> str:
    return secrets.token_hex(GENERATION_BYTES)
