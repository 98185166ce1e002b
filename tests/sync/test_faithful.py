"""Every record of a shop is in the database, field by field, whatever happened on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from db.job_state import JobState, Verdict
from tests.shops import open_store
from tests.sync.memory import differences, held
from tests.sync.truth import told

STREAMS = ("products", "orders", "inventory", "customers")
pytestmark = pytest.mark.parametrize("platform", ["woocommerce", "shopify"])


@pytest.fixture
def store(platform, work):
    with open_store(platform, size=120, orders=90, big_variants=130) as opened:
        yield opened


def sync_all(store, work, **options):
    verdicts = []
    for stream in STREAMS:
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


def test_after_the_first_sync(store, work):
    assert sync_all(store, work) == [Verdict.SUCCESS] * 4
    assert differences(store, told(store)) == []


def test_after_edits_and_an_incremental_sync(store, work):
    sync_all(store, work)
    shop = store.shop
    products, orders = shop.ids("products"), shop.ids("orders")
    at = datetime.now(UTC) - timedelta(seconds=4)  # a window ends two seconds before now; what is younger is the next run's
    shop.edit("products", products[10], title="Ny tittel – 新しい 🧭", at=at)
    shop.edit_variant(products[11], 0, price="0.30", at=at)
    shop.refund(orders[-20], at=at)
    shop.cancel(orders[-21], at=at)
    shop.place_order(products[13], quantity=3, at=at)
    shop.add("products", at=at)
    shop.add("customers", at=at)
    assert sync_all(store, work) == [Verdict.SUCCESS] * 4
    assert differences(store, told(store)) == []


def test_stock_that_changes_without_a_trace_is_seen(store, work):
    """R9: a direct database write moves no modified date."""
    sync_all(store, work)
    store.shop.set_stock(store.shop.ids("products")[12], 0, -7, silently=True)
    finish(tasks.sync(store.name, "inventory", requested_by="ana"), work)
    truth = told(store)["inventory_levels"]
    assert -7 in {row["available"] for row in truth.values()}
    ours = held(store, "inventory_levels")
    assert {key: ours[key]["available"] for key in truth} == {key: row["available"] for key, row in truth.items()}


def test_nothing_is_written_when_nothing_changed(store, work):
    sync_all(store, work)
    job_ids = [tasks.sync(store.name, stream, requested_by="ana") for stream in STREAMS]
    for job_id in job_ids:
        result = finish(job_id, work).result
        assert (result["created"], result["updated"], result["removed"]) == (0, 0, 0)
    assert differences(store, told(store)) == []


def test_a_full_sync_repairs_what_was_damaged_here(store, work):
    from sqlalchemy import delete

    from db import schema, store_stats
    from db.engine import begin

    sync_all(store, work)
    with begin() as conn:
        gone = conn.execute(delete(schema.products).where(schema.products.c.store_id == store.id)).rowcount
        store_stats.adjust(conn, store.id, "products", live=-gone)
    sync_all(store, work, sync_all=True)
    assert differences(store, told(store)) == []
