"""An answer that many ask for at once: read once a second at most, by one thread, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import anyio


class Kept:
    """The newest answer, `fresh_s` seconds old at most; one caller reads it again, those who come meanwhile wait for that one."""

    def __init__(self, fresh_s: float) -> None:
        self._fresh_s = fresh_s
        self._until = 0.0
        self._answer: bytes | Exception = b""
        self._turn: anyio.Lock | None = None  # made within the event loop that uses it

    async def get(self, read: Callable[[], bytes], limiter: anyio.CapacityLimiter) -> bytes:
        """The answer; `read` runs in a thread when it is time. A failure is kept as long, so that an outage is not asked a thousand times.

        Raises: what `read` raised.
        """
        if monotonic() >= self._until:
            self._turn = self._turn or anyio.Lock()
            async with self._turn:
                if monotonic() >= self._until:
                    try:
                        self._answer = await anyio.to_thread.run_sync(read, limiter=limiter)
                    except Exception as error:  # noqa: BLE001  # told to everyone who waits for it
                        self._answer = error
                    self._until = monotonic() + self._fresh_s
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
