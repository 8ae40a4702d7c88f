"""The background loop that gives back the space of what has expired or was flushed, and of what caches hold
beyond bounds that were lowered.
"""

import asyncio
import logging
from collections.abc import Coroutine

from askonce.errors import EngineUnavailable, UnknownCache
from askonce.model.cache import Cache
from askonce.ports import Catalog, Clock, Upkeep

log = logging.getLogger(__name__)


async def sweep_for_ever(upkeep: Upkeep, catalog: Catalog, clock: Clock, *, interval_s: float) -> None:
    """Sweep, in bounded steps with other work between them, until cancelled.

    A sweep that fails is logged and tried again: what is over is never served, swept or not.
    """
    while True:
        await _told_if_it_fails(sweep_all(upkeep, clock))
        await _told_if_it_fails(trim_all(upkeep, catalog, clock))
        await asyncio.sleep(interval_s)


async def sweep_all(upkeep: Upkeep, clock: Clock) -> None:
    while await upkeep.sweep(clock.now_ms()):
        await asyncio.sleep(0)


async def trim_all(upkeep: Upkeep, catalog: Catalog, clock: Clock) -> None:
    """A set keeps its own cache within its bounds; this is for bounds that were lowered."""
    for cache in await catalog.caches():
        await _told_if_it_fails(_trim(upkeep, cache, clock))  # The next one may be kept elsewhere.


async def _trim(upkeep: Upkeep, cache: Cache, clock: Clock) -> None:
    while await upkeep.trim(cache.id, cache.bounds, clock.now_ms()):
        await asyncio.sleep(0)


async def _told_if_it_fails(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except UnknownCache:
        pass  # Removed a moment ago, with whatever is to be done for it.
    except EngineUnavailable as error:
        log.warning("sweep failed", extra={"reason": str(error)})  # Every second, while it lasts.
    except Exception:
        log.exception("sweep failed")
