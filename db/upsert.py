"""One statement a table that inserts rows or brings them up to date, and never lets an older one win.

Built by hand, since the assignments keep their order, which matters: MySQL assigns from left to right, so the columns of the guard
come last (RELIABILITY 4.4). SQLite is given tuples straight; for the servers many rows are written into one statement with PyMySQL's own
escapes, which is what its executemany does too, at more than twice the cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from pymysql.converters import escape_string
from sqlalchemy import Connection, Table

_KEY = ("store_id", "external_id")
_GUARD = ("observed_at", "source_updated_at")
_STATEMENT_CHARS = 1_000_000  # of rows, in one statement: a sixteenth of what a server takes by default
_PLAIN: Any = {"no_parameters": True}  # a % in it is a %


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
    newer = _newer("VALUES({})", "")
    changes = ", ".join(f"`{name}` = IF({newer}, VALUES(`{name}`), `{name}`)" for name in assigned)
    return f"INSERT INTO `{table.name}` ({names}) VALUES \n ON DUPLICATE KEY UPDATE {changes}"  # noqa: S608  # names come from the schema


def _literal(value: Any) -> str:
    """A value as it stands in a statement; our sessions' sql_mode has no NO_BACKSLASH_ESCAPES (db.servers)."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"'{escape_string(value)}'"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    if isinstance(value, int):
        return str(int(value))  # of a bool, 1 or 0
    raise TypeError(f"a {type(value).__name__} is no value for a row; db.fitting makes text of it")


def upsert(conn: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write the rows, as the driver takes them (db.fitting) and unique by store and external id; one older than the stored changes nothing.

    Sorted by key, so that two writers lock in one order.
    """
    place = columns.index("external_id")
    ordered = sorted(rows, key=lambda row: row[place])
    statement = _statement(table, columns, conn.dialect.name)
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(statement, ordered)
        return
    head, tail = statement.split("\n")
    written, size = [], 0
    for row in ordered:
        written.append(f"({','.join(map(_literal, row))})")
        size += len(written[-1])
        if size > _STATEMENT_CHARS:
            conn.exec_driver_sql(f"{head}{','.join(written)}{tail}", execution_options=_PLAIN)
            written, size = [], 0
    if written:
        conn.exec_driver_sql(f"{head}{','.join(written)}{tail}", execution_options=_PLAIN)
