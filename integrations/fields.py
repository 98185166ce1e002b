"""Reads single fields of a platform's row. Refuses rather than guesses: what cannot be stored exactly is Unmappable.

The limits are those of the tables that the records go to: money DECIMAL(19,4), ids VARCHAR(128), whole numbers 64 bits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from integrations.errors import Unmappable

MONEY_PLACES = Decimal("0.0001")
_LONG = 2**63
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)


def identifier(row: Mapping[str, Any], name: str = "id") -> str:
    """A required id, as text. Raises: Unmappable."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unmappable(f"The field {name} holds no id.")
    if len(str(value)) > 128:
        raise Unmappable(f"The field {name} holds an id of more than 128 characters.")
    return str(value)


def text(row: Mapping[str, Any], name: str) -> str | None:
    """Text, or None when absent, null or empty. Raises: Unmappable when it is something else."""
    value = row.get(name)
    if isinstance(value, str):
        return value or None
    if value is not None:
        raise Unmappable(f"The field {name} is no text.")
    return None


def whole(row: Mapping[str, Any], name: str) -> int | None:
    """A whole number, also when written as text ("12") or as 12.0; None when absent or null. Raises: Unmappable."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if type(value) is int and -_LONG < value < _LONG:
        return value
    number = _decimal(value, name)
    if number != number.to_integral_value() or abs(number) >= _LONG:
        raise Unmappable(f"The field {name} is no whole number: {str(value)[:40]}.")
    return int(number)


def money(row: Mapping[str, Any], name: str) -> Decimal | None:
    """An amount, exact; None when absent, null or "". Raises: Unmappable when DECIMAL(19,4) cannot hold it exactly."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if type(value) is str and (known := _known_amount(value)) is not None:
        return known
    return exact(_decimal(value, name), name)


@lru_cache(maxsize=4096)
def _known_amount(written: str) -> Decimal | None:
    """The amount; None when it is refused, which the caller says with the field's name. A shop's prices are few, and come often."""
    try:
        return exact(_decimal(written, ""), "")
    except Unmappable:
        return None


def exact(amount: Decimal, name: str) -> Decimal:
    """`amount` as DECIMAL(19,4) holds it. Raises: Unmappable when it does not fit exactly."""
    if abs(amount) >= Decimal(10) ** 15 or amount != amount.quantize(MONEY_PLACES):
        raise Unmappable(f"The field {name} is an amount that cannot be stored exactly: {str(amount)[:40]}.")
    return amount.quantize(MONEY_PLACES) if amount.as_tuple().exponent < -4 else amount  # type: ignore[operator]  # "n", "F" and "N" only for NaN and infinity, which _NUMBER refuses


def moment(row: Mapping[str, Any], name: str, *, is_naive_utc: bool = False) -> datetime | None:
    """A time as aware UTC; None when absent or null. A time without a zone is refused unless the platform means UTC by it.

    Raises: Unmappable.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unmappable(f"The field {name} is no time: {str(value)[:40]}.") from None
    if when.tzinfo is None:
        if not is_naive_utc:
            raise Unmappable(f"The field {name} is a time without a zone: {str(value)[:40]}.")
        return when.replace(tzinfo=UTC)
    return when if when.tzinfo is UTC else when.astimezone(UTC)


def rows(row: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A nested list of objects; empty when absent or null. Raises: Unmappable."""
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Unmappable(f"The field {name} is no list of objects.")
    return value


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, bool) or not isinstance(value, str | int) or not _NUMBER.fullmatch(str(value)):
        raise Unmappable(f"The field {name} is no number: {str(value)[:40]}.")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Unmappable(f"The field {name} is no number: {str(value)[:40]}.") from None
