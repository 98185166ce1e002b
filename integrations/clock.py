"""The platform's clock, seen from ours: windows are cut on the platform's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class PlatformClock:
    """How far the platform's clock is ahead of ours, narrowed down by each answer's `Date` header.

    `Date` has whole seconds: it says that the platform's clock stood between Date and Date + 1 s at some moment between our
    sending and our receiving. Each answer is such an interval and the truth lies in all of them. After one call the error is
    at most half a second plus half the round trip; after some calls it is a fraction of that.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._low: float | None = None
        self._high = 0.0

    def learn(self, date_header: str | None, sent_at: float, received_at: float) -> None:
        """Take one answer's `Date` (RFC 9110), with our clock before and after the call in Unix seconds."""
        if (date := parse_http_date(date_header)) is None:
            return
        stamp = date.timestamp()
        low, high = stamp - received_at, stamp + 1 - sent_at
        if self._low is not None and max(low, self._low) <= min(high, self._high):
            low, high = max(low, self._low), min(high, self._high)
        # Otherwise a clock was set, or another of the platform's machines answered: the newest answer counts.
        self._low, self._high = low, high

    def time(self) -> datetime | None:
        """The platform's time now; None before the first answer with a `Date`."""
        if self._low is None:
            return None
        return datetime.fromtimestamp(self._now(), UTC) + timedelta(seconds=(self._low + self._high) / 2)


def parse_http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC; None when absent or unreadable."""
    try:
        date = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
