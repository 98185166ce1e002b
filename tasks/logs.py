"""One line for each change of state, as text or JSON, without secrets."""

from __future__ import annotations

import json
import logging
import sys
import time

from settings import settings
from tasks.redaction import RedactingFormatter, redact


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(told, ensure_ascii=False))


def set_up() -> None:
    """Log to standard error as LOG_FORMAT and LOG_LEVEL say; times are UTC."""
    text = RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s")
    formatter = _JsonFormatter() if settings().log_format == "json" else text
    formatter.converter = time.gmtime
    formatter.default_time_format, formatter.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=settings().log_level, handlers=[handler], force=True)
    for chatty in ("huey", "huey.consumer", "urllib3", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
