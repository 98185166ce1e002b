"""Jobs that are split: the parts are jobs of their own, the whole waits for them without a worker and ends with the last of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import job_actions, jobs
from db.columns import db_now
from db.job_state import FINAL, JobState, Outcome, Verdict, WrongState, is_dry
from db.job_statements import DONE
from db.jobs import ClaimedJob, LeaseLost, NewJob, close_attempt
from db.schema import jobs as ledger
from db.schema import sync_runs

WORST_FIRST = (Verdict.FAILED, Verdict.BLOCKED, Verdict.SUSPECT_EMPTY, Verdict.PARTIAL, Verdict.SUCCESS)
_COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")
_AT_ONCE = 500
_WITHOUT_WORKER = {"state": JobState.RUNNING, "worker": None, "lease_until": None, "deadline_at": None}


def add_all(conn: Connection, wanted: Sequence[NewJob], *, parent_id: int, repush_s: float) -> Sequence[int]:
    """Write the parts of a job down at once; the ids of those that were new. Each has a dedupe key; those whose key is active are left out."""
    keys = [job.dedupe_key for job in wanted]
    known: set[str | None] = set()
    for start in range(0, len(keys), _AT_ONCE):
        known.update(conn.scalars(select(ledger.c.active_key).where(ledger.c.active_key.in_(keys[start : start + _AT_ONCE]))))
    fresh = [replace(job, parent_id=parent_id) for job in wanted if job.dedupe_key not in known]
    now = jobs.clock(conn)  # the same moment for all; an expression in the rows would make the driver send them one by one
    times = {"run_at": now, "push_at": now + timedelta(seconds=repush_s)}
    try:
        with conn.begin_nested():
            for start in range(0, len(fresh), _AT_ONCE):
                conn.execute(insert(ledger), [{**jobs.row_of(job), **times} for job in fresh[start : start + _AT_ONCE]])
    except IntegrityError:  # somebody asked for one of them at this moment
        for job in fresh:
            jobs.add(conn, job, repush_s=repush_s)
    return conn.scalars(select(ledger.c.id).where(ledger.c.parent_id == parent_id)).all()


def left_out(conn: Connection, wanted: Sequence[NewJob], *, parent_id: int) -> Sequence[NewJob]:
    """Those of `wanted` that another job is at work on and reads no more of than has changed. Index: the unique active_key."""
    keys = [job.dedupe_key for job in wanted]
    held: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        asked = select(ledger.c.active_key, ledger.c.parent_id, ledger.c.args).where(
            ledger.c.active_key.in_(keys[start : start + _AT_ONCE])
        )
        held.update(row.active_key for row in conn.execute(asked) if row.parent_id != parent_id and not row.args.get("sync_all"))
    return [job for job in wanted if job.dedupe_key in held]


def begin_split(conn: Connection, job_id: int, parts: int) -> None:
    """A job that was just written down has these many parts and waits for them."""
    begun = {**_WITHOUT_WORKER, "started_at": db_now(), "progress": 0, "progress_total": parts}
    conn.execute(update(ledger).where(ledger.c.id == job_id, ledger.c.state == JobState.QUEUED).values(begun))


def go_on(conn: Connection, job_id: int, *, repush_s: float) -> None:
    """Queue the parts that failed or were cancelled again. Index: jobs_parent."""
    ended = select(ledger.c.id).where(ledger.c.parent_id == job_id, ledger.c.state.in_((JobState.FAILED, JobState.CANCELLED)))
    for part in conn.scalars(ended).all():
        try:
            job_actions.retry(conn, part, repush_s=repush_s)
        except WrongState:  # something else does the same by now; this part stays as it ended
            continue


def wait_for_parts(conn: Connection, job: ClaimedJob) -> None:
    """Give the worker back and wait for the parts.

    Raises: LeaseLost.
    """
    mine = (ledger.c.id == job.id, ledger.c.fence == job.fence, ledger.c.state == JobState.RUNNING)
    if conn.execute(update(ledger).where(*mine).values(_WITHOUT_WORKER)).rowcount != 1:
        raise LeaseLost(f"Job {job.id} is not held by claim {job.fence} any more.")
    close_attempt(conn, job.id, job.fence, Outcome.SPLIT)


def stores_of(conn: Connection, job_id: int) -> Sequence[int]:
    """The stores that the parts of a job are about. Index: jobs_parent."""
    return [
        int(each) for each in conn.scalars(select(ledger.c.store_id).where(ledger.c.parent_id == job_id).distinct()) if each is not None
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A job whose parts run, into how many it was split, and how many of them stand how."""

    id: int
    name: str
    fence: int
    split_into: int
    progress: int | None
    cancelled_by: str | None
    states: Counter[str]
    verdicts: Counter[str]

    @property
    def finished(self) -> int:
        """Parts that have ended."""
        return sum(count for state, count in self.states.items() if state in FINAL)

    @property
    def gone(self) -> int:
        """Parts that nobody knows any more."""
        return self.split_into - self.states.total()

    @property
    def is_over(self) -> bool:
        """Whether all parts have ended."""
        return self.finished == self.states.total()


