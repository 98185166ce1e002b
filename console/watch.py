"""While no consumer is alive, the consoles look for what is wrong: else nobody would be told that nothing works."""

from __future__ import annotations

import asyncio
import logging

import anyio

from db.engine import DatabaseAway
from tasks import alerts

log = logging.getLogger("quayside.console")
_ONE = anyio.CapacityLimiter(1)


async def watch(*, every_s: float = alerts.EVERY_S) -> None:
    """For as long as the console runs."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await anyio.to_thread.run_sync(alerts.look_without_workers, limiter=_ONE)
        except DatabaseAway as error:
            log.warning("alerts not looked for error=%s", error)
        except Exception:  # the next look may go well
            log.exception("looking for alerts broke")
