"""Counts of finished jobs by five minutes: each job once, whoever counts and however often, and the charts say the same as the jobs."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from db import activity, jobs, rollups
from db.engine import begin, reading
from db.schema import jobs as table
from db.schema import options
from db.schema import rollups as counted

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(clean):
    with begin() as conn:
        return jobs.clock(conn)


def ended(at, *, state="succeeded", queue="users", count=1, **more):
    row = {
        "name": "x", "queue": queue, "args": {}, "metadata": {}, "state": state, "max_attempts": 1, "requested_by": "ana", "created_at": at - MINUTE,
        "run_at": at - timedelta(seconds=3), "push_at": at, "started_at": at - timedelta(seconds=2), "finished_at": at, "progress": 10, **more,
    }  # fmt: skip
    with begin() as conn:
        conn.execute(insert(table), [row] * count)


def count_all():
    while True:
        with begin() as conn:
            if not rollups.advance(conn):
                return


def in_rollups():
    with reading(fresh=True) as conn:
        return int(conn.scalar(select(func.sum(counted.c.jobs))) or 0)


def test_each_job_is_counted_once_by_any_number_of_consumers_at_once(now):
    for minutes in range(7, 120, 3):
        ended(now - minutes * MINUTE, count=2, state="failed" if minutes % 2 else "succeeded")
    threads = [threading.Thread(target=count_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    count_all()
    assert in_rollups() == 2 * len(range(7, 120, 3))


def test_what_it_says_of_them(now):
    ended(now - 10 * MINUTE, count=3, verdict="success")
    count_all()
    assert rollups.sums(1, by=("queue", "state", "verdict")) == [
        {"queue": "users", "state": "succeeded", "verdict": "success", "jobs": 3, "records": 30, "ran_ms": 6000, "waited_ms": 3000}
    ]


def test_a_job_whose_transaction_ends_late_is_counted_with_the_next_five_minutes(now):
    ended(now - 16 * MINUTE)
    count_all()
    ended(now - 16 * MINUTE)  # stamped then, committed now
    assert in_rollups() == 1
    with begin() as conn:
        done = rollups.counted_to(conn)
        conn.execute(update(options).values(value=int((done - rollups.BUCKET).timestamp())))
    ended(now - 12 * MINUTE)
    count_all()
    assert in_rollups() == 3


def test_a_purge_takes_no_history_away(now):
    ended(now - 12 * MINUTE, count=5)
    count_all()
    with begin() as conn:
        done = rollups.counted_to(conn)
        conn.execute(delete(table).where(table.c.id % 2 == 0))
        conn.execute(update(options).values(value=int((done - 2 * rollups.BUCKET).timestamp())))
    count_all()
    assert in_rollups() == 5


def test_the_newest_minutes_are_left_to_the_jobs_themselves(now):
    ended(now - 10 * MINUTE)
    count_all()
    ended(now)
    count_all()
    assert in_rollups() == 1


@pytest.mark.parametrize(("hours", "minutes"), [(2, 1), (12, 5), (48, 20)])
def test_the_charts_say_the_same_before_and_after_counting(now, hours, minutes):
    for back in range(0, hours * 60 + 30, hours * 2 + 3):
        ended(now - back * MINUTE, state=("succeeded", "failed", "cancelled")[back % 3])

    def seen():
        rows, at = activity.finished(hours, minutes)
        start = at.replace(second=0, microsecond=0) - timedelta(hours=hours / 2)
        sides = Counter()
        for minute, state, count in rows:
            sides[minute >= f"{start:%Y-%m-%d %H:%M}", state] += count
        return sides

    before = seen()
    count_all()
    with begin() as conn:
        rows_left = conn.scalar(select(func.count()).select_from(table))
    assert rows_left > in_rollups() > rows_left - 5
    assert seen() == before
