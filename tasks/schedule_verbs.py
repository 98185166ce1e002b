"""What people do to schedules, and how they see them. Each change survives the next start of a consumer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from db import audit, jobs, line, schedules, stores
from db.engine import begin
from db.reads import asking
from integrations.connector import STREAMS
from settings import settings
from tasks import cron, huey_app
from tasks.bad_request import BadRequest
from tasks.cron import Words
from tasks.ledger import Requested
from tasks.schedules import ask, defaults, install_one
from tasks.sync import MANUAL
from tasks.targets import check_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """One schedule as people see it; `store` None is all stores that have none of their own."""

    id: int
    store: str | None
    store_title: str | None
    stream: str  # a stream, or all: everything in full
    cron: str
    words: Words
    time_zone: str
    next_times: tuple[datetime, ...]  # three; none while it is disabled
    is_enabled: bool
    paused_until: datetime | None  # None also when the pause is over
    last_at: datetime | None
    last_job_id: int | None
    last_results: Mapping[str, int]  # of the last run's jobs: verdict, or else state → how many
    missed: int  # times at which no consumer ran; each gap was caught up once
    changed_by: str | None  # None: as the settings say
    settings_say: str | None  # the cron of the settings, "off", or None for a store's own
    replaced_for: int  # stores that have their own instead of this one


def list_schedules(store: str | None = None, *, limit: int = 500) -> list[ScheduleView]:
    """Every schedule, those for all stores first; with `store` its own and those for all.

    Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        now, own = jobs.clock(conn), schedules.with_own(conn)
        return [_view(row, now, own, schedules.last_run(conn, row)) for row in schedules.every(conn, store=store, limit=limit)]


def _view(row: Mapping[str, Any], now: datetime, own: Mapping[str, set[int]], results: Mapping[str, int]) -> ScheduleView:
    is_default, paused = row["store_id"] is None, row["paused_until"]
    first = row["next_at"]
    shown = (first, *cron.next_times(row["cron"], row["time_zone"], max(first, now), 2)) if row["is_enabled"] else ()
    same = ("id", "store", "store_title", "stream", "cron", "time_zone", "is_enabled", "last_at", "last_job_id", "missed", "changed_by")
    return ScheduleView(
        **{name: row[name] for name in same}, words=cron.in_words(row["cron"]), next_times=shown, last_results=dict(results),
        paused_until=paused if paused and paused > now else None, settings_say=defaults().get(row["stream"], "off") if is_default else None,
        replaced_for=len(own.get(row["stream"], ())) if is_default else 0,
    )  # fmt: skip


def put_schedule(stream: str, cron_text: str, *, store: str | None = None, time_zone: str | None = None, by: str) -> int:
    """When a stream (or `all`: everything in full) is synced, for one store or for all that have no schedule of their own; its id.

    `cron_text`: five fields; `time_zone`: an IANA name, else the settings'. Raises: BadRequest, DatabaseAway.
    """
    zone = time_zone or settings().schedule_time_zone
    cron.zone(zone)
    store_id = _check_target(store, stream)
    with begin() as conn:
        next_at = cron.next_time(cron_text, zone, jobs.clock(conn))
        schedule_id = schedules.put(
            conn, store_id=store_id, stream=stream, cron=" ".join(cron_text.split()), time_zone=zone, next_at=next_at, by=str(by)
        )
        _audit(conn, by, "put_schedule", {"store": store, "stream": stream}, cron=cron_text, time_zone=zone)
    return schedule_id


def _check_target(store: str | None, stream: str) -> int | None:
    if stream != "all" and stream not in STREAMS:
        raise BadRequest("stream", f"There is no stream {stream!r}; choose one of {', '.join(STREAMS)} or all.")
    if store is None:
        return None
    if stream != "all":
        return check_stream(store, stream).id
    with begin() as conn:
        known = stores.by_name(conn, store)
    if known is None:
        raise BadRequest("store", f"There is no store {store!r}. Stores are listed on the page Stores.")
    return known.id


