"""How old each stream may become before it is late: the promise that the console shows and the alerts keep."""

from __future__ import annotations

from datetime import datetime, timedelta

PROMISES = {  # stream → how old its last success may be
    "products": timedelta(hours=24),
    "orders": timedelta(minutes=30),
    "inventory": timedelta(hours=1),
    "customers": timedelta(days=7),
}
_PATIENCE = 1.25  # an alert waits this much longer: a schedule's next run may be under way


def is_late(stream: str, last_success_at: datetime | None, now: datetime) -> bool:
    """Whether a stream that was complete once is older than its promise."""
    return last_success_at is not None and now - last_success_at > PROMISES[stream]


def is_missed(stream: str, last_success_at: datetime, now: datetime) -> bool:
    """Whether a promise is broken for so long that somebody should be told."""
    return now - last_success_at > PROMISES[stream] * _PATIENCE
