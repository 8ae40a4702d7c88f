"""The background loop that gives back the space of what has expired or was flushed, and of what caches hold
beyond bounds that were lowered.
"""

import asyncio
import logging

from askonce.ports import Catalog, Clock, Upkeep

log = logging.getLogger(__name__)


async def sweep_for_ever(upkeep: Upkeep, catalog: Catalog, clock: Clock, *, interval_s: float) -> None:
    """Sweep, in bounded steps with other work between them, until cancelled.

    A sweep that fails is logged and tried again: what is over is never served, swept or not.
    """
    while True:
        try:
            while await upkeep.sweep(clock.now_ms()):
                await asyncio.sleep(0)
            await trim_all(upkeep, catalog, clock)
        except Exception:
            log.exception("sweep failed")
        await asyncio.sleep(interval_s)


async def trim_all(upkeep: Upkeep, catalog: Catalog, clock: Clock) -> None:
    """A set keeps its own cache within its bounds; this is for bounds that were lowered."""
    for cache in await catalog.caches():
        while await upkeep.trim(cache.id, cache.bounds, clock.now_ms()):
            await asyncio.sleep(0)
