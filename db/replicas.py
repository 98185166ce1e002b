"""Which replica may answer a read: one that is up and not further behind than allowed."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError

from db.columns import db_now
from db.schema import replica_heartbeat

_SHUN_S = 5.0  # an unfit replica is not asked again for this long
_unfit_until: dict[Engine, float] = {}


def fit(engine: Engine, max_lag_s: float) -> Connection | None:
    """A connection to the replica behind `engine`; None when it is down, or behind by more than `max_lag_s` seconds.

    The lag is measured by the row that the consumers write each second, since Seconds_Behind_Master is NULL when the applier is stopped.
    """
    if _unfit_until.get(engine, 0) > time.monotonic():
        return None
    try:
        conn = engine.connect()
        fresh = conn.execute(select(replica_heartbeat.c.id).where(replica_heartbeat.c.beat_at >= db_now(-max_lag_s))).first()
    except (DBAPIError, OSError):
        _unfit_until[engine] = time.monotonic() + _SHUN_S
        return None
    if fresh is None:
        conn.close()
        _unfit_until[engine] = time.monotonic() + _SHUN_S
        return None
    return conn


def beat(conn: Connection) -> None:
    """Say on the primary that this moment has come; a replica that has the row is that fresh."""
    if not conn.execute(update(replica_heartbeat).where(replica_heartbeat.c.id == 1).values(beat_at=db_now())).rowcount:
        conn.execute(replica_heartbeat.insert().values(id=1, beat_at=db_now()))
