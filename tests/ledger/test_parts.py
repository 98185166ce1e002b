"""Jobs in parts: written down together, ended with the last part, however many look."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

import tasks
from db import job_rescue, store_stats, stores
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Verdict
from db.schema import jobs
from settings import settings
from tasks import fan_out, huey_app
from tasks.sync import BACKFILL

PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def two_stores(work):
    with begin() as conn:
        for name in ("store1", "store2"):
            stores.add(conn, name=name, title=name, platform="shopify", address="https://s.example")


def parts_of(whole):
    with begin() as conn:
        return conn.execute(select(jobs).where(jobs.c.parent_id == int(whole)).order_by(jobs.c.id)).all()


def end(part, verdict=Verdict.SUCCESS):
    """As a worker does: claim it and end it."""
    with begin() as conn:
        held = ledger.claim(conn, part.id, name=part.name, worker="here:1", lease_s=3, time_limit_s=60)
        if verdict is Verdict.FAILED:
            failure = ledger.Failure(error_class="ContractBroken", error="The shop talks nonsense.", reason_code="contract")
            ledger.fail(conn, held, failure, retry_in_s=None)
        else:
            ledger.succeed(conn, held, result={}, verdict=verdict, reason_code=str(verdict))


def backfill(days=21, **more):
    return tasks.backfill("store1", "orders", PAST, PAST + timedelta(days=days), requested_by="ana", **more)


def test_a_stream_that_is_being_read_when_everything_is_asked_for_in_full_is_read_in_full_the_next_time():
    tasks.sync("store1", "orders", requested_by="bo")
    tasks.sync("store1", "products", requested_by="bo", sync_all=True)
    tasks.sync_all("store1", requested_by="ana", in_full=False)
    with begin() as conn:
        assert not any(store_stats.is_full_due(conn, 1, stream) for stream in ("orders", "products", "inventory"))
        conn.execute(update(jobs).where(jobs.c.name == "sync_all").values(active_key=None, state="cancelled"))
    tasks.sync_all("store1", requested_by="ana")
    with begin() as conn:
        due = {stream: store_stats.is_full_due(conn, stores.by_name(conn, "store1").id, stream) for stream in ("orders", "products")}
    assert due == {"orders": True, "products": False}, "products are read in full already"


def test_a_backfill_is_slices_that_meet_and_stand_behind_everything_else():
    whole = backfill(days=20, slice_days=7)
    slices = [(part.args["date_from"], part.args["date_to"]) for part in parts_of(whole)]
    assert len(slices) == 3
    assert (slices[0][0], slices[-1][1]) == (PAST.isoformat(), (PAST + timedelta(days=20)).isoformat())
    assert [each[1] for each in slices[:-1]] == [each[0] for each in slices[1:]], "nothing between two slices"
    assert {(part.priority, part.queue, part.stream) for part in parts_of(whole)} == {(BACKFILL, "sync-orders", "orders")}
    assert huey_app.queue_length() == settings().store_max_running, "the first of the store's line, in one push"
    live = tasks.sync("store1", "orders", requested_by="bo")
    assert live.is_new, "the regular sync runs beside it"
    assert not backfill(days=20).is_new, "asked for twice it is one"


def test_everything_of_all_stores_is_one_part_a_stream_and_leaves_out_what_runs_already():
    running = tasks.sync("store2", "orders", requested_by="bo")
    whole = tasks.sync_all(requested_by="ana")
    assert sorted((part.store_id, part.stream) for part in parts_of(whole)) == sorted(
        (store, stream) for store in _ids() for stream in ("products", "orders", "inventory", "customers")
        if (store, stream) != (_ids()[1], "orders")
    )  # fmt: skip
    assert {part.args["sync_all"] for part in parts_of(whole)} == {True}
    seen = tasks.job(whole)
    assert (seen.state, seen.progress, seen.progress_total, seen.worker) == (JobState.RUNNING, 0, 7, None)
    assert tasks.job(running).parent_id is None
    assert not tasks.sync_all(requested_by="ana").is_new
    assert len(parts_of(tasks.sync_all("store1", requested_by="ana", in_full=False))) == 0, "all of it runs already"


def _ids():
    with begin() as conn:
        return [store.id for store in stores.every(conn)]


@pytest.mark.parametrize(
    ("verdicts", "worst", "state"),
    [
        ([Verdict.SUCCESS, Verdict.SUCCESS], Verdict.SUCCESS, JobState.SUCCEEDED),
        ([Verdict.PARTIAL, Verdict.SUCCESS], Verdict.PARTIAL, JobState.SUCCEEDED),
        ([Verdict.PARTIAL, Verdict.SUSPECT_EMPTY], Verdict.SUSPECT_EMPTY, JobState.SUCCEEDED),
        ([Verdict.FAILED, Verdict.SUCCESS], Verdict.FAILED, JobState.FAILED),
    ],
)
def test_the_whole_ends_once_with_its_last_part_and_its_worst_verdict(verdicts, worst, state):
    whole = backfill(days=14)
    first, second = parts_of(whole)
    end(first, verdicts[0])
    fan_out.settle()
    seen = tasks.job(whole)
    assert (seen.state, seen.progress, seen.progress_total) == (JobState.RUNNING, 1, 2)
    end(second, verdicts[1])
    gate = threading.Barrier(4)

    def consumer():
        gate.wait()
        fan_out.settle()

    threads = [threading.Thread(target=consumer) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    seen = tasks.job(whole)
    assert (seen.state, seen.verdict, seen.progress) == (state, worst, 2)
    assert seen.result["parts"] == 2
    if state is JobState.FAILED:
        assert "1 of 2 parts failed" in seen.error
        assert "The shop talks nonsense." in seen.error


def test_the_whole_does_not_end_before_its_last_part_even_when_it_is_told_so():
    whole = backfill(days=14)
    for part in parts_of(whole):
        end(part)
    from db import parts

    with begin() as conn:
        (seen,) = parts.waiting(conn)
    assert seen.is_over
    with begin() as conn:  # meanwhile a person has asked for one of them again
        conn.execute(update(jobs).where(jobs.c.id == parts_of_id(conn, whole)).values(state=JobState.QUEUED))
    with begin() as conn:
        assert parts.end(conn, seen) is None
    assert tasks.job(whole).state is JobState.RUNNING


def parts_of_id(conn, whole):
    return conn.scalars(select(jobs.c.id).where(jobs.c.parent_id == int(whole))).first()


def test_no_message_and_no_tick_takes_a_whole_for_a_job_of_a_dead_worker(work):
    whole = backfill(days=14)
    huey_app.huey.storage.flush_queue()
    huey_app.push([(int(whole), "backfill", 100)])
    work()
    with begin() as conn:
        assert int(whole) not in [held.id for held in job_rescue.running(conn, lease_s=3)]
        assert conn.scalar(select(jobs.c.fence).where(jobs.c.id == int(whole))) == 0
    assert tasks.job(whole).state is JobState.RUNNING


def test_cancelling_the_whole_cancels_its_parts():
    whole = backfill(days=14)
    first, second = parts_of(whole)
    with begin() as conn:
        held = ledger.claim(conn, first.id, name=first.name, worker="here:1", lease_s=3, time_limit_s=60)
    tasks.cancel(whole, by="ana")
    assert tasks.job(second.id).state is JobState.CANCELLED
    fan_out.settle()
    assert tasks.job(whole).state is JobState.RUNNING, "one part still runs"
    with pytest.raises(ledger.CancelRequested), begin() as conn:
        ledger.fence(conn, held, lease_s=3)
    with begin() as conn:
        ledger.end_cancelled(conn, held, "ana")
    fan_out.settle()
    assert (tasks.job(whole).state, tasks.job(whole).error) == (JobState.CANCELLED, "Cancelled by ana.")


def test_a_retried_whole_runs_the_parts_that_failed_again_and_only_those(work):
    whole = backfill(days=14)
    first, second = parts_of(whole)
    end(first)
    end(second, Verdict.FAILED)
    fan_out.settle()
    assert tasks.job(whole).state is JobState.FAILED
    huey_app.huey.storage.flush_queue()
    tasks.pause(queue="sync-orders", reason="look at the parts first", by="ana")
    with begin() as conn:  # the whole stands in the queue of its parts too
        conn.execute(update(jobs).where(jobs.c.id == int(whole)).values(queue="system"))
    tasks.retry(whole, by="ana")
    work()
    assert [tasks.job(part.id).state for part in (first, second)] == [JobState.SUCCEEDED, JobState.QUEUED]
    assert (tasks.job(whole).state, tasks.job(whole).worker) == (JobState.RUNNING, None)
    tasks.resume(queue="sync-orders", by="ana")
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == second.id).values(run_at=db_now(-1)))
    end(second)
    fan_out.settle()
    assert (tasks.job(whole).state, tasks.job(whole).verdict) == (JobState.SUCCEEDED, Verdict.SUCCESS)


def test_a_whole_some_of_whose_parts_are_gone_is_not_complete():
    """It was split into three; what became of the one that nobody knows any more cannot be proven."""
    whole = backfill(days=21)
    for part in parts_of(whole):
        end(part)
    with begin() as conn:
        conn.execute(delete(jobs).where(jobs.c.id == parts_of_id(conn, whole)))
    fan_out.settle()
    seen = tasks.job(whole)
    assert (seen.state, seen.verdict, seen.reason_code) == (JobState.SUCCEEDED, Verdict.PARTIAL, "parts_gone")
    assert (seen.progress, seen.progress_total, seen.result["parts"]) == (2, 3, 3)
    assert seen.result["sentence"] == "3 parts: 2 succeeded, 1 no longer known; 0 records read."


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"store": "store9", "stream": "orders", "date_from": PAST}, "store"),
        ({"store": "store1", "stream": "parcels", "date_from": PAST}, "stream"),
        ({"store": "store1", "stream": "orders", "date_from": PAST.replace(tzinfo=None)}, "date_from"),
        ({"store": "store1", "stream": "orders", "date_from": PAST, "date_to": PAST}, "date_to"),
        ({"store": "store1", "stream": "orders", "date_from": datetime.now(UTC) + timedelta(days=1)}, "date_to"),
        ({"store": "store1", "stream": "inventory", "date_from": PAST}, "date_from"),
        ({"store": "store1", "stream": "orders", "date_from": PAST, "slice_days": 0}, "slice_days"),
        ({"store": "store1", "stream": "orders", "date_from": PAST, "slice_days": 0.01}, "slice_days"),
    ],
)
def test_a_wrong_backfill_says_what_would_be_right(request_, field):
    with pytest.raises(tasks.BadRequest) as refused:
        tasks.backfill(**request_, requested_by="ana")
    assert refused.value.field == field
