"""What a log line is about: the HTTP request and the job in whose course it is written; a job's own lines are kept for its page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from sqlalchemy import Connection

from db import job_log
from db.request_id import request_id
from tasks.redaction import redact

__all__ = ["MOST_LINES", "AboutFilter", "JobLineHandler", "JobLines", "about", "keeping", "request_id"]

MOST_LINES = 500  # of one attempt; the consumer's log has them all


class JobLines:
    """The lines of one attempt that have not been written down yet."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self._waiting: list[tuple[datetime, str, str]] = []
        self._kept = 0

    def add(self, level: str, text: str) -> None:
        """One line; those past the limit are counted, and the last one says so."""
        self._kept += 1
        if self._kept < MOST_LINES:
            self._waiting.append((datetime.now(UTC), level, redact(text)))
        elif self._kept == MOST_LINES:
            self._waiting.append((datetime.now(UTC), "INFO", "More lines of this attempt are in the consumer's log."))

    def write(self, conn: Connection) -> int:
        """Add what waits to this transaction; how many lines. Tell `written` when it is committed."""
        count = len(self._waiting)
        if count:
            job_log.keep(conn, self.job_id, self._waiting[:count])
        return count

    def written(self, count: int) -> None:
        """These are in the database."""
        del self._waiting[:count]

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._waiting)


_lines: ContextVar[JobLines | None] = ContextVar("job_lines", default=None)


@contextmanager
def keeping(lines: JobLines) -> Iterator[None]:
    """Keep what is logged in this block, and in threads that carry its context, among these lines."""
    token = _lines.set(lines)
    try:
        yield
    finally:
        _lines.reset(token)


@contextmanager
def about(request: str | None) -> Iterator[None]:
    """What is logged in this block, and what is asked for, is of the request that the job came of, or of none."""
    token = request_id.set(request or "")
    try:
        yield
    finally:
        request_id.reset(token)


class JobLineHandler(logging.Handler):
    """Hands each line to the job in whose course it is written."""

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if (lines := _lines.get()) is not None:
            lines.add(record.levelname, record.getMessage())


class AboutFilter(logging.Filter):
    """Gives each record `about`: request and job, as far as they are known."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter."""
        lines = _lines.get()
        told = {"job": str(lines.job_id) if lines else "", "request": request_id.get()}
        record.about = "".join(f" {name}={value}" for name, value in told.items() if value)
        record.about_fields = {name: value for name, value in told.items() if value}
        return True
