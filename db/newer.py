"""Whether what is stored was asked for later than what somebody holds in their hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from db.record_pages import SHAPES


def are_newer(conn: Connection, store_id: int, stream: str, external_ids: Sequence[str], than: datetime) -> bool:
    """Whether each of these records is stored as it was asked for at that time or later. Index: the unique key."""
    table = SHAPES[stream].table
    later = (table.c.store_id == store_id, table.c.external_id.in_(external_ids), table.c.observed_at >= than)
    return bool(conn.scalar(select(func.count()).select_from(table).where(*later)) == len(set(external_ids)))
