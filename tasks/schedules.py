"""Schedules: one periodic Huey task a minute looks what is due and asks for it, as a person would."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from huey import crontab
from sqlalchemy import Connection

from db import jobs, schedules, stores
from db.engine import begin
from integrations import CONNECTORS
from integrations.connector import STREAMS
from settings import settings
from tasks import cron, huey_app
from tasks.ledger import KINDS
from tasks.sync import SCHEDULED

log = logging.getLogger("quayside.schedules")

_MOST_MISSED = 10_000


def defaults() -> dict[str, str]:
    """Stream (or all) → cron, as the settings say; "off" is no schedule."""
    config = settings()
    return {
        "products": config.schedule_products, "orders": config.schedule_orders, "inventory": config.schedule_inventory,
        "customers": config.schedule_customers, "all": config.schedule_all,
    }  # fmt: skip


def install() -> None:
    """Write the default schedules down, or change them to what the settings say now.

    Raises: BadRequest for a schedule that is not understood, DatabaseAway.
    """
    with begin() as conn:
        now = jobs.clock(conn)
        for stream, when in defaults().items():
            if when == "off":
                schedules.drop(conn, stream)
            else:
                zone = settings().schedule_time_zone
                schedules.put(conn, stream=stream, cron=when, time_zone=zone, next_at=cron.next_time(when, zone, now))


def look() -> int:
    """Ask for every sync whose time has come, once however many consumers look; how many jobs that made.

    A time that was missed is caught up once, not once for each time.
    """
    made: list[tuple[int, str, int]] = []
    with begin() as conn:
        now = jobs.clock(conn)
        for schedule in schedules.due(conn):
            following, missed = schedule["next_at"], -1
            while following <= now and missed < _MOST_MISSED:
                following, missed = cron.next_time(schedule["cron"], schedule["time_zone"], following), missed + 1
            if schedules.take(conn, schedule, following, missed=missed):
                made += _ask(conn, schedule)
    if made:
        log.info("schedules due jobs=%d", len(made))
    huey_app.push(made)
    return len(made)


def _ask(conn: Connection, schedule: Mapping[str, Any]) -> list[tuple[int, str, int]]:
    found = stores.every(conn) if schedule["store_id"] is None else [stores.by_id(conn, schedule["store_id"])]
    is_all = schedule["stream"] == "all"
    made = []
    for store in found:
        facts = CONNECTORS[store.platform].streams if store.platform in CONNECTORS else {}
        for stream in STREAMS if is_all else (schedule["stream"],):
            if stream not in facts or not facts[stream].is_offered:
                continue
            kind = KINDS[f"sync_{stream}"]
            new = jobs.NewJob(
                name=kind.name, queue=kind.queue, args={"sync_all": True} if is_all else {}, requested_by="schedule", max_attempts=kind.attempts,
                store_id=store.id, stream=stream, priority=SCHEDULED, dedupe_key=f"sync:{store.id}:{stream}",
                idempotency_key=f"schedule:{schedule['id']}:{schedule['next_at']:%Y%m%dT%H%M}:{store.id}:{stream}",
                metadata={"schedule": schedule["cron"], "due": schedule["next_at"].isoformat()},
            )  # fmt: skip
            job_id, is_new = jobs.add(conn, new, repush_s=settings().repush_s)
            if is_new:
                made.append((job_id, kind.name, SCHEDULED))
    return made


@huey_app.huey.periodic_task(crontab(minute="*"), name="look_at_schedules")  # type: ignore[untyped-decorator]  # Huey is untyped
def look_at_schedules() -> None:
    """Once a minute from each consumer; SQL lets one of them act."""
    look()
