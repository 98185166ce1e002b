"""One line for each change of state, as text or JSON, without secrets."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from types import TracebackType

from settings import settings
from tasks.log_context import AboutFilter, JobLineHandler
from tasks.redaction import RedactingFormatter, redact


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        told |= getattr(record, "about_fields", {})
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: redact(value) for name, value in told.items()}, ensure_ascii=False)  # before quotes are escaped in it


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody has caught: a line like any other, instead of a traceback with whatever was in it."""
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("quayside").critical("nobody caught %s", kind.__name__, exc_info=(kind, error, trace))


def keep_lines_of_jobs() -> None:
    """What our own code logs in the course of a job is kept for the job's page, whatever LOG_LEVEL is."""
    ours = logging.getLogger("quayside")
    if not any(isinstance(handler, JobLineHandler) for handler in ours.handlers):
        ours.addHandler(JobLineHandler(logging.INFO))
    ours.setLevel(min(logging.INFO, logging.getLogger().level))


def set_up() -> None:
    """Log to standard error as LOG_FORMAT and LOG_LEVEL say; times are UTC."""
    text = RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s%(about)s")
    formatter = _JsonFormatter() if settings().log_format == "json" else text
    formatter.converter = time.gmtime
    formatter.default_time_format, formatter.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(AboutFilter())
    handler.setLevel(settings().log_level)
    logging.basicConfig(level=settings().log_level, handlers=[handler], force=True)
    keep_lines_of_jobs()
    sys.excepthook = _crashed
    threading.excepthook = lambda told: _crashed(told.exc_type, told.exc_value, told.exc_traceback)
    for chatty in ("huey", "huey.consumer", "urllib3", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
