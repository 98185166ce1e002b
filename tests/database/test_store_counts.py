"""What was here of each stream, noted once an hour: by how much it has changed is known or not told."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import board, jobs, recount, store_counts
from db.engine import begin
from db.schema import store_stream_counts as counts
from db.schema import store_stream_stats as stats
from tests.database.goods import STREAMS, shop


@pytest.fixture
def now(clean):
    with begin() as conn:
        return jobs.clock(conn)


def noted(store_id, at, live, stream="orders"):
    with begin() as conn:
        hour = at.replace(minute=0, second=0, microsecond=0)
        conn.execute(insert(counts).values(store_id=store_id, stream=stream, at_hour=hour, noted_at=at, live=live))


def here(store_id, live, stream="orders"):
    with begin() as conn:
        conn.execute(update(stats).where(stats.c.store_id == store_id, stats.c.stream == stream).values(live=live))


def change(store_id, stream="orders"):
    (store,) = (one for one in board.stores_and_streams(fresh=True)[0] if one["id"] == store_id)
    told = store["streams"][stream]
    return told["live_change"], told["live_change_since"]


def note():
    with suppress(IntegrityError), begin() as conn:
        if store_counts.is_due(conn):
            store_counts.note(conn)


def test_each_stream_is_noted_once_an_hour_by_any_number_of_consumers_at_once(now):
    numbers = [shop(f"s{number}") for number in range(30)]
    here(numbers[3], 7)
    threads = [threading.Thread(target=note) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with begin() as conn:
        hours = conn.scalar(select(func.count(counts.c.at_hour.distinct())))
        assert hours in (1, 2), "the hour may have ended meanwhile"
        assert conn.scalar(select(func.count()).select_from(counts)) == len(numbers) * len(STREAMS) * hours
    assert change(numbers[3])[0] == 0


def test_nothing_is_due_before_the_next_hour_begins(now):
    number = shop()
    noted(number, now, 5)
    with begin() as conn:
        assert not store_counts.is_due(conn)
        conn.execute(update(counts).values(at_hour=now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)))
        assert store_counts.is_due(conn)


def test_a_change_is_told_since_the_newest_note_that_is_a_day_old(now):
    number = shop()
    here(number, 134)
    for hours, live in ((50, 20), (26, 90), (25, 100), (23, 130), (1, 133)):
        noted(number, now - timedelta(hours=hours, minutes=1), live)
    assert change(number) == (34, now - timedelta(hours=25, minutes=1))
    here(number, 95)
    assert change(number)[0] == -5


def test_a_note_made_late_in_its_hour_is_not_taken_before_it_is_a_day_old(now):
    """Its hour began more than a day ago, and it is younger."""
    number = shop()
    here(number, 10)
    noted(number, now - timedelta(hours=26), 4)
    with begin() as conn:
        conn.execute(
            insert(counts).values(
                store_id=number, stream="orders", at_hour=now - timedelta(hours=24, minutes=5), noted_at=now - timedelta(hours=23), live=9
            )
        )
    assert change(number) == (6, now - timedelta(hours=26))


def test_a_younger_stream_tells_since_its_first_note_and_one_without_any_tells_nothing(now):
    old, young, bare = shop("old"), shop("young"), shop("bare")
    for number in (old, young, bare):
        here(number, 50)
    noted(old, now - timedelta(hours=30), 10)
    for hours, live in ((3, 20), (1, 40)):
        noted(young, now - timedelta(hours=hours), live)
        noted(old, now - timedelta(hours=hours), live)
    assert change(old) == (40, now - timedelta(hours=30))
    assert change(young) == (30, now - timedelta(hours=3))
    assert change(bare) == (None, None)
    assert change(old, "products") == (None, None)


def test_a_total_that_was_wrong_leaves_no_change_behind_that_never_was(now):
    number = shop()
    here(number, 500)
    for stream in ("orders", "products"):
        noted(number, now - timedelta(hours=25), 400, stream)
    with begin() as conn:
        recount.mend(conn, recount.Totals(number, "products"), {"rejected": -1})
        recount.mend(conn, recount.Totals(number, "orders"), {"live": -500})
    assert change(number) == (None, None)
    assert change(number, "products")[0] == -400, "nothing was wrong with its live records"
