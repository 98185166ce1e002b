"""A backfill beside the live sync: the watermark stays, nothing older wins, and the end is that of one uninterrupted run."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

import tasks
from db import store_stats, stores
from db.engine import begin
from db.job_state import JobState, Outcome, Verdict
from db.record_pages import Incoming, Source, write_page
from db.schema import job_attempts, jobs, products, store_stream_stats
from integrations.records import Product, Variant
from tasks import fan_out
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store
from tests.sync.memory import differences, held
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board
from tests.sync.truth import told

ORDERS = ("orders", "order_lines", "refunds")


def whole_past(store):
    return min(row["placed_at"] for row in held(store, "orders").values()) - timedelta(days=2)


def orders_in_truth(store):
    return {name: rows for name, rows in told(store).items() if name in ORDERS}


def end_of(whole, work):
    with begin() as conn:
        parts = conn.scalars(select(jobs.c.id).where(jobs.c.parent_id == int(whole)).order_by(jobs.c.id)).all()
    for part in parts:
        finish(part, work)
    fan_out.settle()
    return tasks.job(whole)


def test_a_backfill_reads_all_of_its_range_and_moves_no_watermark(work):
    with open_store("woocommerce", size=20, orders=200, customers=5) as store:
        finish(tasks.sync(store.name, "orders", requested_by="ana"), work)
        before = board(store, "orders")
        seen = end_of(tasks.backfill(store.name, "orders", whole_past(store), requested_by="ana", slice_days=90), work)
        assert (seen.state, seen.verdict) == (JobState.SUCCEEDED, Verdict.SUCCESS)
        assert seen.result["read"] - seen.result["duplicate"] >= store.shop.counts()["orders"] - 5, (
            "but for what is younger than two seconds"
        )
        assert (seen.result["created"], seen.result["updated"]) == (0, 0)
        after = board(store, "orders")
        assert (after.watermark, after.last_job_id, after.last_finished_at) == (
            before.watermark,
            before.last_job_id,
            before.last_finished_at,
        )
        assert differences(store, orders_in_truth(store)) == []


def test_a_backfill_into_an_empty_store_fills_it_and_leaves_the_first_sync_to_be_a_full_one(work):
    with open_store("woocommerce", size=20, orders=150, customers=5) as store:
        start = datetime.now(UTC) - timedelta(days=3650)
        seen = end_of(tasks.backfill(store.name, "orders", start, requested_by="ana", slice_days=1000), work)
        assert (seen.verdict, seen.progress, seen.progress_total) == (Verdict.SUCCESS, 4, 4)
        assert seen.result["created"] == store.shop.counts()["orders"]
        assert board(store, "orders").watermark is None
        full = finish(tasks.sync(store.name, "orders", requested_by="ana"), work)
        assert full.result["created"] == 0
        assert differences(store, orders_in_truth(store)) == []


def test_a_failed_slice_is_the_backfills_matter_and_not_the_boards(work):
    with open_store("woocommerce", size=20, orders=60, customers=5) as store:
        finish(tasks.sync(store.name, "orders", requested_by="ana"), work)
        before = board(store, "orders")
        store.sandbox.door("woocommerce", store.name).is_revoked = True
        whole = tasks.backfill(store.name, "orders", whole_past(store), requested_by="ana", slice_days=5000)
        work()
        fan_out.settle()
        seen = tasks.job(whole)
        assert (seen.state, seen.verdict, seen.reason_code) == (JobState.FAILED, Verdict.BLOCKED, "auth")
        assert board(store, "orders").last_verdict == before.last_verdict


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")
@pytest.mark.parametrize("point", ["after_commit:1", "before_commit:2", "after_claim"])
def test_slices_killed_between_pages_end_as_one_uninterrupted_run(clean, point):
    with open_store("woocommerce", size=20, orders=420, customers=5) as store:
        start = datetime.now(UTC) - timedelta(days=3650)
        whole = tasks.backfill(store.name, "orders", start, requested_by="ana", slice_days=2000)
        with consumer("tests/processes/crashing.py", CRASH_AT=point, CRASH_WHAT="consumer") as crashing:
            crashing.process.wait(timeout=60)
        assert not tasks.job(whole).is_finished
        with consumer():
            live = tasks.sync(store.name, "orders", requested_by="bo")
            seen = tasks.wait(whole, timeout_s=90)
            tasks.wait(live, timeout_s=60)
        assert (seen.state, seen.verdict, seen.progress) == (JobState.SUCCEEDED, Verdict.SUCCESS, 2)
        assert differences(store, orders_in_truth(store)) == []
        assert board(store, "orders").live == store.shop.counts()["orders"], "two runs counted no record twice"


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")
def test_killing_a_consumer_while_its_store_is_paused_loses_nothing(clean):
    with open_store("woocommerce", size=20, orders=420, customers=5) as store:
        visits = store.sandbox.visits("woocommerce", store.name)
        visits.fault("slow", stream="orders", times=100, delay_s=0.2)
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        with consumer() as victim:
            until("a page", lambda: (tasks.job(job_id).progress or 0) > 0)
            tasks.pause(store=store.name, reason="stocktaking", by="ana")
            until("the job to be given back", lambda: tasks.job(job_id).state is JobState.QUEUED)
            waiting = tasks.sync(store.name, "products", requested_by="ana")
            victim.kill()
        assert tasks.job(job_id).state is tasks.job(waiting).state is JobState.QUEUED
        with begin() as conn:
            outcomes = conn.scalars(select(job_attempts.c.outcome).where(job_attempts.c.job_id == int(job_id))).all()
        assert outcomes == [Outcome.PAUSED]
        visits.clear()
        with consumer():
            other = tasks.test_worker(requested_by="ana")
            tasks.wait(other, timeout_s=30)
            assert tasks.job(job_id).state is JobState.QUEUED, "still paused"
            tasks.resume(store=store.name, by="ana")
            seen = tasks.wait(job_id, timeout_s=60)
            tasks.wait(waiting, timeout_s=60)
        truth = {name: rows for name, rows in told(store).items() if name in (*ORDERS, "products", "variants")}
        assert seen.verdict is Verdict.SUCCESS
        assert differences(store, truth) == []


def test_the_older_of_two_writers_never_wins_and_no_record_is_counted_twice(clean):
    """A backfill and a live sync write the same new records at the same moment."""
    with begin() as conn:
        shop = stores.add(conn, name="s", title="S", platform="shopify", address="https://s.example")
        store_stats.ensure(conn, shop, "products")
    now = datetime.now(UTC)

    def page(name, age_s):
        at = now - timedelta(seconds=age_s)
        variants = (Variant(external_id="v", price=Decimal(1), currency="EUR"),)
        return [
            Incoming(
                Product(external_id=f"p{number}", name=name, currency="EUR", source_updated_at=at, variants=variants if number == 0 else ()),
                f"{name}{number}", "{}",
            )
            for number in range(40)
        ]  # fmt: skip

    gate, trouble = threading.Barrier(2), []

    def write(job_id, name, age_s, delay_s):
        gate.wait()
        try:
            with begin() as conn:
                store_stats.lock(conn, shop, "products")
                observed = now + timedelta(seconds=delay_s)
                write_page(conn, Source(store_id=shop, stream="products", job_id=job_id, observed_at=observed), page(name, age_s), [])
        except Exception as error:
            trouble.append(error)

    writers = [threading.Thread(target=write, args=args) for args in ((1, "live", 0, 1), (2, "past", 500, 2))]
    [writer.start() for writer in writers]
    [writer.join() for writer in writers]
    assert trouble == []
    with begin() as conn:
        assert set(conn.scalars(select(products.c.name).where(products.c.store_id == shop))) == {"live"}
        row = conn.execute(select(store_stream_stats).where(store_stream_stats.c.store_id == shop)).one()
    assert (row.live, row.children) == (40, 1)
