"""Who did what to what, written in the transaction of the deed. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from db.schema import audit_log


def write(conn: Connection, *, person: str, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
    """One line."""
    conn.execute(insert(audit_log).values(person=person[:255], action=action, target=target[:255], detail=dict(detail or {})))
