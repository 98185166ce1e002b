"""One thread a process says that the jobs it runs are alive; a process that hangs or is stopped falls silent."""

from __future__ import annotations

import logging
import os
import threading

from sqlalchemy.exc import SQLAlchemyError

from db import jobs
from db.engine import DatabaseAway, begin
from settings import settings

log = logging.getLogger("quayside.heartbeat")

_lock = threading.Lock()
_held: dict[int, jobs.ClaimedJob] = {}
_thread: threading.Thread | None = None


def hold(job: jobs.ClaimedJob) -> None:
    """Beat for this job until it is released."""
    global _thread
    with _lock:
        _held[job.id] = job
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_beat, name="heartbeat", daemon=True)
            _thread.start()


def release(job: jobs.ClaimedJob) -> None:
    """The job has ended here."""
    with _lock:
        _held.pop(job.id, None)


def _beat() -> None:
    pause = threading.Event()
    while not pause.wait(settings().heartbeat_s):
        with _lock:
            held = list(_held.values())
        if not held:
            continue
        try:
            with begin() as conn:
                jobs.beat(conn, held, lease_s=settings().lease_s)
        except (DatabaseAway, SQLAlchemyError) as error:
            log.warning("heartbeat failed jobs=%d error=%s", len(held), type(error).__name__)


def _forget() -> None:
    """In a forked child: its parent's thread and jobs are not its own."""
    global _thread, _lock
    _lock, _thread = threading.Lock(), None
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
