"""A dry run tells what the sync then does, on each platform and stream, and leaves every row as it was."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import tasks
from db import schema, store_stats, stores
from db.engine import begin, reading
from db.job_state import JobState, Outcome, Verdict
from integrations import CONNECTORS
from integrations.errors import CursorExpired, Unmappable
from integrations.sandbox import PLATFORMS
from integrations.shopify import Shopify
from integrations.woocommerce import WooCommerce
from tasks import copy as copying
from tasks import fan_out, huey_app, schedules
from tasks.run import GiveBack, Run
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store
from tests.sync.dump import of_shops
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board

HERE = sorted(set(CONNECTORS) & set(PLATFORMS))
OFFERED = [(platform, stream) for platform in HERE for stream, facts in CONNECTORS[platform].streams.items() if facts.is_offered]
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")


@pytest.fixture
def store(platform, work):
    with open_store(platform, size=30, orders=60, customers=25, big_variants=12) as opened:
        yield opened


@pytest.fixture
def woo(work):
    with open_store("woocommerce", size=120, orders=230, customers=260) as opened:
        yield opened


def counted(job):
    return {name: job.result[name] for name in COUNTS}


def foreseen(store, stream, work, **options):
    """The dry run's job; every row of the shops is as it was before."""
    before = of_shops()
    done = finish(tasks.sync(store.name, stream, requested_by="ana", dry_run=True, **options), work)
    assert of_shops() == before
    assert done.result["dry_run"] is True
    assert done.result["sentence"].startswith("Dry run, nothing was written: ")
    return done


def then(store, stream, work, **options):
    return finish(tasks.sync(store.name, stream, requested_by="ana", **options), work)


def some_fail(monkeypatch, connector, bad):
    """The mapping of these products fails."""
    real = connector.to_records

    def to_records(self, stream, row):
        if stream == "products" and str(row["id"]).endswith(bad):
            raise Unmappable("The field odd is no number.", external_id=str(row["id"]))
        return real(self, stream, row)

    monkeypatch.setattr(connector, "to_records", to_records)


def edit(shop):
    """What platforms have in common: a product, an order and stock are changed, and one of each is new; all old enough to be read."""
    at = datetime.fromtimestamp(shop.clock(), UTC) - timedelta(seconds=30)
    products, orders = shop.ids("products"), shop.ids("orders")
    shop.edit("products", products[10], title="Ny tittel – 新しい 🧭", at=at)
    shop.edit_variant(products[11], 0, price="0.30", at=at)
    shop.refund(orders[-20], at=at)
    shop.place_order(products[13], quantity=3, at=at)
    shop.set_stock(products[12], 0, 77, at=at)
    shop.add("products", at=at)
    shop.add("customers", at=at)


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_it_tells_what_a_first_sync_and_the_sync_of_a_changed_shop_then_do(store, stream, work):
    first = foreseen(store, stream, work)
    assert first.result["created"] > 0
    assert counted(first) == counted(then(store, stream, work))
    edit(store.shop)
    changed = foreseen(store, stream, work)
    assert changed.result["created"] + changed.result["updated"] > 0
    assert len(changed.result["examples"]["created"]) == min(5, changed.result["created"])
    assert counted(changed) == counted(then(store, stream, work))
    whole = foreseen(store, stream, work, sync_all=True)
    assert (whole.result["created"], whole.result["not_met"]) == (0, 0)
    assert counted(whole) == counted(then(store, stream, work, sync_all=True))


def test_orders_of_a_platform_without_customers_derive_none(work):
    with open_store("ebay", size=10, orders=20, customers=5) as store:
        assert foreseen(store, "orders", work).result["created"] > 0
        assert of_shops()["customers"] == []
        then(store, "orders", work)
        assert of_shops()["customers"] != []


@pytest.mark.parametrize(("connector", "platform"), [(Shopify, "shopify"), (WooCommerce, "woocommerce")])
def test_rejected_records_are_told_with_their_reasons_and_not_kept_aside(store, connector, work, monkeypatch):
    some_fail(monkeypatch, connector, store.shop.ids("products")[5])
    seen = foreseen(store, "products", work)
    assert seen.result["rejected"] >= 1
    assert sum(seen.result["reasons"].values()) == seen.result["rejected"]
    shown = seen.result["examples"]["rejected"]
    assert "The field odd is no number." in {one["reason"] for one in shown}
    assert f"rejected (the first, {shown[0]['external_id']}: {shown[0]['reason'].rstrip('.')})" in seen.result["sentence"]
    assert counted(seen) == counted(then(store, "products", work))
    again = foreseen(store, "products", work, sync_all=True)  # they are kept aside by now, and a dry run does not touch that either
    assert again.result["rejected"] == seen.result["rejected"]


