"""Ends jobs that no consumer knows: renamed or removed kinds would wait for ever, and keep a place in their store's line."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from db import consumers, job_rescue, line, requests_log
from db.engine import begin, reading
from db.jobs import Failure
from settings import settings
from tasks import huey_app, ledger

log = logging.getLogger("quayside.unclaimed")

# During a rolling upgrade a console may ask for what the consumers do not know yet. They are restarted one after the other, each within
# GRACE_S; a fleet that takes longer is of mixed versions meanwhile, which is asked as well.
AFTER_S = 600.0


class Unclaimed:
    """The names that this consumer has pushed and does not know, and since when. A consumer that has just come gives them time anew."""

    def __init__(self, version: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._version, self._clock = version, clock
        self._since: dict[str, float] = {}

    def look(self, pushed: Sequence[line.Due]) -> None:
        """Of the jobs that were just pushed, end those whose name nobody knows and which nobody took for AFTER_S.

        Not touched: what is paused, not due or in somebody's hands, and anything while consumers of another version live. Raises: DatabaseAway.
        """
        for name in sorted({name for _, name, _ in pushed} - ledger.KINDS.keys()):
            if self._clock() - self._since.setdefault(name, self._clock()) >= AFTER_S:
                self._end(name)

    def _end(self, name: str) -> None:
        with reading(fresh=True) as conn:
            versions = consumers.versions(conn, within_s=settings().lease_s)
            found = job_rescue.unclaimed(conn, name, due_s=AFTER_S) if versions <= {self._version} else []
        failure = Failure(
            error_class="UnknownJob",
            error=f"No consumer knows a job named {name}: it was due for {AFTER_S / 60:.0f} minutes and nobody took it. "
            f"All consumers are of version {self._version}.",
            hint="Start consumers of the version that asked for it, then retry the job. If there is no such job any more, leave it.",
            reason_code="unknown_job",
        )
        for job_id in found:
            with begin() as conn:
                is_ended = job_rescue.end_unclaimed(conn, job_id, failure, due_s=AFTER_S)
                if is_ended:
                    requests_log.add_line(conn, job_id, name, server_id=settings().server_id, status="failed", message=failure.error)
                due = line.next_of(conn, [job_id]) if is_ended else []
            if is_ended:
                log.warning("job failed id=%d name=%s error=%s", job_id, name, failure.error_class)
                huey_app.push(due)
