"""Alerts: what is wrong is looked for by every consumer, told once a cause, and told again when it is over."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import alert_facts, alerts, audit, jobs, options
from db.engine import begin
from settings import settings
from tasks import alert_rules, huey_app, quieting
from tasks.bad_request import BadRequest
from tasks.channels import ENDED_TITLE, notice_of, send
from tasks.endings import JobFailed
from tasks.ledger import KINDS, execute, job
from tasks.run import Run

log = logging.getLogger("quayside.alerts")

EVERY_S = 30.0


def look() -> list[int]:
    """Look what is wrong, if nobody has within 30 seconds, and ask workers to tell it; the jobs that tell.

    Raises: DatabaseAway.
    """
    made: list[tuple[int, str, int]] = []
    with begin() as conn:
        if not alerts.take_turn(conn, every_s=EVERY_S):
            return []
        told = _note(conn)
        began, ended = told.began, told.ended
        if not began and not ended:
            return []
        kind = KINDS["tell_alerts"]
        for channel in alerts.channels(conn, enabled_only=True):
            new = jobs.NewJob(
                name=kind.name, queue=kind.queue, args={"channel_id": channel["id"], "began": began, "ended": ended}, requested_by="alerts",
                max_attempts=kind.attempts, priority=30,
            )  # fmt: skip
            job_id, _ = jobs.add(conn, new, repush_s=settings().repush_s)
            made.append((job_id, kind.name, 30))
        if made:
            alerts.told(conn, began, ended)
    log.info("alerts began=%d ended=%d channels=%d", len(began), len(ended), len(made))
    huey_app.push(made)
    return [job_id for job_id, _, _ in made]


def _note(conn: Connection) -> alerts.Told:
    changed, facts = options.changed(conn), alert_facts.gather(conn)
    left: Mapping[str, Any] = changed[alerts.LOOKED]["value"] or {}
    standing = alert_rules.in_force(changed)
    found = alert_rules.causes(facts, standing)
    replaced = {key for cause in found for key in cause.instead_of}
    told = alerts.record(
        conn, [(cause.rule, cause.key, cause.severity, cause.sentence) for cause in found],
        replaced=replaced | alert_rules.no_more(facts, alert_rules.as_left(left.get("rules")), standing),
        off={name for name, one in standing.items() if not one.is_on}, quiet_until=quieting.end_of(changed, facts.now), held=left.get("held", ()),
    )  # fmt: skip
    leaves = {"rules": alert_rules.to_leave(standing), "held": told.held}
    if leaves != left:
        alerts.leave(conn, leaves)
    return told


def look_without_workers() -> None:
    """The same from a console while no consumer is alive: it tells by itself, since nobody else would, again where a channel failed.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        if alert_facts.gather(conn).is_alive:
            return
    look()
    kind = KINDS["tell_alerts"]
    with begin() as conn:
        due = alerts.due_tellings(conn, name=kind.name, queue=kind.queue)
    for job_id in due:
        execute(kind, job_id)


@job(queue="system", attempts=6, retry_delay_s=10.0, retry_factor=3.0, time_limit_s=120.0)
def tell_alerts(run: Run, channel_id: int, began: Sequence[int], ended: Sequence[int]) -> Mapping[str, Any]:
    """Tell one channel of alerts that began and that ended."""
    with begin() as conn:
        channel = alerts.channel(conn, channel_id)
        if channel is None or not channel["is_enabled"]:
            raise JobFailed("The channel is not there any more.", hint="Nothing is to be done.", reason_code="config", may_retry=False)
        now_wrong, over = alerts.by_ids(conn, began), alerts.by_ids(conn, ended)
    for title, rows in (("", now_wrong), (ENDED_TITLE, over)):
        if rows:
            send(channel, notice_of(rows, title))
    return {"channel": channel["name"], "began": len(now_wrong), "ended": len(over)}


def recent_alerts(*, limit: int = 100) -> list[dict[str, Any]]:
    """Alerts, those that last first, then the newest: id, rule, cause, severity (person, passing), sentence, seen, began_at, last_seen_at, ended_at, silenced_until.

    Raises: DatabaseAway.
    """
    return alerts.recent(limit=limit)


def silence_alert(alert_id: int, *, until: datetime | None, by: str) -> None:
    """Tell nobody of this cause until then, even when it ends and comes again; None: tell again, and at the next look what lasts.

    Raises: BadRequest, DatabaseAway.
    """
    if until is not None and until.tzinfo is None:
        raise BadRequest("until", f"{until} has no time zone; pass an aware time.")
    with begin() as conn:
        if until is not None and until <= jobs.clock(conn):
            raise BadRequest("until", f"until {until.isoformat()} is over already; choose a time to come.")
        if not alerts.silence(conn, alert_id, until, by=by):
            raise BadRequest("alert_id", f"There is no alert {alert_id}.")
        audit.write(
            conn, person=by, action="silence_alert", target=f"alert:{alert_id}", detail={"until": until.isoformat() if until else None}
        )
