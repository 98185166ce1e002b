"""How many calls a second an endpoint takes."""

from __future__ import annotations

from collections.abc import Callable


class Quotas:
    """A bucket of one second's calls for each endpoint; `per_second` None has no limit."""

    def __init__(self, per_second: float | None, clock: Callable[[], float]) -> None:
        self.per_second = per_second
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}  # endpoint → how many are left, and when that was

    def take(self, endpoint: str) -> bool:
        """Whether a call may be answered."""
        if self.per_second is None:
            return True
        now = self._clock()
        level, since = self._levels.get(endpoint, (self.per_second, now))
        level = min(self.per_second, level + (now - since) * self.per_second)
        self._levels[endpoint] = (level - 1 if level >= 1 else level, now)
        return level >= 1
