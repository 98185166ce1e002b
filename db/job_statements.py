"""The statements that every job runs, built once: to build one costs several times what it costs to send it. Their values are named p_…"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Float, Integer, Update, bindparam, func, insert, update

from db import line
from db.columns import db_now
from db.job_state import JobState
from db.schema import job_attempts, jobs, requests

DONE: dict[str, Any] = {  # what every final state has in common
    "active_key": None,
    "lease_until": None,
    "deadline_at": None,
    "cancel_requested_by": None,
    "finished_at": db_now(),
}

_HELD = (jobs.c.id == bindparam("p_id"), jobs.c.fence == bindparam("p_fence"), jobs.c.state == JobState.RUNNING)
ADD = insert(jobs).values(  # beside the columns of db.jobs.row_of
    run_at=db_now(bindparam("p_delay_s", type_=Float)), push_at=db_now(bindparam("p_push_in_s", type_=Float))
)  # fmt: skip
ATTEMPT = insert(job_attempts)
FENCE = (
    update(jobs)
    .where(*_HELD, jobs.c.cancel_requested_by.is_(None), jobs.c.deadline_at > db_now())
    .values(lease_until=db_now(bindparam("p_lease_s", type_=Float)), crashes=0)
)
SUCCEEDED: dict[str, Any] = {
    **DONE, "error": None, "error_class": None, "hint": None, "state": JobState.SUCCEEDED,
    "result": bindparam("p_result"), "verdict": bindparam("p_verdict"), "reason_code": bindparam("p_reason"),
}  # fmt: skip
SUCCEED = update(jobs).where(*_HELD).values(SUCCEEDED)
CLOSE = update(job_attempts).where(job_attempts.c.job_id == bindparam("p_id"), job_attempts.c.fence == bindparam("p_fence")).values(
    outcome=bindparam("p_outcome"), finished_at=db_now(), error_class=bindparam("p_class"), error=bindparam("p_error"),
    traceback=bindparam("p_traceback"),
)  # fmt: skip
REQUEST = insert(requests)
PROGRESS = update(jobs).where(*_HELD).values(progress=bindparam("p_done"), progress_total=bindparam("p_total"))


@cache
def take(of_store: bool) -> Update:
    """Claim a due job that was read with the fence `p_fence`; `of_store` has `p_store` too."""
    store: Any = bindparam("p_store", type_=Integer) if of_store else None
    return update(jobs).where(
        jobs.c.id == bindparam("p_id"), line.is_due, jobs.c.fence == bindparam("p_fence"), *line.may_be_claimed(store, bindparam("p_consumer")),
    ).values(
        state=JobState.RUNNING, fence=jobs.c.fence + 1, worker=bindparam("p_worker"), lease_until=db_now(bindparam("p_lease_s", type_=Float)),
        deadline_at=db_now(bindparam("p_limit_s", type_=Float)), started_at=func.coalesce(jobs.c.started_at, db_now()),
    )  # fmt: skip
