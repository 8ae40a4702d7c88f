"""The background loop that gives back the space of what has expired or was flushed."""

import asyncio
import logging

from askonce.errors import EngineUnavailable
from askonce.ports import Clock, Upkeep

log = logging.getLogger(__name__)


async def sweep_for_ever(upkeep: Upkeep, clock: Clock, *, interval_s: float) -> None:
    """Sweep, in bounded steps with other work between them, until cancelled.

    A sweep that fails is logged and tried again: what is over is never served, swept or not.
    """
    while True:
        try:
            while await upkeep.sweep(clock.now_ms()):
                await asyncio.sleep(0)
        except EngineUnavailable as error:
            log.warning("sweep failed", extra={"reason": str(error)})  # Every second, while it lasts.
        except Exception:
            log.exception("sweep failed")
        await asyncio.sleep(interval_s)
