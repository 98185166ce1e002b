"""A dry run beside all else: the sync, schedules, the breaker, cancellation and jobs in parts take it for what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

import tasks
from db import schema, store_runs, store_stats, stores
from db.board import stores_and_streams
from db.columns import db_now
from db.engine import begin, reading
from db.job_state import JobState, Verdict
from tasks import fan_out, schedules
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store
from tests.sync.dump import of_shops
from tests.sync.test_dry_run import counted, foreseen, then, woo
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board

__all__ = ["woo"]  # a fixture


def test_it_stands_beside_the_sync_and_not_in_its_place(woo, work):
    dry = tasks.sync(woo.name, "orders", requested_by="ana", dry_run=True)
    assert int(tasks.sync(woo.name, "orders", requested_by="bo", dry_run=True)) == int(dry)
    real = tasks.sync(woo.name, "orders", requested_by="ana")
    assert real.is_new
    assert (tasks.job(dry).name, tasks.job(dry).queue, tasks.job(real).name) == ("dry_run_orders", "system", "sync_orders")
    schedule = {"id": 1, "store_id": woo.id, "stream": "all", "cron": "0 3 * * 0"}
    tasks.cancel(real, by="ana")
    with begin() as conn:
        made = schedules.ask(conn, schedule, datetime.now(UTC))
    assert all(job.is_new for job in made), "a schedule that is due does not take a dry run for its sync"
    with begin() as conn:
        assert not store_stats.is_full_due(conn, woo.id, "orders")


def test_a_sync_that_is_owed_in_full_is_foreseen_in_full_and_owed_still(woo, work):
    then(woo, "orders", work)
    with begin() as conn:
        store_stats.owe_full(conn, woo.id, "orders")
    seen = foreseen(woo, "orders", work)
    assert seen.result["read"] >= woo.shop.counts()["orders"]
    assert then(woo, "orders", work).result["read"] == seen.result["read"]


def test_refused_credentials_are_the_dry_runs_matter_and_not_the_streams(woo, work):
    then(woo, "orders", work)
    woo.sandbox.door("woocommerce", woo.name).is_revoked = True
    with begin() as conn:
        stores.failed(conn, woo.id, "x", pause_after=5)  # one failure that a good answer would take back
    before = of_shops()
    job_id = tasks.sync(woo.name, "orders", requested_by="ana", dry_run=True)
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.verdict, seen.reason_code) == (JobState.FAILED, Verdict.BLOCKED, "auth")
    woo.sandbox.door("woocommerce", woo.name).is_revoked = False
    foreseen(woo, "orders", work)
    assert of_shops() == before
    assert board(woo, "orders").failed_in_a_row == 0


def test_a_store_that_is_paused_after_failures_is_not_tried_by_a_dry_run(woo, work):
    with begin() as conn:
        for _ in range(5):
            stores.failed(conn, woo.id, "x", pause_after=5)
        conn.execute(update(schema.stores).values(probe_at=db_now(-1)))
    before = of_shops()
    job_id = tasks.sync(woo.name, "orders", requested_by="ana", dry_run=True)
    work()
    assert (tasks.job(job_id).state, tasks.job(job_id).attempt) == (JobState.QUEUED, 1)
    assert of_shops() == before, "the one try whether it is back is the sync's"


def test_cancelled_between_pages_it_leaves_nothing(clean):
    with open_store("woocommerce", size=20, orders=420, customers=5) as store:
        store.sandbox.visits("woocommerce", store.name).fault("slow", stream="orders", times=100, delay_s=0.3)
        before = of_shops()
        job_id = tasks.sync(store.name, "orders", requested_by="ana", dry_run=True)
        with consumer():
            until("a page", lambda: (tasks.job(job_id).progress or 0) > 0)
            tasks.cancel(job_id, by="ana")
            until("the end", lambda: tasks.job(job_id).is_finished)
        assert tasks.job(job_id).state is JobState.CANCELLED
        after = of_shops()
        assert {name: rows for name, rows in after.items() if name != "audit_log"} == {
            name: rows for name, rows in before.items() if name != "audit_log"
        }


def parts_of(whole):
    with reading(fresh=True) as conn:
        jobs = schema.jobs
        return conn.execute(select(jobs.c.id, jobs.c.name).where(jobs.c.parent_id == int(whole)).order_by(jobs.c.id)).all()


def test_everything_at_once_and_a_backfill_have_dry_parts(woo, work):
    asked = tasks.sync(woo.name, "orders", requested_by="bo", dry_run=True)  # its part is left to it, and nothing is owed for that
    before = of_shops()
    for whole, name in (
        (tasks.sync_all(woo.name, requested_by="ana", dry_run=True), "dry_run_all"),
        (tasks.backfill(woo.name, "orders", datetime(2020, 1, 1, tzinfo=UTC), requested_by="ana", slice_days=1000, dry_run=True), "dry_run_backfill"),
    ):  # fmt: skip
        parts = parts_of(whole)
        assert len(parts) >= 3
        assert all(part.name.startswith("dry_run_") for part in parts)
        for part in parts:
            finish(part.id, work)
        finish(asked, work)
        fan_out.settle()
        seen = tasks.job(whole)
        assert (seen.name, seen.state, seen.verdict, seen.result["dry_run"]) == (name, JobState.SUCCEEDED, Verdict.SUCCESS, True)
        assert seen.result["sentence"].startswith("Dry run, nothing was written. ")
        assert seen.result["created"] > 0
    assert of_shops() == before


def test_a_window_that_ends_before_what_is_new_is_the_same_for_both(woo, work):
    then(woo, "orders", work)
    woo.shop.place_order(woo.shop.ids("products")[2], at=datetime.now(UTC) - timedelta(minutes=1))
    seen = foreseen(woo, "orders", work)
    assert seen.result["created"] == 1
    assert seen.result["examples"]["created"] == [woo.shop.ids("orders")[-1]]
    with begin() as conn:
        watermark = store_stats.watermark(conn, woo.id, "orders")
    assert watermark is not None
    assert counted(seen) == counted(then(woo, "orders", work))


def test_the_board_and_the_last_runs_do_not_know_of_it(woo, work):
    then(woo, "orders", work)
    before, bars = of_shops(), store_runs.last_runs([woo.id])
    dry = tasks.sync(woo.name, "orders", requested_by="ana", dry_run=True)
    assert next(store for store in stores_and_streams(fresh=True)[0] if store["id"] == woo.id)["doing"] == {}
    finish(dry, work)
    assert (of_shops(), store_runs.last_runs([woo.id])) == (before, bars)
