"""A dry run tells what the sync then does, on each platform and stream, and leaves every row as it was."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import tasks
from db import schema
from db.engine import begin
from db.job_state import JobState, Outcome, Verdict
from integrations import CONNECTORS
from integrations.errors import CursorExpired, Unmappable
from integrations.sandbox import PLATFORMS
from integrations.shopify import Shopify
from integrations.woocommerce import WooCommerce
from tasks import copy as copying
from tasks import huey_app
from tasks.run import GiveBack, Run
from tests.processes.consumers import consumer
from tests.shops import open_store
from tests.sync.dump import of_shops
from tests.sync.test_faithful import finish

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
