"""Turns records into the rows that a driver takes: each value checked and converted once.

SQLite takes any length and MySQL refuses a whole page for one text, so what fits is decided here, for each record.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Dialect, Integer, String, Table, TypeDecorator

from db.columns import Money, UtcTime, money

_INT = 2**31

Encode = Callable[[Any], Any]


class DoesNotFit(Exception):
    """A value that the table cannot keep as it is; the text names field, value and rule."""


def _text(name: str, length: int | None) -> Encode:
    def encode(value: Any) -> Any:
        if length is not None and len(value) > length:
            raise DoesNotFit(f"{name} has {len(value)} characters; {length} can be kept.")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise DoesNotFit(f"{name} contains half a character (a lone surrogate).") from None
        return str(value)  # of an enum, its value

    return encode


def _int(name: str) -> Encode:
    def encode(value: Any) -> Any:
        if not -_INT <= value < _INT:
            raise DoesNotFit(f"{name} is {value}; numbers from {-_INT} to {_INT - 1} can be kept.")
        return value

    return encode


def _money(name: str) -> Encode:
    def encode(value: Any) -> Any:
        try:
            return _money_text(value)
        except (ValueError, ArithmeticError):
            raise DoesNotFit(f"{name} is {value}; 15 digits before and 4 after the point can be kept.") from None

    return encode


@lru_cache(maxsize=4096, typed=True)  # prices are few and come often; typed, since 1.0 is equal to Decimal(1) and must be refused
def _money_text(value: Decimal) -> str:
    if not isinstance(value, Decimal):
        raise ValueError(f"{value!r} is not a Decimal; money never is a float")
    return f"{money(value):f}"


@lru_cache(maxsize=1024)  # a record and its children mostly share theirs
def time_text(value: datetime | None) -> str | None:
    """A time as all three databases take it.

    Raises: ValueError for a naive one.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; pass an aware time")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def stored_time(value: str | datetime | None) -> datetime | None:
    """A time as a driver gave it, aware."""
    if value is None:
        return None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def _encoder(table: Table, name: str, dialect: Dialect) -> Encode:
    kind = table.c[name].type
    inner = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(kind, Money):
        return _money(name)
    if isinstance(kind, UtcTime):
        return time_text
    if isinstance(inner, String) and kind.python_type is str:
        return _text(name, getattr(inner, "length", None))
    if type(inner) is Integer:
        return _int(name)
    return kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


_OURS = {
    "id", "store_id", "created_at", "user_id", "observed_at", "content_hash", "raw", "deleted_at", "delete_evidence", "last_job_id",
    "source_updated_at",
}  # fmt: skip


class Form:
    """How records of one class become rows of one table: `columns`, and the values for them in the same order."""

    def __init__(self, table: Table, kind: type, dialect: Dialect) -> None:
        self.columns = tuple(column.name for column in table.c if column.name not in _OURS and hasattr(kind, column.name))
        self._encoders = [_encoder(table, name, dialect) for name in self.columns]
        self._read = attrgetter(*self.columns)

    def values(self, record: object) -> list[Any]:
        """The record's fields as the driver takes them.

        Raises: DoesNotFit.
        """
        told = zip(self._encoders, self._read(record))  # noqa: B905  # as many of the one as of the other
        return [None if value is None else encode(value) for encode, value in told]


@cache
def form(table: Table, kind: type, dialect: Dialect) -> Form:
    """The form of a class of records in a table; made once. Columns that such records do not have are left out, and NULL."""
    return Form(table, kind, dialect)
