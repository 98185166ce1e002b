"""What must hold whatever breaks, in one place (RELIABILITY: the fault matrix); each violation is one line."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection

from sqlalchemy import select

from db.engine import begin
from db.job_state import FINAL
from db.schema import job_attempts, jobs
from tests.faults import marks

_NAMED = re.compile(r"\bid=\d|\bof task j\d|Error enqueueing periodic task")  # the last is Huey's word for a Redis that is away


def unfinished(accepted: Collection[int]) -> list[int]:
    """Which of these jobs are not final."""
    with begin() as conn:
        final = set(conn.scalars(select(jobs.c.id).where(jobs.c.state.in_(FINAL))))
    return sorted(set(accepted) - final)


def effects() -> Counter[int]:
    """How often each job number left its mark, as far as it was committed."""
    with begin() as conn:
        return Counter(conn.scalars(select(marks.effects.c.number)))


def entered() -> Counter[int]:
    """How often the function of each job number was entered."""
    file = marks.entered_file()
    return Counter(int(line.split()[0]) for line in file.read_text().splitlines()) if file.exists() else Counter()


def violations(accepted: Collection[int], *, marked: Collection[int] | None = None, logs: Collection[str] = ()) -> list[str]:
    """What does not hold of the accepted jobs (ids); `marked` are the numbers that must have left one mark each, and nobody else any."""
    found = [f"job {job_id} is not final" for job_id in unfinished(accepted)]
    with begin() as conn:
        rows = {row.id: row for row in conn.execute(select(jobs))}
        attempts = conn.execute(select(job_attempts).order_by(job_attempts.c.job_id, job_attempts.c.fence)).all()
    found += [f"job {job_id} is gone" for job_id in set(accepted) - rows.keys()]
    found += [
        f"job {row.id} is {row.state} and still held" for row in rows.values() if row.state in FINAL and (row.active_key or row.lease_until)
    ]
    if marked is not None:
        left = effects()
        found += [f"number {number} left {left[number]} marks" for number in set(marked) if left[number] != 1]
        found += [f"number {number} left {left[number]} marks, and was not to" for number in left.keys() - set(marked)]
    found += _overlaps(attempts)
    for log in logs:
        found += [f"an error names no job: {line}" for line in log.splitlines() if " ERROR " in line and not _NAMED.search(line)]
    return found


def _overlaps(attempts) -> list[str]:
    """Two claims of one job at once, by the ledger's own times."""
    found = []
    for before, after in itertools.pairwise(attempts):
        if before.job_id != after.job_id:
            continue
        if after.fence != before.fence + 1:
            found.append(f"job {after.job_id} has no attempt between {before.fence} and {after.fence}")
        if before.finished_at is None or after.started_at < before.finished_at:
            found.append(f"job {after.job_id} was held twice at once: {before.worker} and {after.worker}")
    return found
