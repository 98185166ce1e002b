"""Retry and cancel: the verbs of a job, with their sentences."""

from __future__ import annotations

import tasks
from console.door import person
from console.parts import dialogs, notices
from console.parts.job_table import CANCEL, DETAILS, PAGE, RETRY
from db.job_state import JobState


def retry(job_id: int) -> None:
    """Queue the job again; in a callback."""

    def verb() -> str:
        tasks.retry(job_id, by=person())
        return f"Job {job_id} is queued again."

    notices.attempt(verb)


def cancel(job_id: int) -> None:
    """Stop the job; in a callback."""

    def verb() -> str:
        if tasks.cancel(job_id, by=person()) == JobState.RUNNING:
            return f"Job {job_id} stops after the page that it is at."
        return f"Job {job_id} is cancelled."

    notices.attempt(verb)


def chosen(job_id: int, label: str) -> None:
    """What a click in the row menu of a job means; in a callback."""
    if label == DETAILS:
        dialogs.ask("job", job_id=job_id)
    elif label == RETRY:
        retry(job_id)
    elif label == CANCEL:
        dialogs.ask("cancel", job_id=job_id)
    elif label == PAGE:
        dialogs.go("app_pages/job.py", id=str(job_id))
