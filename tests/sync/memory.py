"""What we hold of a store, to be laid beside the truth."""

from __future__ import annotations

from sqlalchemy import select

from db import schema
from db.engine import begin
from tests.shops import TestStore


def held(store: TestStore, table_name: str) -> dict[str, dict]:
    """The live rows of a table, by external id."""
    table = schema.metadata.tables[table_name]
    with begin() as conn:
        rows = conn.execute(select(table).where(table.c.store_id == store.id, table.c.deleted_at.is_(None)))
        return {row.external_id: dict(row._mapping) for row in rows}


def counted(store: TestStore) -> dict[str, tuple[int, int]]:
    """Stream → (live, children), as the board shows them."""
    stats = schema.store_stream_stats
    with begin() as conn:
        return {row.stream: (row.live, row.children) for row in conn.execute(select(stats).where(stats.c.store_id == store.id))}


def differences(store: TestStore, truth: dict[str, dict[str, dict]]) -> list[str]:
    """What is not as the platform says, one line each; empty when all is."""
    found = []
    for table_name, rows in truth.items():
        ours = held(store, table_name)
        found += [f"{table_name} {key}: missing" for key in rows.keys() - ours.keys()]
        found += [f"{table_name} {key}: not on the platform" for key in ours.keys() - rows.keys()]
        for key in rows.keys() & ours.keys():
            found += [
                f"{table_name} {key}.{field}: {ours[key][field]!r} instead of {value!r}"
                for field, value in rows[key].items()
                if ours[key][field] != value
            ]
    boards = {
        "products": ("products", "variants"),
        "orders": ("orders", "order_lines"),
        "inventory": ("inventory_levels", None),
        "customers": ("customers", None),
    }
    for stream, (live, children) in counted(store).items():
        parent, child = boards[stream]
        if live != len(truth[parent]) or (child and children != len(truth[child])):
            found.append(f"board {stream}: {live} and {children} instead of {len(truth[parent])} and {len(truth[child]) if child else 0}")
    return found
