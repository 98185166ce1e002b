"""Counts of finished jobs by five minutes, written once by whichever consumer is first, so that no chart reads the jobs of a whole day.

`options` keeps up to when all is counted. Its row is locked while the next five minutes are counted, and moves in the same transaction: any
number of consumers count each of them once. A job whose transaction ends late is found when the last RECOUNTED buckets are counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, case, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from db.columns import db_now
from db.reads import asking
from db.schema import jobs, options, rollups

BUCKET = timedelta(minutes=5)
SETTLED = timedelta(seconds=60)  # a bucket is counted this long after its end
RECOUNTED = 3  # buckets before that are counted again each time, for transactions that ended later than that
_NAME = "rolled_up_to"  # seconds since 1970
_KEY = [rollups.c[name] for name in ("queue", "store_id", "state", "verdict")]
_SUMS = ("jobs", "records", "ran_ms", "waited_ms")


class _ms_between(FunctionElement[int]):  # noqa: N801  # reads as the SQL function that it is
    """Whole milliseconds from the first moment to the second."""

    type = BigInteger()
    inherit_cache = True


@compiles(_ms_between)
def _on_servers(element: Any, compiler: Any, **kw: Any) -> str:
    begin, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(TIMESTAMPDIFF(MICROSECOND, {begin}, {end}) DIV 1000)"


@compiles(_ms_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    begin, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(ROUND((julianday({end}) - julianday({begin})) * 86400000) AS INTEGER)"


def floor(moment: datetime) -> datetime:
    """The begin of the five minutes that it falls into."""
    return datetime.fromtimestamp(int(moment.timestamp()) // 300 * 300, UTC)


def counted_to(conn: Connection) -> datetime | None:
    """Up to when all finished jobs are counted; None before the first. Index: primary key."""
    seconds = conn.scalar(select(options.c.value).where(options.c.name == _NAME))
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def is_due(conn: Connection) -> bool:
    """Whether there are five minutes to count."""
    done = counted_to(conn)
    return done is None or conn.execute(select(db_now())).scalar_one() >= done + BUCKET + SETTLED


def advance(conn: Connection) -> bool:
    """Count the next five minutes in which jobs finished, in the caller's transaction; whether there is more to count. Index: jobs_finished."""
    now = conn.execute(select(db_now())).scalar_one()
    locked = conn.execute(select(options.c.value).where(options.c.name == _NAME).with_for_update()).first()
    if locked is None:
        _begin(conn, now)
        return True
    done = datetime.fromtimestamp(int(locked[0]), UTC)
    last = floor(now - SETTLED)  # the first bucket that is not over
    if done >= last:
        return False
    first = conn.scalar(select(jobs.c.finished_at).where(jobs.c.finished_at >= done).order_by(jobs.c.finished_at).limit(1))
    reached = last if first is None else min(last, floor(first) + BUCKET)
    late = [done - BUCKET * (back + 1) for back in range(RECOUNTED)]
    for at in {*late, reached - BUCKET}:
        _count(conn, at)
    conn.execute(update(options).where(options.c.name == _NAME).values(value=int(reached.timestamp()), changed_at=db_now()))
    return reached < last


def _begin(conn: Connection, now: datetime) -> None:
    """Begin where the oldest job finished; another consumer may have done so in this moment."""
    oldest = conn.scalar(select(jobs.c.finished_at).where(jobs.c.finished_at.is_not(None)).order_by(jobs.c.finished_at).limit(1))
    try:
        with conn.begin_nested():
            conn.execute(insert(options).values(name=_NAME, value=int(floor(oldest or now).timestamp()), changed_by="quayside"))
    except IntegrityError:
        return


def _count(conn: Connection, at: datetime) -> None:
    """Write down what finished in the five minutes from `at`. What is there is only replaced by more: a purge takes no history away."""
    ran = func.sum(func.coalesce(_ms_between(jobs.c.started_at, jobs.c.finished_at), 0))
    in_time = case((jobs.c.started_at > jobs.c.run_at, _ms_between(jobs.c.run_at, jobs.c.started_at)), else_=0)
    group = (jobs.c.queue, func.coalesce(jobs.c.store_id, 0), jobs.c.state, func.coalesce(jobs.c.verdict, ""))
    sums = (func.count(), func.sum(func.coalesce(jobs.c.progress, 0)), ran, func.sum(in_time))
    span = (jobs.c.finished_at >= at, jobs.c.finished_at < at + BUCKET)
    found = {
        tuple(row[:4]): [int(number or 0) for number in row[4:]]
        for row in conn.execute(select(*group, *sums).where(*span).group_by(*group))
    }
    known = {tuple(row[:4]): int(row[4]) for row in conn.execute(select(*_KEY, rollups.c.jobs).where(rollups.c.at == at))}
    more = {key: numbers for key, numbers in found.items() if numbers[0] > known.get(key, 0)}
    if not more:
        return
    if again := [key for key in more if key in known]:
        conn.execute(delete(rollups).where(rollups.c.at == at, tuple_(*_KEY).in_(again)))
    names = [column.name for column in _KEY] + list(_SUMS)
    conn.execute(insert(rollups), [{"at": at, **dict(zip(names, [*key, *numbers], strict=True))} for key, numbers in sorted(more.items())])


def sums(hours: float, *, by: Sequence[str] = ("state",)) -> list[dict[str, Any]]:
    """What finished in the last `hours`, as far as it is counted, by columns of `rollups` (at, queue, store_id, state, verdict): `jobs`, `records`,
    `ran_ms` and `waited_ms`, in all. Index: primary key.

    Raises: DatabaseAway.
    """
    columns = [rollups.c[name] for name in by]
    with asking() as conn:
        found = conn.execute(
            select(*columns, *(func.sum(rollups.c[name]).label(name) for name in _SUMS))
            .where(rollups.c.at >= db_now(-hours * 3600)).group_by(*columns).order_by(*columns)
        )  # fmt: skip
        return [{**row._mapping, **{name: int(row._mapping[name]) for name in _SUMS}} for row in found]


def by_state(conn: Connection, begin: datetime, end: datetime, *, is_whole: bool = False) -> list[tuple[datetime, str, int]]:
    """(Begin of five minutes, final state, jobs) from `begin` to before `end`; with `is_whole` one sum a state, at `begin`. Index: primary key."""
    if begin >= end:
        return []
    span = (rollups.c.at >= begin, rollups.c.at < end)
    group = [rollups.c.state] if is_whole else [rollups.c.at, rollups.c.state]
    found = conn.execute(select(*group, func.sum(rollups.c.jobs).label("jobs")).where(*span).group_by(*group))
    return [(begin if is_whole else row.at, str(row.state), int(row.jobs)) for row in found]
