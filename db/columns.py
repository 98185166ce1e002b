"""The kinds of column that must mean the same on MySQL, MariaDB and SQLite: time, money, ids; and the database's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Float, Integer, Numeric, String, Text, TypeDecorator, literal
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

MONEY_DIGITS = 4  # the Kuwaiti dinar has 3 decimals, no currency in use has more than 4


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; a naive one is refused, since nobody can say when it was."""

    impl = String(26)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """DATETIME(6) on the servers; on SQLite text with all six digits, so that order and equality are right."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(26))
        return dialect.type_descriptor(mysql.DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database.

        Raises: ValueError for a naive time.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; pass an aware time")
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(sep=" ", timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount: DECIMAL(19,4) on the servers, text on SQLite, whose numbers are floats."""

    impl = Numeric(19, MONEY_DIGITS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """See the class."""
        return dialect.type_descriptor(String(24) if dialect.name == "sqlite" else Numeric(19, MONEY_DIGITS))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """To the database.

        Raises: ValueError for a float or for more digits than are kept.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise ValueError(f"{value!r} is not a Decimal; money never is a float")
        exact = money(value)
        return f"{exact:f}" if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else Decimal(value)


def money(value: Decimal) -> Decimal:
    """`value` with four decimals.

    Raises: ValueError where digits would be lost.
    """
    exact = value.quantize(Decimal("0.0001"))
    if exact != value or abs(exact) >= Decimal(10) ** 15:
        raise ValueError(f"{value} cannot be kept exactly with 15 digits before and {MONEY_DIGITS} after the point")
    return exact


class ExactText(TypeDecorator[str]):
    """Text compared byte by byte, trailing blanks included, on all three databases ("Ab" is not "ab ")."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """SQLite compares bytes already; the servers need a collation, which has another name on each."""
        length = getattr(self.impl, "length")  # noqa: B009  # impl is an instance here, typed as the class
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(length))
        collation = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
        return dialect.type_descriptor(mysql.VARCHAR(length, charset="utf8mb4", collation=collation))


def long_text() -> Any:
    """Text of up to 16 MiB."""
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class db_now(FunctionElement[datetime]):  # noqa: N801  # reads as the SQL function that it is
    """The database's clock plus `seconds`: the only clock that leases, due times and heartbeats are measured by."""

    type = UtcTime()
    inherit_cache = True

    def __init__(self, seconds: Any = None) -> None:
        super().__init__(*(() if seconds is None else (literal(seconds) if isinstance(seconds, int | float) else seconds,)))


@compiles(db_now)
def _mysql_now(element: Any, compiler: Any, **kw: Any) -> str:
    shift = [compiler.process(clause, **kw) for clause in element.clauses]
    return f"(UTC_TIMESTAMP(6) + INTERVAL ROUND(({shift[0]}) * 1000000) MICROSECOND)" if shift else "(UTC_TIMESTAMP(6))"


@compiles(db_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    shift = [compiler.process(clause, **kw) for clause in element.clauses]
    if not shift:
        return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
    return f"(strftime('%Y-%m-%d %H:%M:%f000', 'now', ({shift[0]}) || ' seconds'))"


class seconds_since(FunctionElement[float]):  # noqa: N801  # as db_now
    """How long ago a moment was, in seconds, on the database's clock; less than 0 for one to come."""

    type = Float()
    inherit_cache = True


@compiles(seconds_since)
def _mysql_since(element: Any, compiler: Any, **kw: Any) -> str:
    return f"(TIMESTAMPDIFF(MICROSECOND, {compiler.process(element.clauses, **kw)}, UTC_TIMESTAMP(6)) / 1000000)"


@compiles(seconds_since, "sqlite")
def _sqlite_since(element: Any, compiler: Any, **kw: Any) -> str:
    return f"((julianday('now') - julianday({compiler.process(element.clauses, **kw)})) * 86400.0)"


big_id = mysql.BIGINT().with_variant(Integer(), "sqlite")  # SQLite counts up by itself only in an INTEGER PRIMARY KEY
