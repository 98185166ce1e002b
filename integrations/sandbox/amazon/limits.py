"""Usage plans: one token bucket per operation, filled at the documented default or, for a seller with raised limits, faster."""

from __future__ import annotations

from integrations.sandbox.amazon.refusal import quota

DOCUMENTED = "documented"  # the plan of that name has the defaults; any other has RAISED times as much
RAISED = 100
PLANS = {  # operation → calls a second, burst
    "searchOrders": (0.0056, 20.0),
    "getOrder": (0.5, 30.0),
    "searchListingsItems": (5.0, 5.0),
    "getListingsItem": (5.0, 10.0),
    "getInventorySummaries": (2.0, 2.0),
    "createReport": (0.0167, 15.0),
    "getReport": (2.0, 15.0),
    "getReportDocument": (0.0167, 15.0),
}


class Quotas:
    """The buckets of one seller and one application."""

    def __init__(self, plan: str) -> None:
        factor = 1 if plan == DOCUMENTED else RAISED
        self.plans = {name: (rate * factor, burst * factor) for name, (rate, burst) in PLANS.items()}
        self._levels: dict[str, tuple[float, float]] = {}  # operation → level, when

    def take(self, operation: str, now: float) -> None:
        """Raises: Refusal (429) when the bucket is empty."""
        rate, burst = self.plans[operation]
        level, at = self._levels.get(operation, (burst, now))
        level = min(burst, level + max(now - at, 0.0) * rate)
        if level + 1e-9 < 1:
            self._levels[operation] = level, now
            raise quota()
        self._levels[operation] = level - 1, now

    def told(self, operation: str) -> str:
        """As `x-amzn-RateLimit-Limit` tells it."""
        return f"{self.plans[operation][0]:g}"
