"""The statements that every job runs, built once: to build one costs several times what it costs to send it. Their values are named p_…"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Float, Integer, bindparam, func, insert, update

from db import line
from db.columns import db_now
from db.job_state import JobState
from db.prepared import Prepared
from db.schema import job_attempts, jobs

DONE: dict[str, Any] = {  # what every final state has in common
    "active_key": None,
    "lease_until": None,
    "deadline_at": None,
    "cancel_requested_by": None,
    "finished_at": db_now(),
}

_HELD = (  # the worker too: after a failover that lost a job, another one has its number and its first fence
    jobs.c.id == bindparam("p_id"), jobs.c.fence == bindparam("p_fence"), jobs.c.worker == bindparam("p_worker"), jobs.c.state == JobState.RUNNING,
)  # fmt: skip
_MAY_WRITE = (*_HELD, jobs.c.cancel_requested_by.is_(None), jobs.c.deadline_at > db_now())
ADD = Prepared(
    insert(jobs).values(run_at=db_now(bindparam("p_delay_s", type_=Float)), push_at=db_now(bindparam("p_push_in_s", type_=Float))),
    "name", "queue", "store_id", "stream", "args", "metadata", "priority", "state", "max_attempts", "dedupe_key", "active_key", "idempotency_key",
    "requested_by", "request_id", "parent_id",
)  # fmt: skip
ATTEMPT = Prepared(insert(job_attempts), "job_id", "fence", "worker")
FENCE = Prepared(update(jobs).where(*_MAY_WRITE).values(lease_until=db_now(bindparam("p_lease_s", type_=Float)), crashes=0))
SUCCEEDED: dict[str, Any] = {
    **DONE, "error": None, "error_class": None, "hint": None, "state": JobState.SUCCEEDED,
    "result": bindparam("p_result"), "verdict": bindparam("p_verdict"), "reason_code": bindparam("p_reason"),
}  # fmt: skip
SUCCEED = Prepared(update(jobs).where(*_HELD).values(SUCCEEDED))
SUCCEED_AT_ONCE = Prepared(update(jobs).where(*_MAY_WRITE).values({**SUCCEEDED, "crashes": 0}))  # fence and end in one
CLOSE = Prepared(
    update(job_attempts).where(job_attempts.c.job_id == bindparam("p_id"), job_attempts.c.fence == bindparam("p_fence")).values(
        outcome=bindparam("p_outcome"), finished_at=db_now(), error_class=bindparam("p_class"), error=bindparam("p_error"),
        traceback=bindparam("p_traceback"),
    )
)  # fmt: skip
PROGRESS = Prepared(update(jobs).where(*_HELD).values(progress=bindparam("p_done"), progress_total=bindparam("p_total")))


@cache
def take(of_store: bool) -> Prepared:
    """Claim a due job that was read with the fence `p_fence`; `of_store` has `p_store` too."""
    store: Any = bindparam("p_store", type_=Integer) if of_store else None
    taken = update(jobs).where(
        jobs.c.id == bindparam("p_id"), line.is_due, jobs.c.fence == bindparam("p_fence"), *line.may_be_claimed(store, bindparam("p_consumer")),
    ).values(
        state=JobState.RUNNING, fence=jobs.c.fence + 1, worker=bindparam("p_worker"), lease_until=db_now(bindparam("p_lease_s", type_=Float)),
        deadline_at=db_now(bindparam("p_limit_s", type_=Float)), started_at=func.coalesce(jobs.c.started_at, db_now()),
        priority=jobs.c.priority % line.FRONT,
    )  # fmt: skip
    return Prepared(taken)
