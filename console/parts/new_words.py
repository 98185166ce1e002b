"""Words of a platform that Quayside has no word for: said so that each can be given one."""

from __future__ import annotations

from collections.abc import Sequence

_FIELDS = {"raw_status": "status", "raw_payment_status": "payment status", "raw_fulfillment_status": "fulfilment status"}


def said(words: Sequence[tuple[str, str, int]], *, most: int = 3) -> str:
    """status FOO (12 times), payment status BAR (once), and 2 more."""
    told = [f"{_FIELDS.get(field, field)} {value} ({'once' if times == 1 else f'{times:,} times'})" for field, value, times in words[:most]]
    return ", ".join(told) + (f", and {len(words) - most} more" if len(words) > most else "")


def are_new(words: Sequence[tuple[str, str, int]], platform: str) -> str:
    """2 words of eBay are new to Quayside."""
    return f"{'One word' if len(words) == 1 else f'{len(words)} words'} of {platform} {'is' if len(words) == 1 else 'are'} new to Quayside"
