"""Schedules: one periodic Huey task a minute looks what is due and asks for it, as a person would."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from huey import crontab
from sqlalchemy import Connection

from db import jobs, line, schedules, store_stats, stores
from db.engine import DatabaseAway, begin, in_transaction
from db.stores import Store
from integrations import CONNECTORS
from integrations.connector import STREAMS
from settings import settings
from tasks import cron, housekeeping, huey_app
from tasks.bad_request import BadRequest
from tasks.ledger import KINDS, Requested
from tasks.sync import SCHEDULED

log = logging.getLogger("quayside.schedules")

_MOST_MISSED = 10_000
_ASTRAY = timedelta(hours=1)  # behind its next time; a schedule that is due so much later was written while a clock stood wrong


def defaults() -> dict[str, str]:
    """Stream (or all) → cron, as the settings say; "off" is no schedule."""
    config = settings()
    return {
        "products": config.schedule_products, "orders": config.schedule_orders, "inventory": config.schedule_inventory,
        "customers": config.schedule_customers, "all": config.schedule_all,
    }  # fmt: skip


def install() -> None:
    """Write the default schedules down, or change them to what the settings say now; what a person has changed stays.

    Raises: BadRequest for a schedule that is not understood, DatabaseAway.
    """
    for stream in defaults():
        in_transaction(partial(install_one, stream=stream))  # consumers that start at the same moment write the same rows


def install_one(conn: Connection, stream: str) -> None:
    """The default schedule of one stream, see install."""
    when, zone = defaults()[stream], settings().schedule_time_zone
    if when == "off":
        schedules.drop_default(conn, stream)
    else:
        schedules.put(conn, stream=stream, cron=when, time_zone=zone, next_at=cron.next_time(when, zone, jobs.clock(conn)))


def look() -> int:
    """Ask for every sync whose time has come, once however many consumers look; how many jobs that made.

    A time that was missed is caught up once, not once for each time.
    """
    with begin() as conn:
        found = schedules.due(conn)
        _mend(conn)
    made = 0
    for schedule in found:
        try:
            new, due = in_transaction(partial(_ask_if_due, schedule=schedule))
        except BadRequest as error:  # another program has written it; the others are due all the same
            log.error("schedule broken id=%d error=%s", schedule["id"], error)
            continue
        huey_app.push(due)
        made += new
    if made:
        log.info("schedules due jobs=%d", made)
    return made


def _ask_if_due(conn: Connection, schedule: Mapping[str, Any]) -> tuple[int, Sequence[line.Due]]:
    """(How many new jobs, what to push); none where another consumer was first."""
    now = jobs.clock(conn)
    following, missed = schedule["next_at"], -1
    while following <= now and missed < _MOST_MISSED:
        following, missed = cron.next_time(schedule["cron"], schedule["time_zone"], following), missed + 1
    if following <= now:
        following = cron.next_time(schedule["cron"], schedule["time_zone"], now)
    if not schedules.take(conn, schedule, following, missed=missed):
        return 0, []
    made = [int(job) for job in ask(conn, schedule, schedule["next_at"]) if job.is_new]
    return len(made), line.to_push(conn, made)


def _mend(conn: Connection) -> None:
    """A clock that stood wrong for a while may have left a schedule due much too late; it is due at its next time again."""
    now = jobs.clock(conn)
    for schedule in schedules.waiting(conn):
        with suppress(BadRequest):
            nearest = cron.next_time(schedule["cron"], schedule["time_zone"], now)
            if nearest + _ASTRAY < schedule["next_at"] and schedules.pull_back(conn, schedule, nearest):
                log.warning("schedule mended id=%d from=%s to=%s", schedule["id"], schedule["next_at"].isoformat(), nearest.isoformat())


def ask(conn: Connection, schedule: Mapping[str, Any], at: datetime, *, by: str = "schedule", priority: int = SCHEDULED) -> list[Requested]:
    """Write down the jobs of one run of a schedule; those that are unfinished already are returned as they are.

    A stream that is due in full and is being read already is read in full the next time.
    """
    is_all = schedule["stream"] == "all"
    found = []
    for store in _stores_of(conn, schedule):
        facts = CONNECTORS[store.platform].streams if store.platform in CONNECTORS else {}
        for stream in STREAMS if is_all else (schedule["stream"],):
            if stream not in facts or not facts[stream].is_offered:
                continue
            kind = KINDS[f"sync_{stream}"]
            new = jobs.NewJob(
                name=kind.name, queue=kind.queue, args={"sync_all": True} if is_all else {}, requested_by=by, max_attempts=kind.attempts,
                store_id=store.id, stream=stream, priority=priority, dedupe_key=f"sync:{store.id}:{stream}",
                idempotency_key=f"{schedules.key_of(schedule['id'], at)}{store.id}:{stream}",
                metadata={"schedule": schedule["cron"], "schedule_id": schedule["id"], "due": at.isoformat()},
            )  # fmt: skip
            job_id, is_new = jobs.add(conn, new, repush_s=settings().repush_s)
            found.append(Requested(job_id, is_new=is_new))
            if is_all and not is_new and not _reads_all(conn, job_id):
                store_stats.owe_full(conn, store.id, stream)
    if found:
        schedules.change(conn, schedule["id"], last_job_id=int(found[-1]))
    return found


def _reads_all(conn: Connection, job_id: int) -> bool:
    row = jobs.get(conn, job_id)
    return row is not None and bool(row["args"].get("sync_all"))


def _stores_of(conn: Connection, schedule: Mapping[str, Any]) -> list[Store]:
    """A store's own schedule takes the place of the one for all stores, also while it is paused or disabled."""
    if schedule["store_id"] is not None:
        return [stores.by_id(conn, schedule["store_id"])]
    own = schedules.with_own(conn).get(schedule["stream"], set())
    return [store for store in stores.every(conn) if store.id not in own]


@huey_app.huey.periodic_task(crontab(minute="*"), name="look_at_schedules")  # type: ignore[untyped-decorator]  # Huey is untyped
def look_at_schedules() -> None:
    """Once a minute from each consumer, whose tick does it too where no worker is free; SQL lets one of them act."""
    try:
        look()
        housekeeping.look()
    except DatabaseAway as error:
        log.warning("schedules not looked at: %s", error)  # the tick does, as soon as it can
