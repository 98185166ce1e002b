"""Retry and cancel: the verbs of a job, with their sentences."""

from __future__ import annotations

import tasks
from console.door import allow
from console.parts import dialogs, job_table, notices
from console.parts.job_table import CANCEL, PAGE, REPEAT, RETRY
from console.words import _
from db.job_state import JobState
from tasks.roles import Role


def retry(job_id: int) -> None:
    """Queue the job again; in a callback."""

    def verb() -> str:
        tasks.retry(job_id, by=allow(Role.OPERATOR, action="retry", target=f"job:{job_id}"))
        return _("Job {id} is queued again.").format(id=job_id)

    notices.attempt(verb)


def cancel(job_id: int) -> None:
    """Stop the job; in a callback."""

    def verb() -> str:
        if tasks.cancel(job_id, by=allow(Role.OPERATOR, action="cancel", target=f"job:{job_id}")) == JobState.RUNNING:
            return _("Job {id} stops after the page that it is at.").format(id=job_id)
        return _("Job {id} is cancelled.").format(id=job_id)

    notices.attempt(verb)


def chosen(job_id: int, label: str) -> None:
    """What a click in the row menu of a job means; in a callback."""
    verb = job_table.verb(label)
    if verb == RETRY:
        retry(job_id)
    elif verb == CANCEL:
        dialogs.ask("cancel", job_id=job_id)
    elif verb == PAGE:
        dialogs.go("app_pages/job.py", id=str(job_id))
    elif verb == REPEAT:
        dialogs.go("app_pages/sync.py", repeat=str(job_id))
    else:
        dialogs.ask("job", job_id=job_id)
