"""How many calls an application may make a day, and its own question after that (Analytics API, getRateLimits)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.ebay.refusal import refused

DAY_S = 86_400
# Inventory's is documented, Fulfillment's is not: both can be set by a test.
DEFAULTS = {"inventory": 2_000_000, "fulfillment": 100_000}


class Quota:
    """Calls of this day per API. `limits` may be changed at any time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = dict(DEFAULTS)
        self._clock = clock
        self._used = dict.fromkeys(DEFAULTS, 0)
        self._ends = clock() + DAY_S

    def take(self, api: str) -> None:
        """One call. Raises: Refusal when none is left today."""
        if self._clock() >= self._ends:
            self._used, self._ends = dict.fromkeys(DEFAULTS, 0), self._clock() + DAY_S
        if self._used[api] >= self.limits[api]:
            raise too_many()
        self._used[api] += 1

    def told(self, context: str | None, api: str | None) -> list[dict[str, Any]]:
        """The rateLimits for an API, or for all."""
        if context not in (None, "sell"):
            return []
        return [self._told(name) for name in DEFAULTS if api is None or api.lower() == name]

    def _told(self, api: str) -> dict[str, Any]:
        limit, used = self.limits[api], self._used[api]
        reset = datetime.fromtimestamp(self._ends, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        rate = {"count": used, "limit": limit, "remaining": max(0, limit - used), "reset": reset, "timeWindow": DAY_S}
        resource = {"name": f"sell.{api}", "rates": [rate]}
        return {"apiContext": "sell", "apiName": api.title(), "apiVersion": "v1", "resources": [resource]}


def too_many(retry_after_s: float | None = None) -> Any:
    """429, which says when to come back only where something in front of the API does."""
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
    return refused(429, 2001, "Too many requests. The request limit has been reached for the resource.", domain="ACCESS", headers=headers)
