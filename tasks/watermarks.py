"""Set a stream's watermark by hand: the next sync reads again from there, or from the beginning. The old value stays in the audit log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from db import audit, jobs, line, store_stats, stores, sync_runs
from db.engine import again_when_undone, begin
from db.job_state import WrongState
from integrations import CONNECTORS
from tasks.bad_request import BadRequest
from tasks.targets import check_reason, check_stream

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
log = logging.getLogger("quayside.watermarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatermarkReset:
    """What the watermark was and is (aware; None: there is none, all is read); `dropped` unfinished runs will begin anew when they are tried again."""

    old: datetime | None
    new: datetime | None
    dropped: int


@again_when_undone
def reset_watermark(store: str, stream: str, to: datetime | None = None, *, reason: str, by: str) -> WatermarkReset:
    """Let the next sync of a stream read what changed since `to` (aware), or everything. Nothing is read now; records stay as they are.

    Runs that stopped before their end lose their checkpoint: they would move the watermark to theirs. One that is at work stands in the way.
    Raises: BadRequest, WrongState while a sync of the stream is at work, DatabaseAway.
    """
    reason = check_reason(reason)
    known = check_stream(store, stream)
    if not CONNECTORS[known.platform].streams[stream].incremental:
        raise BadRequest(
            "stream", f"{known.platform} cannot filter {stream} by time; they are always read whole, whatever their watermark is."
        )
    if to is not None and to.tzinfo is None:
        raise BadRequest("to", f"to {to.isoformat()} has no time zone; add one, e.g. {to.isoformat()}Z.")
    if to is not None and to < _EARLIEST:
        raise BadRequest(
            "to", f"to {to.isoformat()} is before {_EARLIEST:%Y}, when there was no such shop. Leave it out to read everything."
        )
    with begin() as conn:
        if to is not None and to > jobs.clock(conn):
            raise BadRequest(
                "to", f"to {to.isoformat()} is in the future: what changes until then would never be read. Choose a moment that is over."
            )
        store_stats.ensure(conn, known.id, stream)
        store_stats.lock(conn, known.id, stream)  # in the order of a page: stream, then store
        stores.lock(conn, known.id)  # no job of the store is claimed until this is committed
        if (other := line.moving_watermark(conn, known.id, stream)) is not None:
            raise WrongState(
                f"Job {other} is syncing {stream} of {known.title} and would set the watermark at its end. Wait for its end, or cancel it; then try again."
            )
        old = store_stats.watermark(conn, known.id, stream)
        store_stats.put_watermark(conn, known.id, stream, to)
        sentence = "The watermark was set by hand before it came to its end: a retry begins anew, not at its checkpoint."
        dropped = sync_runs.drop_unfinished(conn, known.id, stream, sentence)
        detail = {"stream": stream, "from": _told(old), "to": _told(to), "reason": reason, "dropped_checkpoints": dropped}
        audit.write(conn, person=by, action="reset_watermark", target=f"store:{store}", detail=detail)
    log.info("watermark reset store=%s stream=%s from=%s to=%s by=%s", store, stream, _told(old), _told(to), by)
    return WatermarkReset(old=old, new=to, dropped=dropped)


def _told(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else "nothing"
