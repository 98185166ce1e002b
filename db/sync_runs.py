"""What one sync job read and wrote, and where it goes on: counts and checkpoint are one row, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db.job_state import JobState, Verdict
from db.met import Met
from db.record_pages import PageCounts
from db.schema import jobs, sync_runs

_MOST_GAPS = 20  # more names help nobody; all are counted
DROPPED = "dropped"  # the mode of a run that is not gone on with: a further attempt of its job begins another
_AT_ONCE = 1_000
_COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")


@dataclass(slots=True, kw_only=True)
class SyncRun:
    """The run of one job, over all of its attempts. `cursor` is the checkpoint; `is_complete` once the last page was written."""

    job_id: int
    store_id: int
    stream: str
    mode: str
    window_start: datetime | None
    window_end: datetime
    cursor: Any = None
    pages: int = 0
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    removed: int = 0
    total: int | None = None
    truncated: int = 0
    gaps: list[list[str]] | None = None  # reason code and name of what the platform did not show, each once
    is_complete: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether every record that was read is accounted for."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.rejected


def load(conn: Connection, job_id: int) -> SyncRun | None:
    """The run of a job; None before its first attempt."""
    row = conn.execute(select(*(sync_runs.c[name] for name in SyncRun.__dataclass_fields__)).where(sync_runs.c.job_id == job_id)).first()
    return SyncRun(**row._mapping) if row else None


def drop_unfinished(conn: Connection, store_id: int, stream: str, sentence: str) -> int:
    """Let no run that would move the stream's watermark at its end be gone on with, and have it say why; how many these were. Indexes: jobs_line, primary key.

    No job of the stream may be in the hands of a worker.
    """
    which = (jobs.c.name == f"sync_{stream}", jobs.c.state.in_((JobState.QUEUED, JobState.FAILED, JobState.CANCELLED)))
    mine = (jobs.c.store_id == store_id, jobs.c.stream == stream, *which)
    unfinished = (sync_runs.c.verdict.is_(None), sync_runs.c.mode.in_(("incremental", "full")))
    asked = select(sync_runs.c.job_id).select_from(sync_runs.join(jobs, jobs.c.id == sync_runs.c.job_id))
    ids = conn.scalars(asked.where(*mine, *unfinished)).all()
    told = {"mode": DROPPED, "cursor": None, "sentence": sentence}
    for start in range(0, len(ids), _AT_ONCE):
        conn.execute(update(sync_runs).where(sync_runs.c.job_id.in_(ids[start : start + _AT_ONCE])).values(told))
    return len(ids)


def begin_run(conn: Connection, run: SyncRun, *, dropped: SyncRun | None = None) -> SyncRun:
    """Write down the window that a job is going to read; it stays the same for all of the job's attempts. The run as it is now.

    `dropped`: the job's run that was dropped. What it counted stays counted: its rows are there.
    """
    names = ("job_id", "store_id", "stream", "mode", "window_start", "window_end", "total")
    window = {name: getattr(run, name) for name in names}
    if dropped is None:
        conn.execute(insert(sync_runs).values(window))
        return run
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == run.job_id).values({**window, "sentence": None}))
    return replace(dropped, **window, cursor=None)


def checkpoint(
    conn: Connection, run: SyncRun, counts: PageCounts, *, cursor: Any, is_last: bool, total: int | None, truncated: Sequence[Sequence[str]]
) -> SyncRun:
    """Move the checkpoint behind the pages that were just written, counts and all; the run as it is now. `truncated`: as SyncRun's `gaps`.

    Raises: RuntimeError when the checkpoint is not where this run left it.
    """
    added = {name: getattr(run, name) + getattr(counts, name) for name in _COUNTS}
    moved: dict[str, Any] = {
        **added, "pages": run.pages + counts.pages, "cursor": cursor, "is_complete": is_last, "truncated": run.truncated + len(truncated),
        "total": run.total if total is None else total,
    }  # fmt: skip
    if truncated:
        moved["gaps"] = _with_gaps(run.gaps or [], truncated)
    done = conn.execute(update(sync_runs).where(sync_runs.c.job_id == run.job_id, sync_runs.c.pages == run.pages).values(moved))
    if done.rowcount != 1:
        raise RuntimeError(f"The checkpoint of job {run.job_id} is not at page {run.pages}; somebody else moved it.")
    return SyncRun(**{name: moved.get(name, getattr(run, name)) for name in SyncRun.__dataclass_fields__})


def _with_gaps(known: list[list[str]], found: Sequence[Sequence[str]]) -> list[list[str]]:
    new = [list(gap) for gap in dict.fromkeys(map(tuple, found)) if list(gap) not in known]
    return [*known, *new][:_MOST_GAPS]


def moved(conn: Connection, run: SyncRun, *, cursor: Any, read: int) -> SyncRun:
    """Move the checkpoint of a run that writes no pages; the run as it is now."""
    change = {"cursor": cursor, "read": run.read + read, "unchanged": run.unchanged + read, "pages": run.pages + 1}
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == run.job_id).values(change))
    return SyncRun(**{name: change.get(name, getattr(run, name)) for name in SyncRun.__dataclass_fields__})


def met(conn: Connection, job_id: int) -> Met:
    """The rows that a full run has met so far; those of an attempt that was killed are missing."""
    return Met(conn.scalar(select(sync_runs.c.met).where(sync_runs.c.job_id == job_id)))


def keep_met(conn: Connection, job_id: int, found: Met) -> None:
    """Let the next attempt, and who asks for what was not met, know of them."""
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == job_id).values(met=found.packed()))


def rewind(conn: Connection, run: SyncRun) -> None:
    """Back to the beginning of the window; what was counted stays counted."""
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == run.job_id).values(cursor=None))


def begin_again(conn: Connection, run: SyncRun) -> None:
    """Back to the beginning of the window with nothing counted, where nothing was written either."""
    nothing = {**dict.fromkeys((*_COUNTS, "pages", "truncated"), 0), "cursor": None, "gaps": None}
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == run.job_id).values(nothing))


def conclude(conn: Connection, job_id: int, verdict: Verdict, reason_code: str, sentence: str) -> None:
    """What the run proved."""
    conn.execute(
        update(sync_runs).where(sync_runs.c.job_id == job_id).values(verdict=verdict, reason_code=reason_code, sentence=sentence[:1024])
    )
