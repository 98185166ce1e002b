"""Asks for a job inside the caller's transaction, so that the job and what it is about are written together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from db import jobs, line, pauses
from settings import settings
from tasks.ledger import KINDS, Requested


def add(conn: Connection, kind_name: str, args: Mapping[str, Any], *, by: str, **more: Any) -> tuple[Requested, list[line.Due]]:
    """Write a job down; (the job, what to push after the commit). `more` are fields of NewJob."""
    kind = KINDS[kind_name]
    new = jobs.NewJob(name=kind.name, queue=kind.queue, args=args, requested_by=by, max_attempts=kind.attempts, **more)
    job_id, is_new = jobs.add(conn, new, repush_s=settings().repush_s)
    due = list(line.to_push(conn, [job_id])) if is_new else []
    return Requested(job_id, is_new=is_new, waits_for=pauses.of_job(conn, new.queue, new.store_id)), due
