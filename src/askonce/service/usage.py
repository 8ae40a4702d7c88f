"""When keys and caches were last used: noted in memory with each request, kept on the disk now and then.

What a crash loses is the last minute of it; no request waits for it.
"""

import asyncio
import logging
from collections.abc import Mapping

from askonce.ports import UsageStore

log = logging.getLogger(__name__)


class Usage:
    """`known` is what earlier runs kept."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._last_used = dict(known)
        self._fresh: dict[str, int] = {}

    def note(self, used_id: str, now_ms: int) -> None:
        self._last_used[used_id] = self._fresh[used_id] = now_ms

    def last_used_ms(self, used_id: str) -> int | None:
        return self._last_used.get(used_id)

    async def keep_in(self, store: UsageStore) -> None:
        fresh, self._fresh = self._fresh, {}
        if fresh:
            await store.keep(fresh)


async def keep_usage_for_ever(usage: Usage, store: UsageStore, *, interval_s: float) -> None:
    """Until cancelled; then what is left is kept too."""
    try:
        while True:
            await asyncio.sleep(interval_s)
            await _try_to_keep(usage, store)
    finally:
        await _try_to_keep(usage, store)


async def _try_to_keep(usage: Usage, store: UsageStore) -> None:
    try:
        await usage.keep_in(store)
    except Exception:  # It is for people who look at keys; whatever happens to it must not end the server.
        log.exception("keeping when keys were used failed")
