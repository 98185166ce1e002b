"""The log lines of one job, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from db.reads import asking
from db.schema import job_log


def keep(conn: Connection, job_id: int, lines: Sequence[tuple[datetime, str, str]]) -> None:
    """Add lines, each (aware time, level, text)."""
    conn.execute(insert(job_log), [{"job_id": job_id, "at": at, "level": level[:8], "line": text[:1024]} for at, level, text in lines])


def of_job(job_id: int, *, before: int | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """The newest lines (id, at, level, line), oldest of them first; `before` is the id of the oldest that is there already. Index: job_log_job.

    Raises: DatabaseAway.
    """
    older = (job_log.c.id < before,) if before is not None else ()
    with asking() as conn:
        rows = conn.execute(select(job_log).where(job_log.c.job_id == job_id, *older).order_by(job_log.c.id.desc()).limit(limit)).all()
    return [{name: row._mapping[name] for name in ("id", "at", "level", "line")} for row in reversed(rows)]
