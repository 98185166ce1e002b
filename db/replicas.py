"""Which replica may answer a read: one that is up and not further behind than allowed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import gtid
from db.columns import db_now
from db.schema import replica_heartbeat

WAIT_S = 0.3  # a reader waits so long for its own write to arrive
SHUN_S = 5.0  # an unfit replica is not asked again for this long, and then by one reader alone
BEHIND_S = 1.0  # a replica on which one reader waited in vain lets no other wait for this long
_unfit_until: dict[Engine, float] = {}
_behind_until: dict[Engine, float] = {}


def fit(engines: Sequence[Engine], max_lag_s: float, *, fresh: str = "") -> Connection | None:
    """A connection to the first fit replica; None when all are down or too far behind, and the primary has to answer.

    The lag is measured by the row that the consumers write each second, since Seconds_Behind_Master is NULL when the applier is stopped. With the
    number of a transaction in `fresh` the replica must have that, which may take WAIT_S seconds over all of them.
    """
    until = time.monotonic() + WAIT_S
    for engine in engines:
        now = time.monotonic()
        if _unfit_until.get(engine, 0.0) > now:
            continue
        if engine in _unfit_until:
            shun(engine)  # while this reader tries it, the others do not wait for a server that may hang
        if (conn := _connection(engine)) is None:
            continue
        if _is_close(conn, engine, max_lag_s) and _has(conn, engine, fresh, until):
            return conn
        conn.close()
    return None


def _connection(engine: Engine) -> Connection | None:
    try:
        return engine.connect()
    except (DBAPIError, OSError):
        shun(engine)
    except PoolTimeout:
        pass  # busy, not broken
    return None


def _is_close(conn: Connection, engine: Engine, max_lag_s: float) -> bool:
    try:
        is_close = conn.execute(select(replica_heartbeat.c.id).where(replica_heartbeat.c.beat_at >= db_now(-max_lag_s))).first() is not None
    except DBAPIError:
        is_close = False
    if is_close:
        _unfit_until.pop(engine, None)
    else:
        shun(engine)
    return is_close


def _has(conn: Connection, engine: Engine, fresh: str, until: float) -> bool:
    if not fresh:
        return True
    now = time.monotonic()
    try:
        has = gtid.wait(conn, fresh, 0.0 if _behind_until.get(engine, 0.0) > now else max(0.0, until - now))
    except DBAPIError:
        shun(engine)
        return False
    if not has:
        _behind_until[engine] = now + BEHIND_S
    return has


def shun(engine: Engine) -> None:
    """Ask this replica nothing for a while: it is down, or too far behind."""
    _unfit_until[engine] = time.monotonic() + SHUN_S


def beat(conn: Connection) -> None:
    """Say on the primary that this moment has come; a replica that has the row is that fresh."""
    if not conn.execute(update(replica_heartbeat).where(replica_heartbeat.c.id == 1).values(beat_at=db_now())).rowcount:
        conn.execute(replica_heartbeat.insert().values(id=1, beat_at=db_now()))
