"""The audit log, read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from db.reads import asking
from db.schema import audit_log


def newest(*, before: int | None = None, limit: int = 100, person: str | None = None, action: str | None = None) -> list[dict[str, Any]]:
    """Lines older than the id `before`, newest first. Indexes: primary key, audit_person, audit_action.

    Raises: DatabaseAway.
    """
    asked = [(audit_log.c.id < before) if before is not None else None, (audit_log.c.person == person) if person else None,
             (audit_log.c.action == action) if action else None]  # fmt: skip
    where = [each for each in asked if each is not None]
    with asking() as conn:
        return [dict(row._mapping) for row in conn.execute(select(audit_log).where(*where).order_by(audit_log.c.id.desc()).limit(limit))]
