"""One job in the drawer at the side."""

from __future__ import annotations

from console.parts import dialogs, job_detail
from console.words import later


@dialogs.opener("job")
@dialogs.titled(later("Job"), width=600, position="right", icon=":material/receipt_long:")
def open_drawer(job_id: int) -> None:
    """Everything about the job, live while it is unfinished."""
    job_detail.show(job_id, place="drawer")
