"""Looks at what is wrong, one after the other, as consumers take them."""

from __future__ import annotations

from sqlalchemy import update

import tasks
from db import consumers, schema
from db.columns import db_now
from db.engine import begin
from tasks import alerts

CONSUMER = consumers.Consumer(id="c", host="h", pid=1, version="1", workers=1, worker_type="process", broker="b")


def later():
    """The next look: the turn of it comes, and what was seen lately was seen long ago."""
    with begin() as conn:
        conn.execute(update(schema.options).values(changed_at=db_now(-60)))
        conn.execute(update(schema.alerts).values(last_seen_at=db_now(-600)))
        consumers.beat(conn, CONSUMER)
    return alerts.look()


def orders_of(store_id, **values):
    with begin() as conn:
        conn.execute(update(schema.store_stream_stats).where(schema.store_stream_stats.c.store_id == store_id).values(**values))


def active():
    return {one["cause"]: one for one in tasks.recent_alerts() if one["ended_at"] is None}