@pytest.mark.parametrize("options", [{"limit": 110}, {"date_from": datetime(2020, 1, 1, tzinfo=UTC)}, {"sync_all": True}])
def test_it_reads_what_the_options_say(woo, work, options):
    seen = foreseen(woo, "orders", work, **options)
    real = then(woo, "orders", work, **options)
    assert (seen.verdict, seen.reason_code, counted(seen)) == (real.verdict, real.reason_code, counted(real))
    if "limit" in options:
        assert "Stopped after 110 records" in seen.result["sentence"]


def test_what_a_full_run_would_look_for_is_told_and_not_looked_for(woo, work):
    then(woo, "products", work, sync_all=True)
    gone = woo.shop.ids("products")[3:5]
    for product in gone:
        woo.shop.delete("products", product)
    seen = foreseen(woo, "products", work, sync_all=True)
    assert (seen.result["not_met"], seen.result["examples"]["not_met"]) == (2, sorted(gone))
    assert "2 that are here were not met" in seen.result["sentence"]
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.jobs).where(schema.jobs.c.name == "reconcile")) == 0


def test_a_stream_that_is_suddenly_empty_is_suspect(woo, work):
    then(woo, "customers", work)
    for customer in woo.shop.ids("customers"):
        woo.shop.delete("customers", customer)
    seen = foreseen(woo, "customers", work, sync_all=True)
    assert (seen.verdict, seen.result["not_met"]) == (Verdict.SUSPECT_EMPTY, None)


def test_cut_at_each_page_it_counts_on_where_it_was(woo, work, monkeypatch):
    """Pages of this list overlap, so what came before the cut has to be known after it."""
    monkeypatch.setattr(copying, "_BATCH", 1)
    whole = foreseen(woo, "customers", work)
    before = of_shops()
    job_id = tasks.sync(woo.name, "customers", requested_by="ana", dry_run=True)

    def stop(self):
        raise GiveBack(Outcome.STOPPED)

    with monkeypatch.context() as stopping:
        stopping.setattr(Run, "pause_point", stop)
        for _ in range(2):
            huey_app.push([(job_id, "dry_run_customers", 0)])
            work(1)
            assert tasks.job(job_id).state == JobState.QUEUED
    huey_app.push([(job_id, "dry_run_customers", 0)])
    done = finish(job_id, work)
    assert of_shops() == before
    assert counted(done) == counted(whole) == counted(then(woo, "customers", work))
    with begin() as conn:
        runs = schema.sync_runs
        assert conn.scalar(select(runs.c.met).where(runs.c.job_id == int(job_id))) is None, "what it remembered is not kept for ever"


def test_a_cursor_that_expired_begins_the_count_anew(woo, work, monkeypatch):
    monkeypatch.setattr(copying, "_BATCH", 1)
    real, asked = WooCommerce.fetch_page, []

    def fetch_page(self, stream, window, cursor):
        asked.append(cursor)
        if len(asked) == 3:
            raise CursorExpired("The cursor is too old.")
        return real(self, stream, window, cursor)

    monkeypatch.setattr(WooCommerce, "fetch_page", fetch_page)
    seen = foreseen(woo, "customers", work)
    assert len(asked) > 3
    assert counted(seen) == counted(then(woo, "customers", work))


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")
@pytest.mark.parametrize("point", ["after_commit:1", "before_commit:2", "before_end"])
def test_killed_in_the_middle_it_is_taken_up_again_and_nothing_was_written(clean, point):
    with open_store("woocommerce", size=20, orders=420, customers=5) as store:
        before = of_shops()
        asked = tasks.sync(store.name, "orders", requested_by="ana", dry_run=True)
        with consumer("tests/processes/crashing.py", CRASH_AT=point, CRASH_WHAT="consumer") as crashing:
            crashing.process.wait(timeout=60)
        assert not tasks.job(asked).is_finished
        assert of_shops() == before
        with consumer():
            seen = tasks.wait(asked, timeout_s=90)
            assert of_shops() == before
            real = tasks.wait(tasks.sync(store.name, "orders", requested_by="ana"), timeout_s=60)
        assert (seen.verdict, seen.result["created"]) == (Verdict.SUCCESS, store.shop.counts()["orders"])
        assert counted(seen) == counted(real)


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
    from sqlalchemy import update

    from db.columns import db_now

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
