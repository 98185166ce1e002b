"""A watermark set by hand is what the next run reads from, whatever runs were on their way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import jobs as ledger
from db import schema, store_stats
from db.engine import begin
from db.job_state import JobState, WrongState
from tasks import copy
from tasks.run import Run
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board, run_of

LOOKBACK = timedelta(minutes=2)  # WooCommerce's


@pytest.fixture
def woo(work):
    with open_store("woocommerce", size=30, orders=230, customers=5) as opened:
        yield opened


def synced(store, work, **options):
    job_id = tasks.sync(store.name, "orders", requested_by="ana", **options)
    finish(job_id, work)
    return int(job_id)


def stopped(store, work, monkeypatch):
    """A sync that was cancelled after its first page; its checkpoint stays."""
    with monkeypatch.context() as stopping:
        stopping.setattr(copy, "_BATCH", 1)
        stopping.setattr(Run, "pause_point", lambda self: tasks.cancel(self.id, by="bo"))
        job_id = int(tasks.sync(store.name, "orders", requested_by="ana"))
        work()
    assert tasks.job(job_id).state is JobState.CANCELLED
    assert run_of(job_id).cursor is not None
    return job_id


def reset(store, to=None):
    return tasks.reset_watermark(store.name, "orders", to, reason="Orders were lost.", by="ana")


def test_without_a_watermark_the_next_sync_reads_everything_and_with_the_old_one_goes_on_there(woo, work):
    first = run_of(synced(woo, work))
    done = reset(woo)
    assert (done.old, done.new, done.dropped) == (first.window_end, None, 0)
    again = run_of(synced(woo, work))
    assert (again.mode, again.window_start, again.read) == ("full", None, first.read)
    assert reset(woo, first.window_end).old == again.window_end
    back = run_of(synced(woo, work))
    assert (back.mode, back.window_start) == ("incremental", first.window_end - LOOKBACK)
    with begin() as conn:
        lines = conn.execute(
            select(schema.audit_log).where(schema.audit_log.c.action == "reset_watermark").order_by(schema.audit_log.c.id)
        ).all()
    assert [(line.person, line.target, line.detail["stream"], line.detail["reason"]) for line in lines] == [
        ("ana", f"store:{woo.name}", "orders", "Orders were lost.")
    ] * 2
    assert [(line.detail["from"], line.detail["to"]) for line in lines] == [
        (first.window_end.isoformat(), "nothing"), (again.window_end.isoformat(), first.window_end.isoformat()),
    ]  # fmt: skip


def test_a_run_at_work_stands_in_the_way_and_one_of_a_range_does_not(woo, work):
    synced(woo, work)
    job_id = int(tasks.sync(woo.name, "orders", requested_by="ana"))
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(state="running"))
    before = board(woo, "orders").watermark
    with pytest.raises(WrongState, match=f"Job {job_id} is syncing orders of .* Wait for its end, or cancel it; then try again"):
        reset(woo)
    assert board(woo, "orders").watermark == before
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(args={"date_from": "2026-01-01T00:00:00+00:00"}))
    assert reset(woo).old == before


def test_a_run_that_stopped_on_its_way_begins_anew_and_does_not_bring_the_old_watermark_back(woo, work, monkeypatch):
    first, held = run_of(synced(woo, work)), board(woo, "orders").live
    reset(woo, datetime.now(UTC) - timedelta(days=3_650))  # so that there are several pages
    job_id = stopped(woo, work, monkeypatch)
    assert reset(woo).dropped == 1
    left = run_of(job_id)
    assert (left.mode, left.cursor, left.read > 0) == ("dropped", None, True), "what it had read is still told"
    assert "a retry begins anew" in left.sentence
    tasks.retry(job_id, by="ana")
    finish(job_id, work)
    run = run_of(job_id)
    assert (run.mode, run.window_start) == ("full", None)
    assert run.read == left.read + first.read, "what it counted before stays counted, since its rows are there"
    assert run.read == run.created + run.updated + run.unchanged + run.duplicate + run.rejected
    assert (board(woo, "orders").watermark, board(woo, "orders").live) == (run.window_end, held)


def test_a_run_of_a_range_and_of_another_stream_keep_their_checkpoints(woo, work, monkeypatch):
    synced(woo, work)
    job_id = stopped(woo, work, monkeypatch) if reset(woo, datetime.now(UTC) - timedelta(days=3_650)) else 0
    cursor = run_of(job_id).cursor
    with begin() as conn:
        conn.execute(update(schema.sync_runs).where(schema.sync_runs.c.job_id == job_id).values(mode="range"))
    tasks.reset_watermark(woo.name, "products", reason="Products were lost.", by="ana")
    assert (reset(woo).dropped, run_of(job_id).cursor) == (0, cursor)


def test_no_job_is_claimed_between_the_look_and_the_commit(woo, work, monkeypatch):
    synced(woo, work)
    job_id = int(tasks.sync(woo.name, "orders", requested_by="ana"))
    done, claimed = threading.Event(), []

    def claim():
        with begin() as conn:
            claimed.append(ledger.claim(conn, job_id, name="sync_orders", worker="w", lease_s=30, time_limit_s=30))
        done.set()

    def set_while_a_worker_asks(conn, *what):
        worker.start()
        assert not done.wait(0.5), "the claim has to wait for the commit"
        put(conn, *what)

    worker, put = threading.Thread(target=claim), store_stats.put_watermark
    monkeypatch.setattr(store_stats, "put_watermark", set_while_a_worker_asks)
    assert reset(woo).new is None
    worker.join(10)
    assert claimed[0].id == job_id
    assert board(woo, "orders").watermark is None


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (datetime(2026, 1, 1), "has no time zone; add one"),
        (datetime(2099, 1, 1, tzinfo=UTC), "is in the future"),
        (datetime(1, 1, 1, tzinfo=UTC), "is before 1990"),
    ],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused_and_nothing_is_changed(woo, work, to, says):
    synced(woo, work)
    before = board(woo, "orders").watermark
    with pytest.raises(tasks.BadRequest, match=says):
        reset(woo, to)
    with pytest.raises(tasks.BadRequest, match="Say in 1 to 512 characters why"):
        tasks.reset_watermark(woo.name, "orders", reason=" ", by="ana")
    assert board(woo, "orders").watermark == before


def test_a_stream_that_is_always_read_whole_has_none_to_set(woo):
    with pytest.raises(tasks.BadRequest, match="woocommerce cannot filter customers by time; they are always read whole"):
        tasks.reset_watermark(woo.name, "customers", reason="why not", by="ana")
    with pytest.raises(tasks.BadRequest, match="There is no store 'nowhere'"):
        tasks.reset_watermark("nowhere", "orders", reason="why not", by="ana")


def test_a_stream_that_was_never_read_can_be_told_where_to_begin(woo, work):
    since = datetime.now(UTC) - timedelta(days=5)
    assert reset(woo, since).old is None
    assert run_of(synced(woo, work)).window_start == since - LOOKBACK
