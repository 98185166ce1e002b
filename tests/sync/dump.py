"""Every row that tells of shops, as it stands: what a dry run must leave as it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from db import schema
from db.engine import begin

# The ledger's own tables, which any job writes; what consumers say of themselves; and the tokens that whoever asks a platform may have to renew.
NOT_OF_SHOPS = {
    "jobs", "job_attempts", "job_log", "job_refs", "sync_runs", "requests", "failure_groups", "rollups", "options", "consumers", "replica_heartbeat",
    "store_credentials",
}  # fmt: skip


def of_shops() -> dict[str, list[Any]]:
    """Table → its rows."""
    found = {}
    with begin() as conn:
        for name, table in schema.metadata.tables.items():
            if name not in NOT_OF_SHOPS:
                left_out = {"renewing_by", "renewing_until"}
                columns = [column for column in table.c if column.name not in left_out]
                found[name] = [tuple(row) for row in conn.execute(select(*columns).order_by(*table.primary_key))]
    return found
