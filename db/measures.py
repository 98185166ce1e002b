"""The facts behind /metrics. They come from the database, so any number of consoles tell the same; each statement reads a small table or one index range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, select
from sqlalchemy.exc import DBAPIError, TimeoutError

from db import consumers, queues, rollups, schema
from db.columns import db_now, seconds_since
from db.engine import place, readers
from db.reads import asking
from db.schema import alerts, jobs, queue_pauses, replica_heartbeat, store_stream_stats, stores
from settings import settings

WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Lists of rows, at one moment. Times in seconds."""

    queues: Sequence[Mapping[str, Any]]  # see db.queues.depth
    finished: Sequence[Mapping[str, Any]]  # within the last hour, to five minutes: queue, state, verdict (empty: none), jobs, ran_s in all
    streams: Sequence[
        Mapping[str, Any]
    ]  # store, platform, stream, live, deleted, rejected, failed_in_a_row, age_s of the last success or None
    stores: Sequence[Mapping[str, Any]]  # store, platform, is_paused
    paused_queues: frozenset[str]  # * is the whole
    consumers: Sequence[Mapping[str, Any]]  # see db.consumers.recent
    alerts: Sequence[Mapping[str, Any]]  # open ones: rule, severity, alerts
    replicas: Mapping[str, float | None]  # where → how far behind, None: it does not answer


def gather() -> Measures:
    """Everything at once, from the primary. Indexes: jobs_state, jobs_finished, the rollups' primary key, the unique cause of open alerts.

    Raises: DatabaseAway.
    """
    stats = store_stream_stats
    counted = [stats.c[name] for name in ("stream", "live", "deleted", "rejected", "failed_in_a_row")]
    of_store = (stores.c.name.label("store"), stores.c.platform)
    with asking(fresh=True) as conn:

        def rows(statement: Any) -> list[Mapping[str, Any]]:
            return [dict(row._mapping) for row in conn.execute(statement)]

        return Measures(
            queues=queues.depth(conn),
            finished=_finished(conn),
            streams=rows(
                select(*of_store, *counted, seconds_since(stats.c.last_success_at).label("age_s")).join(stats, stats.c.store_id == stores.c.id)
            ),
            stores=rows(select(*of_store, case((stores.c.paused_at.is_(None), 0), else_=1).label("is_paused"))),
            paused_queues=frozenset(conn.scalars(select(queue_pauses.c.queue))),
            consumers=consumers.recent(conn),
            alerts=rows(
                select(alerts.c.rule, alerts.c.severity, func.count().label("alerts"))
                .where(alerts.c.active_cause.is_not(None))
                .group_by(alerts.c.rule, alerts.c.severity)
            ),
            replicas=lags(),
        )  # fmt: skip


def _finished(conn: Connection) -> list[Mapping[str, Any]]:
    """The last hour, to five minutes: what is counted already from the rollups, the rest from the jobs themselves."""
    begin = conn.execute(select(db_now(-WINDOW_S))).scalar_one()
    counted = max(rollups.counted_to(conn) or begin, begin)
    ran = func.sum(seconds_since(jobs.c.started_at) - seconds_since(jobs.c.finished_at))
    group = (jobs.c.queue, jobs.c.state, jobs.c.verdict)
    since = conn.execute(select(*group, func.count(), ran).where(jobs.c.finished_at >= counted).group_by(*group))
    of = schema.rollups.c
    before = conn.execute(
        select(of.queue, of.state, of.verdict, func.sum(of.jobs), func.sum(of.ran_ms) / 1000.0)
        .where(of.at >= rollups.floor(begin), of.at < counted)
        .group_by(of.queue, of.state, of.verdict)
    )
    found: dict[tuple[str, str, str], list[float]] = {}
    for queue, state, verdict, count, ran_s in [*before, *since]:
        sums = found.setdefault((queue, state, verdict or ""), [0, 0.0])
        sums[0], sums[1] = sums[0] + int(count), sums[1] + float(ran_s or 0.0)
    return [{"queue": key[0], "state": key[1], "verdict": key[2], "jobs": sums[0], "ran_s": sums[1]} for key, sums in sorted(found.items())]


def lags() -> dict[str, float | None]:
    """Each replica's place → seconds that it is behind, by the row that the consumers write on the primary; None where it does not answer."""
    found: dict[str, float | None] = {}
    for engine in () if settings().is_sqlite else readers():
        try:
            with engine.connect() as conn:
                behind = conn.scalar(select(seconds_since(replica_heartbeat.c.beat_at)))
            found[place(engine)] = None if behind is None else max(0.0, float(behind))
        except (DBAPIError, OSError, TimeoutError):
            found[place(engine)] = None
    return found
