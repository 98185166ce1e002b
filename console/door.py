"""Who the person at the screen is."""

from __future__ import annotations


def person() -> str:
    """The name that requests and cancellations are noted under."""
    return "console"
