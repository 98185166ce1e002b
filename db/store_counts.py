"""How much was here of each stream, noted once an hour from the totals by whichever consumer is first: what changed is told without counting again."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select

from db.columns import db_now
from db.schema import store_stream_counts as counts
from db.schema import store_stream_stats as stats

DAY_S = 86_400
earlier = counts.alias("earlier")  # the note that a stream's total is held against, see is_earlier


def is_due(conn: Connection) -> bool:
    """Whether nothing has been noted in this hour. Index: primary key."""
    newest = conn.scalar(select(counts.c.at_hour).order_by(counts.c.at_hour.desc()).limit(1))
    return newest is None or newest < _hour(conn.execute(select(db_now())).scalar_one())


def note(conn: Connection) -> int:
    """Note every stream's total; how many there are.

    Raises: sqlalchemy.exc.IntegrityError where another consumer was first.
    """
    now = conn.execute(select(db_now())).scalar_one()
    told = conn.execute(select(stats.c.store_id, stats.c.stream, stats.c.live).order_by(stats.c.store_id, stats.c.stream)).all()
    if told:
        conn.execute(insert(counts), [{"at_hour": _hour(now), "noted_at": now, **row._mapping} for row in told])
    return len(told)


def forget(conn: Connection, store_id: int, stream: str) -> None:
    """The stream's total was wrong nobody knows since when, so what was noted of it is no measure. Index: store_stream_counts_stream."""
    conn.execute(delete(counts).where(counts.c.store_id == store_id, counts.c.stream == stream))


def is_earlier() -> ColumnElement[bool]:
    """For a join of `earlier` to store_stream_stats: the newest note that is a day old; of a younger stream its oldest, which may be none.

    Indexes: primary key, store_stream_counts_stream.
    """
    every, of = counts.alias("every"), counts.alias("noted")
    is_a_day_old = (every.c.at_hour <= db_now(-DAY_S), every.c.noted_at <= db_now(-DAY_S))
    a_day_old = select(every.c.at_hour).where(*is_a_day_old).order_by(every.c.at_hour.desc()).limit(1)
    mine = select(of.c.at_hour).where(of.c.store_id == stats.c.store_id, of.c.stream == stats.c.stream).correlate(stats)
    then, oldest = mine.where(of.c.at_hour == a_day_old.scalar_subquery()), mine.order_by(of.c.at_hour).limit(1)
    hour = func.coalesce(then.scalar_subquery(), oldest.scalar_subquery())
    return and_(earlier.c.store_id == stats.c.store_id, earlier.c.stream == stats.c.stream, earlier.c.at_hour == hour)


def _hour(moment: datetime) -> datetime:
    return datetime.fromtimestamp(int(moment.timestamp()) // 3600 * 3600, UTC)
