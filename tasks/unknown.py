"""Finds the platform's words that we have no word for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from integrations.records import Record

_WORDS = {"status": "raw_status", "payment_status": "raw_payment_status", "fulfillment_status": "raw_fulfillment_status"}


def unknown_in(records: Iterable[Record]) -> Counter[tuple[str, str]]:
    """(field, raw value) → how often, of the statuses that were mapped to `unknown` although the platform said something."""
    found: Counter[tuple[str, str]] = Counter()
    for record in records:
        for field, raw_field in _WORDS.items():
            raw = getattr(record, raw_field, None)
            if raw and getattr(record, field, None) == "unknown":
                found[raw_field, raw] += 1
    return found