def waiting(conn: Connection) -> Sequence[Whole]:
    """The jobs that wait for their parts. Indexes: jobs_state, jobs_parent."""
    wholes = conn.execute(
        select(ledger.c.id, ledger.c.name, ledger.c.fence, ledger.c.progress, ledger.c.progress_total, ledger.c.cancel_requested_by)
        .where(ledger.c.state == JobState.RUNNING, ledger.c.worker.is_(None))
    ).all()  # fmt: skip
    found = []
    for row in wholes:
        states, verdicts = Counter[str](), Counter[str]()
        parts = (
            select(ledger.c.state, ledger.c.verdict, func.count())
            .where(ledger.c.parent_id == row.id)
            .group_by(ledger.c.state, ledger.c.verdict)
        )
        for state, verdict, count in conn.execute(parts):
            states[state] += count
            verdicts[verdict or ""] += count
        split_into = max(row.progress_total or 0, states.total())
        found.append(
            Whole(id=row.id, name=row.name, fence=row.fence, split_into=split_into, progress=row.progress, cancelled_by=row.cancel_requested_by,
                  states=states, verdicts=verdicts)
        )  # fmt: skip
    return found


def show_progress(conn: Connection, whole: Whole) -> None:
    """How many parts have ended."""
    waits = (ledger.c.id == whole.id, ledger.c.fence == whole.fence, ledger.c.state == JobState.RUNNING, ledger.c.worker.is_(None))
    conn.execute(update(ledger).where(*waits).values(progress=whole.finished))


def end(conn: Connection, whole: Whole) -> JobState | None:
    """The last part has ended: so does the whole, with the worst verdict of its parts; None when somebody else was first.

    One UPDATE that counts the unfinished parts itself, so it cannot be too early.
    """
    failed, cancelled = whole.states[JobState.FAILED], whole.states[JobState.CANCELLED]
    verdict = next((each for each in WORST_FIRST if whole.verdicts[each]), None)
    if (cancelled or whole.gone) and verdict in (None, Verdict.SUCCESS):
        verdict = Verdict.PARTIAL
    state = JobState.CANCELLED if whole.cancelled_by else JobState.FAILED if failed else JobState.SUCCEEDED
    told: dict[str, Any] = {"state": state, "verdict": verdict, "error": None, "error_class": None, "hint": None, "reason_code": "complete"}
    worst = conn.execute(
        select(ledger.c.id, ledger.c.error, ledger.c.error_class, ledger.c.reason_code)
        .where(ledger.c.parent_id == whole.id, ledger.c.verdict == (verdict or ""))
        .order_by(ledger.c.id)
        .limit(1)
    ).first()  # fmt: skip
    if worst is not None:
        told["reason_code"] = worst.reason_code
    elif verdict is Verdict.PARTIAL:
        told["reason_code"] = "cancelled" if cancelled else "parts_gone"
    if state is JobState.CANCELLED:
        told |= {"verdict": None, "reason_code": None, "error": f"Cancelled by {whole.cancelled_by}."}
    elif failed and worst is not None:
        error = f"{failed} of {whole.split_into} parts failed; the first, job {worst.id}: {worst.error}"
        told |= {"error": error[:2000], "error_class": worst.error_class, "hint": "Retry this job: it runs these parts again."}
    unfinished = (
        select(func.count().label("left"))
        .where(ledger.c.parent_id == whole.id, ledger.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .subquery()
    )  # fmt: skip
    done = conn.execute(
        update(ledger)
        .where(ledger.c.id == whole.id, ledger.c.fence == whole.fence, ledger.c.state == JobState.RUNNING, ledger.c.worker.is_(None))
        .where(select(unfinished.c.left).scalar_subquery() == 0)
        .values({**DONE, **told, "progress": whole.finished, "progress_total": whole.split_into, "result": _result(conn, whole)})
    )
    return state if done.rowcount else None


def _result(conn: Connection, whole: Whole) -> dict[str, Any]:
    """What the parts did together. Index: jobs_parent."""
    sums = [func.coalesce(func.sum(sync_runs.c[name]), 0).label(name) for name in _COUNTS]
    counts = conn.execute(
        select(*sums).select_from(sync_runs.join(ledger, ledger.c.id == sync_runs.c.job_id)).where(ledger.c.parent_id == whole.id)
    ).one()
    parts = {
        **({"dry_run": True} if is_dry(whole.name) else {}),
        "parts": whole.split_into,
        **{str(state): whole.states[state] for state in sorted(FINAL)},
    }
    return {**parts, **{name: int(count) for name, count in counts._mapping.items()}, "sentence": _sentence(whole, int(counts.read))}


def _sentence(whole: Whole, read: int) -> str:
    if not whole.split_into:
        return "Each part of it was running already; there was nothing to add."
    told = [f"{count} {state}" for state, count in sorted(whole.states.items(), reverse=True)]
    if whole.gone:
        told.append(f"{whole.gone} no longer known")
    begins = "Dry run, nothing was written. " if is_dry(whole.name) else ""
    return f"{begins}{whole.split_into} parts: {', '.join(told)}; {read:,} records read."