def drop_schedule(schedule_id: int, *, by: str) -> None:
    """Delete a store's own schedule (the one for all stores applies again), or one for all that the settings do not know.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        row = _known(conn, schedule_id)
        if row["store_id"] is None and defaults().get(row["stream"], "off") != "off":
            variable = f"SCHEDULE_{row['stream'].upper()}"
            raise BadRequest(
                "schedule", f"The schedule of {row['stream']} for all stores comes from {variable}; disable it here, or set {variable}=off."
            )
        schedules.drop(conn, schedule_id)
        _audit(conn, by, "drop_schedule", row, cron=row["cron"])


def pause_schedule(schedule_id: int, until: datetime | None, *, by: str) -> None:
    """Skip every time before `until` (aware); None ends the pause. What is skipped is not caught up.

    Raises: BadRequest, DatabaseAway.
    """
    if until is not None and until.tzinfo is None:
        raise BadRequest("until", f"until {until.isoformat()} has no time zone; add one, e.g. {until.isoformat()}Z.")
    with begin() as conn:
        row, now = _known(conn, schedule_id), jobs.clock(conn)
        if until is not None and until <= now:
            raise BadRequest("until", f"until {until.isoformat()} is over already; choose a time to come.")
        begins = until - timedelta(microseconds=1) if until else now  # what is due at `until` itself takes place
        next_at = cron.next_time(row["cron"], row["time_zone"], begins)
        schedules.change(conn, schedule_id, paused_until=until, next_at=next_at, changed_by=str(by)[:255])
        _audit(conn, by, "pause_schedule" if until else "resume_schedule", row, until=until.isoformat() if until else None)


def enable_schedule(schedule_id: int, *, by: str) -> None:
    """Let it run again from now on; what it would have done meanwhile is not caught up.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        row = _known(conn, schedule_id)
        next_at = row["next_at"] if row["is_enabled"] else cron.next_time(row["cron"], row["time_zone"], jobs.clock(conn))
        schedules.change(conn, schedule_id, is_enabled=True, next_at=next_at, changed_by=str(by)[:255])
        _audit(conn, by, "enable_schedule", row)


def disable_schedule(schedule_id: int, *, by: str) -> None:
    """It asks for nothing until it is enabled; a store's own still keeps the one for all stores away.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        row = _known(conn, schedule_id)
        schedules.change(conn, schedule_id, is_enabled=False, changed_by=str(by)[:255])
        _audit(conn, by, "disable_schedule", row)


def reset_schedule(schedule_id: int, *, by: str) -> None:
    """Back to what the settings say; a store's own is dropped, since they know none.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        row = _known(conn, schedule_id)
        if row["store_id"] is None and row["stream"] in defaults():
            schedules.change(conn, schedule_id, changed_by=None, is_enabled=True, paused_until=None)
            install_one(conn, row["stream"])
        else:
            schedules.drop(conn, schedule_id)
        _audit(conn, by, "reset_schedule", row)


def run_schedule_now(schedule_id: int, *, by: str) -> list[Requested]:
    """Ask for what the schedule asks for, now and before scheduled work; the jobs, `is_new` False where one is unfinished already.

    Its next time stays. Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        row = _known(conn, schedule_id)
        now = jobs.clock(conn).replace(microsecond=0)
        asked = ask(conn, row, now, by=by, priority=MANUAL)
        if any(job.is_new for job in asked):
            schedules.change(conn, schedule_id, last_at=now)
        due = line.to_push(conn, [int(job) for job in asked if job.is_new])
        _audit(conn, by, "run_schedule", row, jobs=len(asked))
    huey_app.push(due)
    return asked


def _known(conn: Connection, schedule_id: int) -> dict[str, Any]:
    row = schedules.get(conn, schedule_id)
    if row is None:
        raise BadRequest("schedule", f"There is no schedule {schedule_id}; it may have been dropped. Look at the page Schedules.")
    return row


def _audit(conn: Connection, by: str, action: str, row: Mapping[str, Any], **detail: Any) -> None:
    target = f"store:{row['store']}" if row["store"] else "schedules"
    audit.write(conn, person=by, action=action, target=target, detail={"stream": row["stream"], **detail})
