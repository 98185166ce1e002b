"""Asks for a job inside the caller's transaction, so that the job and what it is about are written together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from db import jobs
from settings import settings
from tasks import huey_app
from tasks.ledger import KINDS, Requested


def add(conn: Connection, kind_name: str, args: Mapping[str, Any], *, by: str, **more: Any) -> Requested:
    """Write a job down; `more` are fields of NewJob. Call `ring` after the commit."""
    kind = KINDS[kind_name]
    new = jobs.NewJob(name=kind.name, queue=kind.queue, args=args, requested_by=by, max_attempts=kind.attempts, **more)
    job_id, is_new = jobs.add(conn, new, repush_s=settings().repush_s)
    return Requested(job_id, is_new=is_new)


def ring(job: Requested, kind_name: str, priority: int = 0) -> None:
    """Tell a worker; best effort, the tick asks again."""
    if job.is_new:
        huey_app.push([(int(job), kind_name, priority)])
