"""Finds the platform's words that we have no word for."""

from __future__ import annotations

from collections import Counter

from integrations.connector import ReadPage

_WORDS = {"status": "raw_status", "payment_status": "raw_payment_status", "fulfillment_status": "raw_fulfillment_status"}


def unknown_in(page: ReadPage) -> Counter[tuple[str, str]]:
    """(field, raw value) → how often, of the statuses that were mapped to `unknown` although the platform said something."""
    found: Counter[tuple[str, str]] = Counter()
    for one in page.records:
        for field, raw_field in _WORDS.items():
            raw = getattr(one.record, raw_field, None)
            if raw and getattr(one.record, field, None) == "unknown":
                found[raw_field, raw] += 1
    return found
