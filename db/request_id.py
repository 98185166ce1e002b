"""Which HTTP request is at work: the jobs that come of it carry its id, so that the log lines of the worker that runs them name it too."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")  # set by whoever answers a call, and by who runs a job that came of one
