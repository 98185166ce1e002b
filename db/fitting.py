"""Whether a record fits its table. SQLite takes any length and MySQL refuses a whole page for one text, so it is checked here, for each record."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Integer, String, Table, TypeDecorator

from db.columns import Money, money

_INT = 2**31


class DoesNotFit(Exception):
    """A value that the table cannot keep as it is; the text names field, value and rule."""


def _fits_text(name: str, length: int | None) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if length is not None and len(value) > length:
            raise DoesNotFit(f"{name} has {len(value)} characters; {length} can be kept.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise DoesNotFit(f"{name} contains half a character (a lone surrogate).") from None

    return check


def _fits_int(name: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not -_INT <= value < _INT:
            raise DoesNotFit(f"{name} is {value}; numbers from {-_INT} to {_INT - 1} can be kept.")

    return check


def _fits_money(name: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        try:
            money(value)
        except (ValueError, ArithmeticError):
            raise DoesNotFit(f"{name} is {value}; 15 digits before and 4 after the point can be kept.") from None

    return check


@cache
def _checks(table: Table, names: tuple[str, ...]) -> list[tuple[str, Callable[[Any], None] | None]]:
    found: list[tuple[str, Callable[[Any], None] | None]] = []
    for name in names:
        kind = table.c[name].type
        inner = kind.impl if isinstance(kind, TypeDecorator) else kind
        if isinstance(kind, Money):
            found.append((name, _fits_money(name)))
        elif isinstance(inner, String) and kind.python_type is str:
            found.append((name, _fits_text(name, getattr(inner, "length", None))))
        elif type(inner) is Integer:
            found.append((name, _fits_int(name)))
        else:
            found.append((name, None))
    return found


@cache
def record_columns(table: Table) -> tuple[str, ...]:
    """The columns that a record itself brings."""
    ours = {"id", "store_id", "created_at", "user_id", "observed_at", "content_hash", "raw", "deleted_at", "delete_evidence", "last_job_id"}
    return tuple(column.name for column in table.c if column.name not in ours)


def fitted(table: Table, record: object) -> dict[str, Any]:
    """The record's fields, by column, each of them checked; a field that the record does not have is NULL.

    Raises: DoesNotFit.
    """
    row: dict[str, Any] = {}
    for name, check in _checks(table, record_columns(table)):
        value = getattr(record, name, None)
        if value is not None and check is not None:
            check(value)
        row[name] = value
    return row
