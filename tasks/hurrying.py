"""Move a waiting job to the front: it is the next that a worker takes."""

from __future__ import annotations

import logging

from db import audit, job_actions, line
from db.engine import begin
from tasks import huey_app
from tasks.views import NoSuchJob

log = logging.getLogger("quayside.hurrying")


def hurry(job_id: int, *, by: str) -> None:
    """Let a job that waits for a worker be the next; where its store is full or paused, the next as soon as it has room.

    Raises: WrongState, NoSuchJob, DatabaseAway.
    """
    try:
        with begin() as conn:
            job_actions.hurry(conn, job_id)
            audit.write(conn, person=by, action="hurry", target=f"job:{job_id}")
            due = line.to_push(conn, [job_id])
    except LookupError as error:
        raise NoSuchJob(str(error)) from None
    huey_app.move([one for one in due if one[0] == job_id])
    huey_app.push([one for one in due if one[0] != job_id])
    log.info("job hurried id=%d by=%s", job_id, by)
