"""How old each stream may become before it is late."""

from __future__ import annotations

from datetime import datetime, timedelta

PROMISES = {  # stream → how old its last success may be
    "products": timedelta(hours=24),
    "orders": timedelta(minutes=30),
    "inventory": timedelta(hours=1),
    "customers": timedelta(days=7),
}


def is_late(stream: str, last_success_at: datetime | None, now: datetime) -> bool:
    """Whether a stream that was complete once is older than its promise."""
    return last_success_at is not None and now - last_success_at > PROMISES[stream]
