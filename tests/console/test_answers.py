"""What db/ answers to the console: pages of jobs without gaps, states as people say them, causes of failure together."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from db import activity, board, history, people
from db.engine import DatabaseAway, begin
from db.history import Wanted
from db.schema import users
from tests.console.demo import add

NOW = datetime.now(UTC)


def every_page(wanted, limit=7):
    found, before = [], None
    while True:
        answer = history.page(wanted, before=before, limit=limit)
        found += [row["id"] for row in answer.rows]
        if not answer.has_more:
            return found
        before = found[-1]


@pytest.fixture
def mixed(store, job):
    """Sixty jobs of all kinds; {id: what is true of it}."""
    chance, told = random.Random(5), {}
    shops = {name: store(name) for name in ("a", "b")}
    for _ in range(60):
        shown, shop, stream = chance.choice(list(history.SHOWN)), chance.choice(["a", "b", None]), chance.choice(history.STREAMS)
        values = {"state": history.SHOWN[shown][0], "queue": f"sync-{stream}", "error": "no currency" if chance.random() < 0.3 else None}
        values |= {"store_id": shops[shop], "stream": stream} if shop else {}
        values |= {"run_at": NOW + timedelta(hours=1), "created_at": NOW} if shown == "delayed" else {}
        values |= {"error_class": "Boom"} if shown == "retrying" else {}
        told[job(**values)] = {"shown": shown, "store": shop, "queue": values["queue"], "error": values["error"]}
    return told


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(), Wanted(states=("failed",)), Wanted(states=("queued", "delayed", "retrying")), Wanted(store="a"), Wanted(queue="sync-orders"),
        Wanted(store="a", states=("failed", "running")), Wanted(queue="sync-orders", states=("delayed",)), Wanted(search="currency"),
        Wanted(search="currency", store="b"), Wanted(search="no such"), Wanted(store="nobody"),
    ],
)  # fmt: skip
def test_pages_hold_each_wanted_job_once_newest_first(mixed, wanted):
    expected = [
        number for number, told in sorted(mixed.items(), reverse=True)
        if (not wanted.states or told["shown"] in wanted.states) and (not wanted.store or told["store"] == wanted.store)
        and (not wanted.queue or told["queue"] == wanted.queue) and (not wanted.search or wanted.search in (told["error"] or ""))
    ]  # fmt: skip
    expected = [number for number in expected if not wanted.store or mixed[number]["store"]]
    assert every_page(wanted) == expected
    assert history.count_newer(wanted, 0) == len(expected)
    if len(expected) > 4:
        after = [row["id"] for row in history.page(wanted, after=expected[4], limit=3).rows]
        assert after == expected[1:4], "newer means the next ones, not the newest"


def test_a_state_is_shown_as_people_call_it(mixed):
    assert {row["id"]: row["shown"] for row in history.page(Wanted(), limit=100).rows} == {
        number: told["shown"] for number, told in mixed.items()
    }


def test_signs_of_like_are_letters_in_a_search(job):
    job(state="failed", error="100 percent", error_class="X")
    only = job(state="failed", error="100% of it", error_class="X")
    assert every_page(Wanted(search="100%")) == [only]


def test_errors_that_differ_in_numbers_only_are_one_cause(job):
    for number in range(3):
        last = job(state="failed", error=f"Order {number} came without a currency.", error_class="ContractBroken")
    job(state="failed", error="Timeout", error_class="Unavailable")
    job(state="failed", error="Timeout", error_class="Unavailable", finished_at=NOW - timedelta(days=2))
    groups, _ = activity.why_jobs_fail()
    assert [(group["jobs"], group["job_id"]) for group in groups] == [(3, last), (1, last + 1)]


def test_finished_jobs_are_counted_by_their_minute(job):
    moment = (NOW - timedelta(minutes=5)).replace(second=0, microsecond=0)
    for second in (0, 30, 59):
        job(state="succeeded", finished_at=moment + timedelta(seconds=second))
    job(state="failed", finished_at=moment)
    job(state="failed", finished_at=NOW - timedelta(hours=3))
    rows, _ = activity.finished(1, 1)
    assert rows == [(f"{moment:%Y-%m-%d %H:%M}", "failed", 1), (f"{moment:%Y-%m-%d %H:%M}", "succeeded", 3)]


@pytest.mark.parametrize("minutes", [1, 5, 20])
def test_buckets_of_any_width_hold_each_job_once_and_part_in_the_middle(job, minutes):
    chance = random.Random(9)
    ages = [chance.uniform(0, 11.9 * 3600) for _ in range(80)]
    for age in ages:
        job(state=chance.choice(["succeeded", "failed", "cancelled"]), finished_at=NOW - timedelta(seconds=age))
    rows, at = activity.finished(12, minutes)
    middle = f"{at - timedelta(hours=6):%Y-%m-%d %H:%M}"
    assert sum(count for _, _, count in rows) == 80
    split = (at - timedelta(hours=6)).replace(second=0, microsecond=0)
    assert sum(count for moment, _, count in rows if moment >= middle) == sum(NOW - timedelta(seconds=age) >= split for age in ages)


def test_the_board_names_the_unfinished_job_of_a_stream(store, job):
    number = job(store_id=store(), stream="orders", state="running")
    stores, _ = board.stores_and_streams()
    assert stores[0]["doing"] == {"orders": ("running", number)}


def test_users_are_found_by_number_name_and_address(clean):
    with begin() as conn:
        ana, bo = (add(conn, users, name=name, email=email) for name, email in (("Ana", "ana@example.com"), ("Bo", "b@example.com")))
    assert [row["id"] for row in people.page().rows] == [bo, ana]
    for search in (str(ana), "An", "ana@"):
        assert [row["id"] for row in people.page(search=search).rows] == [ana]


def test_a_database_that_breaks_off_in_the_middle_is_away_and_not_a_bug(clean, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def breaks_off(*_args, **_more):
        raise OperationalError("SELECT", {}, Exception("Lost connection to server during query"))

    monkeypatch.setattr(history, "_ids", breaks_off)
    with pytest.raises(DatabaseAway, match="Lost connection"):
        history.page(Wanted())
