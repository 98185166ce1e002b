"""One statement a table that inserts rows or brings them up to date, and never lets an older one win.

Built by hand and given tuples straight to the driver: PyMySQL sends them as few multi-row statements, and the assignments keep
their order, which matters: MySQL assigns from left to right, so the columns of the guard come last (RELIABILITY 4.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table

_KEY = ("store_id", "external_id")
_GUARD = ("observed_at", "source_updated_at")
_AT_ONCE = 500


def _newer(new: str, old: str) -> str:
    """SQL: the incoming row is at least as new; without a time of the platform's, the later observation wins."""
    source = f"{new.format('source_updated_at')} > {old}source_updated_at"
    tie = (
        f"({new.format('source_updated_at')} = {old}source_updated_at OR {new.format('source_updated_at')} IS NULL OR {old}source_updated_at IS NULL)"
        f" AND {new.format('observed_at')} >= {old}observed_at"
    )
    return f"({source} OR ({tie}))"


@cache
def _statement(table: Table, columns: tuple[str, ...], dialect_name: str) -> str:
    names = ", ".join(f"`{name}`" for name in columns)
    assigned = [name for name in columns if name not in (*_KEY, *_GUARD)] + list(_GUARD)
    if dialect_name == "sqlite":
        marks = ", ".join("?" * len(columns))
        changes = ", ".join(f"`{name}` = excluded.`{name}`" for name in assigned)
        return (
            f"INSERT INTO `{table.name}` ({names}) VALUES ({marks}) "  # noqa: S608  # names come from the schema
            f"ON CONFLICT (store_id, external_id) DO UPDATE SET {changes} WHERE {_newer('excluded.{}', f'{table.name}.')}"
        )
    marks = ", ".join(["%s"] * len(columns))
    newer = _newer("VALUES({})", "")
    changes = ", ".join(f"`{name}` = IF({newer}, VALUES(`{name}`), `{name}`)" for name in assigned)
    return f"INSERT INTO `{table.name}` ({names}) VALUES ({marks}) ON DUPLICATE KEY UPDATE {changes}"  # noqa: S608  # names come from the schema


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


@cache
def _converters(table: Table, columns: tuple[str, ...], dialect: Dialect) -> Sequence[Callable[[Any], Any]]:
    found = []
    for name in columns:
        kind = table.c[name].type
        convert = kind.dialect_impl(dialect).bind_processor(dialect)
        found.append(convert or _plain)
    return found


def upsert(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the rows (all with the same columns, unique by store and external id); a row older than the stored one changes nothing.

    Sorted by key, so that two writers lock in one order.
    """
    ordered = sorted(rows, key=lambda row: str(row["external_id"]))
    if not ordered:
        return
    columns = tuple(ordered[0])
    statement = _statement(table, columns, conn.dialect.name)
    converters = _converters(table, columns, conn.dialect)
    values = [tuple(convert(row[name]) for name, convert in zip(columns, converters, strict=True)) for row in ordered]
    for start in range(0, len(values), _AT_ONCE):
        conn.exec_driver_sql(statement, values[start : start + _AT_ONCE])
