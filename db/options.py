"""Settings that a person may change while all runs: the value here outweighs the environment's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from db.columns import db_now
from db.insert_or import insert_or_change
from db.schema import options
from settings import settings


def value(conn: Connection, name: str) -> Any:
    """What a person has set, else what the settings say."""
    known = conn.scalar(select(options.c.value).where(options.c.name == name))
    return getattr(settings(), name) if known is None else known


def changed(conn: Connection) -> dict[str, dict[str, Any]]:
    """Name → `value`, `changed_by` and `changed_at` of each that a person has set."""
    return {row.name: dict(row._mapping) for row in conn.execute(select(options))}


def put(conn: Connection, name: str, new: Any, *, by: str) -> None:
    """Set one."""
    told = {"value": new, "changed_by": str(by)[:255], "changed_at": db_now()}
    insert_or_change(conn, options, "name", {"name": name, **told}, told)


def drop(conn: Connection, name: str) -> None:
    """Back to what the settings say."""
    conn.execute(delete(options).where(options.c.name == name))
