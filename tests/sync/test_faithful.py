"""Every record of a shop is in the database, field by field, whatever happened on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from db.job_state import JobState, Verdict
from integrations import CONNECTORS
from tests.shops import open_store
from tests.sync.memory import differences, held
from tests.sync.truth import READERS, told

on_each = pytest.mark.parametrize("platform", sorted(READERS))
on_two = pytest.mark.parametrize("platform", ["woocommerce", "shopify"])


@pytest.fixture
def store(platform, work, monkeypatch):
    monkeypatch.setattr(
        CONNECTORS[platform], "requests_per_second", 1000.0
    )  # what a platform is believed to bear is not to be waited for here
    currency = "USD" if platform == "tiktok" else "EUR"  # TikTok tells what a thing cost before in the US alone
    with open_store(platform, size=80, orders=90, big_variants=130, currency=currency) as opened:
        yield opened


def streams_of(store):
    return [stream for stream, facts in CONNECTORS[store.platform].streams.items() if facts.is_offered]


def sync_all(store, work, **options):
    verdicts = []
    for stream in streams_of(store):
        job_id = tasks.sync(store.name, stream, requested_by="ana", **options)
        finish(job_id, work)
        verdicts.append(tasks.job(job_id).verdict)
    return verdicts


def finish(job_id, work):
    """Run a job to its end, over its slices and postponements."""
    from sqlalchemy import update

    from db.columns import db_now
    from db.engine import begin
    from db.schema import jobs
    from tasks import huey_app

    for _ in range(50):
        work()
        seen = tasks.job(job_id)
        if seen.is_finished:
            assert seen.state is JobState.SUCCEEDED, seen
            return seen
        with begin() as conn:
            conn.execute(update(jobs).where(jobs.c.id == job_id).values(run_at=db_now(-1)))
        huey_app.push([(job_id, seen.name, 0)])
    raise AssertionError("never finished")


@on_each
def test_after_the_first_sync_and_the_next_which_writes_nothing(store, work):
    assert set(sync_all(store, work)) == {Verdict.SUCCESS}
    truth = told(store)
    assert differences(store, truth) == []
    for job_id in [tasks.sync(store.name, stream, requested_by="ana") for stream in streams_of(store)]:
        result = finish(job_id, work).result
        assert (result["created"], result["updated"], result["removed"]) == (0, 0, 0)
    assert differences(store, truth) == []


@on_each
def test_after_edits_and_an_incremental_sync(store, work):
    sync_all(store, work)
    shop = store.shop
    products, orders = shop.ids("products"), shop.ids("orders")
    # What is younger than the end of a window is the next run's: it ends two seconds before now, or more when slow answers blur the clock.
    at = datetime.fromtimestamp(shop.clock(), UTC) - timedelta(seconds=30)
    shop.edit("products", products[10], title="Ny tittel – 新しい 🧭", at=at)
    shop.edit_variant(products[11], 0, price="0.30", at=at)
    shop.refund(orders[-20], at=at)
    shop.cancel(orders[-21], at=at)
    shop.place_order(products[13], quantity=3, at=at)
    shop.add("products", at=at)
    shop.add("customers", at=at)
    assert set(sync_all(store, work)) == {Verdict.SUCCESS}
    assert differences(store, told(store)) == []


@on_two
def test_stock_that_changes_without_a_trace_is_seen(store, work):
    """R9: a direct database write moves no modified date."""
    finish(tasks.sync(store.name, "inventory", requested_by="ana"), work)
    store.shop.set_stock(store.shop.ids("products")[12], 0, -7, silently=True)
    finish(tasks.sync(store.name, "inventory", requested_by="ana"), work)
    truth = told(store)["inventory_levels"]
    assert -7 in {row["available"] for row in truth.values()}
    ours = held(store, "inventory_levels")
    assert {key: ours[key]["available"] for key in truth} == {key: row["available"] for key, row in truth.items()}


@on_two
def test_a_full_sync_repairs_what_was_damaged_here(store, work):
    from sqlalchemy import delete

    from db import schema, store_stats
    from db.engine import begin

    finish(tasks.sync(store.name, "products", requested_by="ana"), work)
    with begin() as conn:
        gone = conn.execute(delete(schema.products).where(schema.products.c.store_id == store.id)).rowcount
        store_stats.adjust(conn, store.id, "products", live=-gone)
    finish(tasks.sync(store.name, "products", requested_by="ana", sync_all=True), work)
    truth = told(store)
    assert differences(store, {name: truth[name] for name in ("products", "variants")}) == []
