"""How the truths of all platforms are told: the tables, and amounts and times as rows hold them. Nothing of ours is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

UNTOLD = object()  # a value that the platform's answers leave open
Tables = dict[str, dict[str, dict]]  # table → external id → field → value


def no_rows() -> Tables:
    return {name: {} for name in ("products", "variants", "inventory_levels", "orders", "order_lines", "refunds", "customers")}


def amount(text) -> Decimal | None:
    return None if text in (None, "") else Decimal(text)


def utc(text) -> datetime | None:
    """A moment; one that names no zone is UTC."""
    if not text:
        return None
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def total(values: Iterable) -> object:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def agreed(values: Iterable) -> object:
    """What all of them say; open where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else UNTOLD


def lowest(values: Iterable) -> object:
    return min((value for value in values if value is not None), default=None)


def shared_out(whole: Decimal, units: int) -> Decimal:
    """What one of `units` costs, to the four places that we keep."""
    return (whole / units).quantize(Decimal("0.0001"), ROUND_HALF_UP)
