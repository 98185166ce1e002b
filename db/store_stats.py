"""What each store has of each stream: counts that move with every page, so that nobody ever counts a big table, and how the last run ended."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.job_state import Verdict
from db.schema import store_stream_stats as stats


def _row(store_id: int, stream: str) -> ColumnElement[bool]:
    return and_(stats.c.store_id == store_id, stats.c.stream == stream)


def ensure(conn: Connection, store_id: int, stream: str) -> None:
    """Make sure that the row is there."""
    if conn.scalar(select(stats.c.store_id).where(_row(store_id, stream))) is not None:
        return
    with suppress(IntegrityError), conn.begin_nested():  # another run of the stream may be first
        conn.execute(insert(stats).values(store_id=store_id, stream=stream))


def lock(conn: Connection, store_id: int, stream: str) -> None:
    """Let one transaction at a time write records of this stream: two runs that find the same record missing would count it twice."""
    conn.execute(select(stats.c.store_id).where(_row(store_id, stream)).with_for_update())


def adjust(conn: Connection, store_id: int, stream: str, *, live: int = 0, children: int = 0, deleted: int = 0, rejected: int = 0) -> None:
    """Move the counts by these differences."""
    moved = {"live": live, "children": children, "deleted": deleted, "rejected": rejected}
    if any(moved.values()):
        conn.execute(update(stats).where(_row(store_id, stream)).values({name: stats.c[name] + by for name, by in moved.items() if by}))


def watermark(conn: Connection, store_id: int, stream: str) -> datetime | None:
    """Up to when the stream is complete, on the platform's clock; None before the first complete run."""
    return conn.scalar(select(stats.c.watermark).where(_row(store_id, stream)))


def put_watermark(conn: Connection, store_id: int, stream: str, moment: datetime | None) -> None:
    """Set it by hand; the row has to be there."""
    conn.execute(update(stats).where(_row(store_id, stream)).values(watermark=moment))


def is_full_due(conn: Connection, store_id: int, stream: str) -> bool:
    """Whether a full run was due while another one was at work."""
    return bool(conn.scalar(select(stats.c.full_due).where(_row(store_id, stream))))


def owe_full(conn: Connection, store_id: int, stream: str) -> None:
    """Let the next run that reads what has changed read everything."""
    ensure(conn, store_id, stream)
    conn.execute(update(stats).where(_row(store_id, stream)).values(full_due=True))


def full_done(conn: Connection, store_id: int, stream: str) -> None:
    """Everything has been read."""
    conn.execute(update(stats).where(_row(store_id, stream), stats.c.full_due).values(full_due=False))


def finished(
    conn: Connection,
    store_id: int,
    stream: str,
    *,
    job_id: int,
    verdict: Verdict,
    reason: str,
    watermark: datetime | None,
    platform_total: int | None,
) -> None:
    """How a run ended; `watermark` and `platform_total` None leave what was there. A stream that is complete but for what its platform hides is fresh."""
    told: dict[str, object] = {
        "last_verdict": verdict, "last_reason": reason[:512], "last_job_id": job_id, "last_finished_at": db_now(),
        "failed_in_a_row": 0 if verdict in (Verdict.SUCCESS, Verdict.PARTIAL) else stats.c.failed_in_a_row + 1,
    }  # fmt: skip
    if verdict is Verdict.SUCCESS or watermark is not None:
        told["last_success_at"] = db_now()
    if watermark is not None:
        told["watermark"] = watermark
    if platform_total is not None:
        told["platform_total"] = platform_total
    conn.execute(update(stats).where(_row(store_id, stream)).values(told))


def has_records(conn: Connection, store_id: int, stream: str) -> bool:
    """Whether the stream has had records."""
    return bool(conn.scalar(select(stats.c.live + stats.c.deleted).where(_row(store_id, stream))))


def live(conn: Connection, store_id: int, stream: str) -> int:
    """How many live records the board shows."""
    return int(conn.scalar(select(stats.c.live).where(_row(store_id, stream))) or 0)


def rejected(conn: Connection, store_id: int, stream: str) -> int:
    """How many records are kept aside."""
    return int(conn.scalar(select(stats.c.rejected).where(_row(store_id, stream))) or 0)
