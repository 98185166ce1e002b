"""Stores × streams: how much is here, how fresh it is, what the last run proved. No page counts a big table for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from db import schedules, store_counts, unknown_values
from db.columns import db_now
from db.history import STREAMS, shown_state
from db.job_state import JobState
from db.reads import Fresh, asking
from db.schema import jobs, store_credentials, store_stream_stats, stores, sync_runs

_TOLD = (
    "id", "name", "title", "platform", "address", "currency", "paused_at", "paused_by", "pause_reason", "resume_at", "probe_at", "failed_in_a_row",
    "created_at", "tags",
)  # fmt: skip
_STORE = [*(stores.c[name] for name in _TOLD), store_credentials.c.expires_at.label("credentials_until")]
RECENT = 2_000  # a stream's last check is looked for in so many of its newest jobs
_RUN = ("read", "created", "updated", "unchanged", "rejected")  # of a stream's last run
_CHANGE = (
    (store_stream_stats.c.live - store_counts.earlier.c.live).label("live_change"),
    store_counts.earlier.c.noted_at.label("live_change_since"),
)
_CHECKED = ("id", "state", "reason_code", "error", "hint", "result", "created_at", "finished_at", "progress", "progress_total")
_CHECK = [*(jobs.c[name] for name in _CHECKED), shown_state]


def stores_and_streams(*, fresh: Fresh = False) -> tuple[list[dict[str, Any]], datetime]:
    """(Every store with `credentials_until`, `streams`: stream → its row of store_stream_stats with `live_change` since `live_change_since` (a day ago
    or, of a younger stream, the first note of it; None where there is none), `sentence` and the counts `run_read`, `run_created` … of the last run
    (None where it left none), `doing`: stream → the shown state and id of its unfinished sync, and `crons`, see schedules.in_force; the database's
    time.) Indexes: primary keys, store_stream_counts_stream, jobs_state.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        known = select(*_STORE).select_from(stores.outerjoin(store_credentials)).order_by(stores.c.title)
        found = [dict(row._mapping) for row in conn.execute(known)]
        stats = conn.execute(
            select(store_stream_stats, sync_runs.c.sentence, sync_runs.c.reason_code, *(sync_runs.c[name].label(f"run_{name}") for name in _RUN), *_CHANGE)
            .select_from(
                store_stream_stats.outerjoin(sync_runs, sync_runs.c.job_id == store_stream_stats.c.last_job_id)
                .outerjoin(store_counts.earlier, store_counts.is_earlier())
            )
        ).all()  # fmt: skip
        active = conn.execute(
            select(jobs.c.store_id, jobs.c.stream, jobs.c.state, jobs.c.id)
            .where(jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)), jobs.c.store_id.is_not(None), jobs.c.queue != "system")
            .limit(2_000)
        ).all()
        crons = schedules.in_force(conn)
        now = conn.execute(select(db_now())).scalar_one()
    doing = {(row.store_id, row.stream): (str(row.state), int(row.id)) for row in active}
    by_store: dict[int, dict[str, dict[str, Any]]] = {store["id"]: {} for store in found}
    for row in stats:
        by_store.setdefault(row.store_id, {})[row.stream] = dict(row._mapping)
    for store in found:
        store["tags"] = store["tags"] or []
        store["streams"], store["crons"] = by_store[store["id"]], crons.get(store["id"], {})
        store["doing"] = {stream: told for (store_id, stream), told in doing.items() if store_id == store["id"]}
    return found, now


def checks(store_id: int) -> tuple[dict[str, dict[str, Any]], datetime]:
    """(The newest look for deletions of each stream, and under "" the newest connection test: state, result, error …; the database's time.)

    Index: jobs_store. Raises: DatabaseAway.
    """
    found = {}
    with asking(fresh=True) as conn:
        for stream in ("", *STREAMS):
            of_stream = jobs.c.stream == stream if stream else jobs.c.stream.is_(None)
            recent = select(jobs.c.id).where(jobs.c.store_id == store_id, of_stream).order_by(jobs.c.id.desc()).limit(RECENT).subquery()
            name = "reconcile" if stream else "try_connection"
            newest = select(*_CHECK).join(recent, recent.c.id == jobs.c.id).where(jobs.c.name == name).order_by(jobs.c.id.desc()).limit(1)
            if row := conn.execute(newest).first():
                found[stream] = dict(row._mapping)
        return found, conn.execute(select(db_now())).scalar_one()


def unknown_words() -> dict[int, list[tuple[str, str, int]]]:
    """Store → (field, value, how often) of each of its platform's words that has no word of ours, most frequent first. Reads a small table.

    Raises: DatabaseAway.
    """
    found: dict[int, list[tuple[str, str, int]]] = {}
    with asking() as conn:
        for store_id, field, value, times in sorted(unknown_values.of_all(conn), key=lambda row: -row[3]):
            found.setdefault(store_id, []).append((field, value, times))
    return found


def store_names() -> list[tuple[str, str, str]]:
    """(name, title, platform) of every store, by title. Reads the table stores, which is small.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return [(row.name, row.title, row.platform) for row in conn.execute(select(stores).order_by(stores.c.title))]
