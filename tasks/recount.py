"""Counts the records of every store again, once a day, and puts the totals right that pages show instead of counting."""

from __future__ import annotations

import logging
from typing import Any

from db import audit, recount
from db.engine import begin, reading
from settings import settings
from tasks import asking, huey_app
from tasks.ledger import Requested, job
from tasks.run import Run

log = logging.getLogger("quayside.recount")


def count_again(*, by: str) -> Requested:
    """Ask for the totals of every store and stream to be counted again; the job's id, of the one that runs if one does.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        asked, due = asking.add(conn, "recount", {}, by=by, dedupe_key="recount")
        audit.write(conn, person=by, action="recount", target=f"job:{int(asked)}")
    huey_app.push(due)
    return asked


@job(name="recount", queue="system", attempts=3, retry_delay_s=settings().retry_delay_s, retry_factor=4.0)
def count_all(run: Run) -> dict[str, Any]:
    """Stream by stream, the one that was counted longest ago first, so that an attempt that is cut goes on where it was."""
    counted = 0
    mended: list[dict[str, Any]] = []
    while True:
        with reading(fresh=True) as conn:
            due = recount.next_due(conn, run.id)
        if due is None:
            return {"counted": counted, "mended": mended}
        lacks = recount.drift(due)
        with run.page() as conn:
            recount.mend(conn, due, lacks)
        if lacks:
            mended.append({"store_id": due.store_id, "stream": due.stream, **lacks})
            log.warning(
                "totals mended store=%d stream=%s %s", due.store_id, due.stream, " ".join(f"{name}={by:+d}" for name, by in lacks.items())
            )
        counted += 1
        run.pause_point()
