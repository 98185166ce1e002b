"""One statement that inserts a row or changes the one that is there: without a savepoint, which a deadlock on MySQL would take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import mysql, sqlite


def insert_or_change(conn: Connection, table: Table, key: str, values: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    """Insert `values`; where a row with the same unique column `key` is there already, set `change` in it instead."""
    if conn.dialect.name == "sqlite":
        conn.execute(sqlite.insert(table).values(values).on_conflict_do_update(index_elements=[key], set_=dict(change)))
    else:
        conn.execute(mysql.insert(table).values(values).on_duplicate_key_update(dict(change)))
