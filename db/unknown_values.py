"""Values of a platform that we have no word for: counted, so that each can be raised once and given its word."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, update

from db.columns import db_now
from db.schema import unknown_values as table

RECENT_S = 7 * 86_400.0  # what nobody has sent for so long has gone, or has its word by now
is_recent = func.coalesce(table.c.last_seen_at, table.c.first_seen_at) > db_now(-RECENT_S)


def count(conn: Connection, store_id: int, seen: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Add these sightings, (field, value) → how often; those that were new."""
    new = []
    for (field, value), times in seen.items():
        row = (table.c.store_id == store_id, table.c.field == field, table.c.value == value[:64])
        if not conn.execute(update(table).where(*row).values(seen=table.c.seen + times, last_seen_at=db_now())).rowcount:
            conn.execute(insert(table).values(store_id=store_id, field=field, value=value[:64], seen=times, last_seen_at=db_now()))
            new.append((field, value))
    return new


def of_all(conn: Connection) -> list[tuple[int, str, str, int]]:
    """(store, field, value, times) of all that were seen within a week."""
    return [tuple(row) for row in conn.execute(select(table.c.store_id, table.c.field, table.c.value, table.c.seen).where(is_recent))]
