"""The filters of the list of jobs that no index answers: they narrow it to just those, and say how far they have looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from db import exports, history
from db.engine import begin
from db.history import Wanted
from tests.console.demo import add, add_job

NOW = datetime.now(UTC)


@pytest.fixture
def write(clean):
    def job(**values):
        with begin() as conn:
            return add_job(conn, **values)

    return job


@pytest.fixture
def shop(clean):
    from db.schema import stores

    def connect(name, platform):
        with begin() as conn:
            return add(conn, stores, name=name, title=name, platform=platform, address="https://shop.example.test")

    return connect


def listed(**wanted):
    return [row["id"] for row in history.page(Wanted(**wanted)).rows]


def test_a_platform_is_that_of_the_store(write, shop):
    ours = write(store_id=shop("a", "ebay"))
    write(store_id=shop("b", "amazon"))
    write()
    assert listed(platform="ebay") == [ours]
    assert listed(platform="tiktok") == []


def test_who_asked_is_a_whole_name(write):
    hers = write(requested_by="ana")
    write(requested_by="anabel")
    assert listed(requested_by="ana") == [hers]


def test_tried_again_is_what_began_more_than_once(write):
    second_try_failed = write(state="failed", failures=2)
    second_try_went_well = write(state="succeeded", failures=1)
    waits_for_its_second = write(failures=1, error_class="X")
    lost_its_worker = write(state="succeeded", crashes=1)
    write(state="failed", failures=1)
    write(state="succeeded")
    assert listed(is_retried=True) == [lost_its_worker, waits_for_its_second, second_try_went_well, second_try_failed]


def test_longer_than_counts_from_the_first_start_to_the_end_or_to_now(write):
    ended = write(state="succeeded", started_at=NOW - timedelta(hours=3), finished_at=NOW - timedelta(hours=2))
    runs = write(state="running", started_at=NOW - timedelta(minutes=20))
    write(state="succeeded", started_at=NOW - timedelta(hours=3), finished_at=NOW - timedelta(hours=3) + timedelta(seconds=9))
    write()
    assert listed(longer_s=600) == [runs, ended]
    assert listed(longer_s=1_800) == [ended]


def test_a_time_is_when_the_job_was_requested(write):
    days = [write(created_at=NOW - timedelta(days=age)) for age in range(9, -1, -1)]
    assert listed(within_s=2 * 86_400 + 60) == days[:-4:-1]
    assert listed(since=NOW - timedelta(days=6), until=NOW - timedelta(days=3)) == days[3:6][::-1], "its end does not belong to it"
    assert listed(until=NOW - timedelta(days=8)) == [days[0]]
    assert listed(since=NOW + timedelta(days=1)) == []
    assert listed(since=NOW - timedelta(days=6), states=("failed",)) == []


def test_what_is_looked_at_row_by_row_says_how_far_it_went(write, monkeypatch):
    hers = write(requested_by="ana")
    others = [write() for _ in range(12)]
    monkeypatch.setattr(history, "SEARCH_WINDOW", 5)
    answer = history.page(Wanted(requested_by="ana"))
    assert (answer.rows, answer.searched_to) == ([], others[-5])
    while answer.searched_to is not None and not answer.rows:
        answer = history.page(Wanted(requested_by="ana"), before=answer.searched_to)
    assert [row["id"] for row in answer.rows] == [hers]
    assert history.page(Wanted(requested_by="ana", since=NOW + timedelta(days=1))).searched_to is None, (
        "before that time there is nothing to find"
    )
    preview = tasks.preview_bulk("cancel", Wanted(requested_by="ana"))
    assert (preview.ids, preview.searched_to) == ((), others[-5]), "what was not looked at is told"


def test_a_bulk_keeps_the_times_of_its_filter_as_text(write):
    write(state="failed")
    preview = tasks.preview_bulk("retry", Wanted(since=NOW - timedelta(days=1), platform=None))
    assert preview.chosen == {"since": (NOW - timedelta(days=1)).isoformat()}
    assert tasks.start_bulk(preview, by="ana").is_new


def test_rows_for_a_file_come_in_the_order_of_the_list_with_the_columns_of_the_export(write):
    ids = [write() for _ in range(3)]
    rows = exports.of_ids("jobs", ids)
    assert [row["id"] for row in rows] == ids[::-1]
    assert tuple(rows[0]) == exports.COLUMNS["jobs"]
