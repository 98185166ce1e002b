"""What we hold of a store, to be laid beside the truth."""

from __future__ import annotations

from sqlalchemy import select

from db import schema
from db.engine import begin
from tests.shops import TestStore
from tests.sync.telling import UNTOLD

# What no platform tells: how a row came to us, and what other programs write.
OUR_OWN = {
    "id", "store_id", "external_id", "observed_at", "content_hash", "raw", "deleted_at", "delete_evidence", "last_job_id", "user_id", "created_at",
}  # fmt: skip


PARENTS = {
    "variants": ("products", "product_external_id"),
    "order_lines": ("orders", "order_external_id"),
    "refunds": ("orders", "order_external_id"),
}


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


def _told_of(truth: dict[str, dict[str, dict]], table_name: str, key: str, field: str):
    row = truth[table_name][key]
    if field == "source_updated_at" and field not in row and table_name in PARENTS:
        parent, name = PARENTS[table_name]
        return truth[parent][row[name]][field]  # a child without a time of its own is as old as its parent
    return row.get(field)


def differences(store: TestStore, truth: dict[str, dict[str, dict]]) -> list[str]:
    """What is not as the platform says, one line each; empty when all is. A field that the truth leaves out has to be NULL."""
    found = []
    for table_name, rows in truth.items():
        ours = held(store, table_name)
        found += [f"{table_name} {key}: missing" for key in rows.keys() - ours.keys()]
        found += [f"{table_name} {key}: not on the platform" for key in ours.keys() - rows.keys()]
        for key in rows.keys() & ours.keys():
            found += [
                f"{table_name} {key}.{field}: {ours[key][field]!r} instead of {value!r}"
                for field in ours[key].keys() - OUR_OWN
                for value in [_told_of(truth, table_name, key, field)]
                if value is not UNTOLD and ours[key][field] != value
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
