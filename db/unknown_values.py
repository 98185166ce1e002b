"""Values of a platform that we have no word for: counted, so that each can be raised once and given its word."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from db.schema import unknown_values as table


def count(conn: Connection, store_id: int, seen: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Add these sightings, (field, value) → how often; those that were new."""
    new = []
    for (field, value), times in seen.items():
        row = (table.c.store_id == store_id, table.c.field == field, table.c.value == value[:64])
        if not conn.execute(update(table).where(*row).values(seen=table.c.seen + times)).rowcount:
            conn.execute(insert(table).values(store_id=store_id, field=field, value=value[:64], seen=times))
            new.append((field, value))
    return new


def of_all(conn: Connection) -> list[tuple[int, str, str, int]]:
    """(store, field, value, times) of all that have been seen."""
    return [tuple(row) for row in conn.execute(select(table.c.store_id, table.c.field, table.c.value, table.c.seen))]
