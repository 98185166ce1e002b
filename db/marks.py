"""What changed when: moments to hold a chart against, new versions of the consumers and pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from db.columns import db_now
from db.reads import asking
from db.schema import audit_log, consumers

MOST = 20
_PAUSES = tuple(f"{verb}_{kind}" for verb in ("pause", "resume") for kind in ("everything", "queue", "store"))


def within(hours: int) -> list[dict[str, Any]]:
    """Marks of the last `hours`, oldest first, the newest MOST of each kind: `at`, `action` ("version", or of the audit log), `person`, `target`.

    Index: audit_action; reads the table of consumers, which is small. Raises: DatabaseAway.
    """
    with asking() as conn:
        start = conn.execute(select(db_now(-hours * 3_600))).scalar_one()
        first = func.min(consumers.c.started_at).label("at")
        versions = conn.execute(select(consumers.c.version, first).group_by(consumers.c.version).order_by(first)).all()
        found = [
            _mark(row.at, "version", "", row.version) for row in versions[1:] if row.at >= start
        ]  # the first one known changed nothing
        for action in _PAUSES:
            newest = select(audit_log).where(audit_log.c.action == action).order_by(audit_log.c.id.desc()).limit(MOST)
            found += [
                _mark(row.at, action, row.person, row.target) for row in conn.execute(newest) if row.at >= start and row.outcome == "done"
            ]
    return sorted(found, key=lambda mark: mark["at"])


def _mark(at: datetime, action: str, person: str, target: str) -> dict[str, Any]:
    return {"at": at, "action": action, "person": person, "target": target, "detail": None, "outcome": "done"}
