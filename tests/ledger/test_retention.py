"""What is old goes, a little at a time; what people still need stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

import tasks
from db import jobs as ledger
from db import retention
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import (
    alerts,
    audit_log,
    bulk_operations,
    bulk_targets,
    consumers,
    failure_groups,
    job_attempts,
    job_log,
    jobs,
    rejected_records,
    requests,
    rollups,
    store_stream_counts,
    store_stream_stats,
    stores,
)
from tasks import housekeeping, huey_app
from tasks.run import GiveBack, Run
from tests.ledger.history import DAY, finished, ids_left


def purge(work):
    with pytest.MonkeyPatch.context() as context:
        context.setattr(Run, "pause_point", lambda self: None)  # on a slow machine its slice ends, and other jobs of these tests wait
        job_id = tasks.purge(by="ana")
        work()
    seen = tasks.job(job_id)
    assert seen.state == JobState.SUCCEEDED, seen.error
    return seen.result["deleted"]


def count(table):
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(table))


def test_a_few_thousand_old_jobs_go_in_small_batches_and_the_newest_of_each_queue_stay(work, monkeypatch):
    """R21, small; by hand with a million. That a batch costs the same then: tests/faults/test_many_finished.py."""
    old = finished(1_500, queue="sync-orders", days_ago=40) + finished(700, queue="sync-orders", state="failed", days_ago=40)
    quiet = finished(60, queue="users", days_ago=300) + finished(120, queue="renamed", days_ago=300)
    unfinished = finished(40, queue="sync-orders", state="queued", days_ago=300)
    cancelled = finished(30, queue="sync-orders", state="cancelled", days_ago=40)
    young = finished(20, queue="sync-orders", days_ago=1)
    batches = []
    real = retention._Jobs.delete
    monkeypatch.setattr(retention._Jobs, "delete", lambda self, conn, keys: batches.append(len(keys)) or real(self, conn, keys))
    deleted = purge(work)
    left = ids_left()
    assert set(young) | set(unfinished) | set(quiet[:60]) <= left
    assert set(quiet[60:]) & left == set(quiet[-100:]), "a queue that the code no longer knows keeps its last hundred too"
    assert set(old[:1500]) & left == set(old[1420:1500]), "with the twenty young ones they are the last hundred"
    assert set(old[1500:]) & left == set(old[-50:])
    assert not set(cancelled) & left
    assert deleted["jobs"] == sum(batches) == 1420 + 650 + 30 + 20
    assert max(batches) <= 500
    assert len(batches) > 4
    with begin() as conn:
        assert set(conn.scalars(select(job_attempts.c.job_id))) <= left


def test_a_count_deletes_the_oldest_but_nothing_of_today(work):
    yesterday, today = finished(1_300, days_ago=2), finished(300, days_ago=0.5)
    tasks.change_option("keep_jobs_count", 1_000, by="ana")
    purge(work)
    left = ids_left()
    assert not set(yesterday[:500]) & left
    assert set(today) <= left
    assert set(yesterday[-100:]) <= left


def test_a_parent_stays_while_a_child_is_unfinished(work):
    (parent,) = finished(1, state="cancelled", days_ago=100)
    finished(1, state="queued", parent_id=parent)
    purge(work)
    assert parent in ids_left()


def test_the_parts_of_an_unfinished_whole_stay(work):
    (whole,) = finished(1, state="running", days_ago=100)
    parts = finished(101, queue="renamed", days_ago=90, parent_id=whole)
    ended = finished(3, queue="other", state="cancelled", days_ago=90, parent_id=parts[0])
    purge(work)
    assert set(parts) <= ids_left(), "the oldest of them is no longer among the last hundred of its queue"
    assert not set(ended) & ids_left(), "that whole has ended"


def test_a_part_whose_whole_is_retried_while_the_purge_looks_at_it_stays(work):
    (whole,) = finished(1, state="failed", days_ago=100)
    (part,) = finished(1, state="cancelled", days_ago=100, parent_id=whole)
    with begin() as conn:
        sweep = next(one for one in retention.sweeps(conn) if one.name == "jobs")
        found = sweep.find(conn, None, 500)
    assert found.keys == [part], "the whole is among the last fifty that failed"
    tasks.retry(whole, by="ana")
    with begin() as conn:
        assert sweep.delete(conn, found.keys) == 0


def test_a_job_that_is_retried_while_the_purge_looks_at_it_stays(work):
    (job_id,) = finished(1, state="cancelled", days_ago=100)
    with begin() as conn:
        sweep = next(one for one in retention.sweeps(conn) if one.name == "jobs")
        found = sweep.find(conn, None, 500)
    assert found.keys == [job_id]
    tasks.retry(job_id, by="ana")
    with begin() as conn:
        assert sweep.delete(conn, found.keys) == 0
    assert job_id in ids_left()


@pytest.fixture
def old_and_young(work):
    """Of each kind one that is old enough to go and one that is not."""
    (job_id,) = finished(1)
    store_id = a_store()
    with begin() as conn:
        now = ledger.clock(conn)
        ages = (now - timedelta(days=2_000), now)
        for number, at in enumerate(ages):
            conn.execute(insert(job_log).values(job_id=job_id, at=at, level="info", line=f"line {number}"))
            conn.execute(insert(requests).values(server_id="s", timestamp=at))
            conn.execute(insert(audit_log).values(person="p", action="a", target="t", at=at))
            conn.execute(
                insert(alerts).values(rule="r", cause="c", severity="person", sentence="s", began_at=at, last_seen_at=at, ended_at=at)
            )
            conn.execute(
                insert(consumers).values(
                    id=f"c{number}", host="h", pid=1, version="v", workers=1, worker_type="thread", broker="b", beat_at=at
                )
            )
            conn.execute(
                insert(failure_groups).values(fingerprint=f"f{number}", name="n", error_class="e", example="x", kind="bug", last_seen_at=at)
            )
            conn.execute(insert(rollups).values(at=at, queue="system", store_id=0, state="succeeded", verdict=""))
            conn.execute(insert(store_stream_counts).values(at_hour=at, store_id=store_id, stream="orders", live=1, noted_at=at))
            operation = conn.execute(
                insert(bulk_operations).values(action="retry", filter={}, requested_by="p", total=3, created_at=at, finished_at=at)
            ).inserted_primary_key[0]
            conn.execute(insert(bulk_targets), [{"operation_id": operation, "target_id": i, "outcome": "done"} for i in range(3)])
        conn.execute(insert(alerts).values(rule="r", cause="d", active_cause="d", severity="person", sentence="s", began_at=ages[0]))


def test_of_everything_that_grows_the_old_goes_and_the_young_stays(old_and_young, work):
    before = count(audit_log)
    deleted = purge(work)
    assert {name: deleted[name] for name in sorted(deleted)} == {
        "alerts": 1, "audit_log": 1, "bulk_operations": 1, "bulk_targets": 3, "consumers": 1, "failure_groups": 1, "job_log": 1, "requests": 1,
        "rollups": 1, "store_stream_counts": 1,
    }  # fmt: skip
    assert (count(alerts), count(consumers), count(failure_groups), count(rollups), count(store_stream_counts)) == (2, 1, 1, 1, 1)
    with begin() as conn:
        assert list(conn.scalars(select(job_log.c.line).where(job_log.c.line.like("line %")))) == ["line 1"]
    assert (count(bulk_operations), count(bulk_targets), count(audit_log)) == (1, 3, before)  # one old line less, the one of the purge more


def test_a_rejected_record_that_no_sync_met_for_a_year_goes_and_the_board_with_it(work):
    store_id = a_store()
    with begin() as conn:
        conn.execute(insert(store_stream_stats).values(store_id=store_id, stream="orders", rejected=2))
        for external_id, days in (("old", 500), ("new", 1)):
            conn.execute(
                insert(rejected_records).values(
                    store_id=store_id,
                    stream="orders",
                    external_id=external_id,
                    reason_code="r",
                    reason="r",
                    job_id=1,
                    last_seen_at=db_now(-days * DAY),
                )
            )
    assert purge(work)["rejected_records"] == 1
    with begin() as conn:
        assert list(conn.scalars(select(rejected_records.c.external_id))) == ["new"]
        assert conn.scalar(select(store_stream_stats.c.rejected)) == 1


def a_store():
    with begin() as conn:
        return conn.execute(insert(stores).values(name="s1", title="Shop", platform="ebay", address="https://x")).inserted_primary_key[0]


def test_each_days_housekeeping_is_asked_for_once_however_many_look(clean, monkeypatch):
    monkeypatch.setattr(housekeeping, "_HOUR", 0)
    assert [housekeeping.look() for _ in range(3)] == [["purge", "recount"], [], []]
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(jobs).where(jobs.c.name == "purge")) == 1


def test_a_purge_that_was_asked_for_twice_runs_once(work):
    first, again = tasks.purge(by="ana"), tasks.purge(by="ben")
    assert (int(again), again.is_new) == (int(first), False)


def test_a_purge_that_gives_its_worker_back_between_two_batches_goes_on_where_it_was(work, monkeypatch):
    finished(1_200, state="cancelled", days_ago=60)

    def stop(self):
        raise GiveBack(Outcome.STOPPED)

    with monkeypatch.context() as stopping:
        stopping.setattr(Run, "pause_point", stop)
        job_id = tasks.purge(by="ana")
        work()
    assert (tasks.job(job_id).state, len(ids_left())) == (JobState.QUEUED, 701), "one batch, committed by itself"
    huey_app.push([(job_id, "purge", 0)])
    work()
    assert (tasks.job(job_id).state, ids_left()) == (JobState.SUCCEEDED, {job_id})


def test_a_batch_that_holds_its_locks_too_long_makes_the_next_one_smaller():
    assert [housekeeping.fitting(500, 0.5), housekeeping.fitting(250, 0.1), housekeeping.fitting(250, 0.01), housekeeping.fitting(500, 0.01)] == [
        250, 250, 500, 500,
    ]  # fmt: skip
    assert housekeeping.fitting(150, 9.0) == 100


def test_an_option_is_kept_told_and_taken_back(clean):
    assert {one.name: one.value for one in tasks.list_options()}["keep_jobs_days"] == 30
    tasks.change_option("keep_jobs_days", 7, by="ana")
    (shown,) = [one for one in tasks.list_options() if one.name == "keep_jobs_days"]
    assert (shown.value, shown.default, shown.changed_by) == (7, 30, "ana")
    tasks.reset_option("keep_jobs_days", by="ben")
    assert {one.name: (one.value, one.changed_by) for one in tasks.list_options()}["keep_jobs_days"] == (30, None)
    with begin() as conn:
        told = [(row.person, row.action, row.detail) for row in conn.execute(select(audit_log).order_by(audit_log.c.id))]
    assert told == [("ana", "change_option", {"from": 30, "to": 7}), ("ben", "reset_option", {"from": 7, "to": 30})]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("keep_jobs_days", 0, "keep_jobs_days is 0; it has to be a whole number from 1 to 3,650"),
        ("keep_jobs_days", True, "is True"),
        ("keep_jobs_days", 1.5, "is 1.5"),
        ("keep_everything", 1, "There is no option 'keep_everything'; choose one of keep_jobs_days"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_a_sentence(clean, name, value, told):
    with pytest.raises(tasks.BadRequest, match=told):
        tasks.change_option(name, value, by="ana")


def test_unfinished_jobs_are_never_purged_whatever_the_limits(work):
    waiting = finished(3, state="queued", days_ago=3_000)
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == waiting[0]).values(finished_at=db_now(-3_000 * DAY)))
    purge(work)
    assert set(waiting) <= ids_left()
