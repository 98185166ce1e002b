"""Deletions with evidence, paused stores, tried credentials, derived customers, words we do not know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import schema
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Verdict
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board, end_of


@pytest.fixture(params=["woocommerce", "shopify"])
def store(request, work):
    with open_store(request.param, size=60, orders=40, customers=5) as opened:
        yield opened


def copy(store, work, stream, **options):
    return finish(tasks.sync(store.name, stream, requested_by="ana", **options), work)


def row(table, external_id):
    with begin() as conn:
        return conn.execute(select(table).where(table.c.external_id == external_id)).one()


def test_a_deleted_product_is_marked_with_evidence_and_its_orders_stay(store, work):
    """R10."""
    copy(store, work, "products")
    copy(store, work, "orders")
    before, orders = board(store, "products"), board(store, "orders").live
    gone = store.shop.ids("products")[20]
    children = len([1 for each in _variants(store) if each == gone])
    store.shop.delete("products", gone)
    done = finish(tasks.reconcile(store.name, "products", requested_by="ana"), work)
    found = row(schema.products, gone)
    assert found.deleted_at is not None
    assert found.delete_evidence
    after = board(store, "products")
    assert (after.live, after.deleted, after.children) == (before.live - 1, 1, before.children - children)
    assert done.result["deleted"] == 1
    assert board(store, "orders").live == orders


def _variants(store):
    with begin() as conn:
        return conn.scalars(select(schema.variants.c.product_external_id).where(schema.variants.c.store_id == store.id)).all()


def test_what_is_missing_from_a_full_listing_is_asked_for_by_its_id(store, work):
    copy(store, work, "products")
    gone = store.shop.ids("products")[21]
    store.shop.delete("products", gone)
    copy(store, work, "products", sync_all=True)
    assert row(schema.products, gone).deleted_at is None, "absence is no evidence"
    with begin() as conn:
        asked = conn.scalars(select(schema.jobs.c.id).where(schema.jobs.c.name == "reconcile")).one()
    finish(asked, work)
    assert row(schema.products, gone).deleted_at is not None


def test_a_complete_full_sync_leaves_nothing_to_ask_and_a_cut_one_asks_nothing(store, work):
    copy(store, work, "products")
    copy(store, work, "products", sync_all=True)
    copy(store, work, "products", sync_all=True, limit=3)
    with begin() as conn:
        assert conn.scalars(select(schema.jobs.c.id).where(schema.jobs.c.name == "reconcile")).all() == []


def test_too_many_deletions_are_not_believed_until_somebody_confirms(work):
    with open_store("woocommerce", size=60, orders=5, customers=3) as store:
        copy(store, work, "products")
        live = board(store, "products").live
        for product in store.shop.ids("products")[-30:]:
            store.shop.delete("products", product)
        seen = end_of(tasks.reconcile(store.name, "products", requested_by="ana"), work)
        assert (seen.state, seen.reason_code, seen.attempt) == (JobState.FAILED, "too_many_deletions", 1)
        assert board(store, "products").live == live
        finish(tasks.reconcile(store.name, "products", requested_by="ana", is_confirmed=True), work)
        assert board(store, "products").live == store.shop.counts()["products"] - board(store, "products").rejected


def test_a_record_that_comes_back_is_live_again(store, work):
    copy(store, work, "products")
    product = store.shop.ids("products")[5]
    before = board(store, "products")
    with begin() as conn:
        from db import deletions

        deletions.mark(conn, store.id, "products", 1, {product: "a mistake"})
        conn.execute(update(schema.products).values(deleted_at=db_now(-60)).where(schema.products.c.deleted_at.is_not(None)))
    store.shop.edit("products", product, at=datetime.now(UTC) - timedelta(seconds=4))
    copy(store, work, "products")
    after = board(store, "products")
    assert row(schema.products, product).deleted_at is None
    assert (after.live, after.children, after.deleted) == (before.live, before.children, 0)


def test_a_store_that_fails_five_times_in_a_row_is_paused_and_resumed_by_a_probe(work):
    """R22; another store notices nothing."""
    with open_store("woocommerce", size=5, orders=5, customers=2) as bad, open_store("woocommerce", size=5, orders=5, customers=2) as good:
        visits = bad.sandbox.visits("woocommerce", bad.name)
        visits.fault("server_error", times=10_000)
        for stream in ("orders", "customers"):
            end = _exhaust(tasks.sync(bad.name, stream, requested_by="ana"), work)
        assert "paused after 5 failures in a row" in end.error
        with begin() as conn:
            paused = conn.execute(select(schema.stores).where(schema.stores.c.id == bad.id)).one()
            deeds = conn.scalars(select(schema.audit_log.c.action)).all()
        assert paused.paused_at is not None
        assert "pause_store" in deeds
        asked = len(visits.requests())
        _push(end.id, end.name)
        work()
        assert len(visits.requests()) == asked, "a paused store is not called"
        assert copy(good, work, "orders").verdict is Verdict.SUCCESS
        visits.clear()
        with begin() as conn:
            conn.execute(update(schema.stores).where(schema.stores.c.id == bad.id).values(probe_at=db_now(-1)))
        assert finish(end.id, work).verdict is Verdict.SUCCESS
        with begin() as conn:
            assert conn.scalar(select(schema.stores.c.paused_at).where(schema.stores.c.id == bad.id)) is None
            assert "resume_store" in conn.scalars(select(schema.audit_log.c.action)).all()


def _push(job_id, name):
    from tasks import huey_app

    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(run_at=db_now(-1)))
    huey_app.push([(job_id, name, 0)])


def _exhaust(job_id, work):
    """Run it until it has ended or waits for its paused store."""
    for _ in range(6):
        work()
        seen = tasks.job(job_id)
        if seen.is_finished or "paused" in (seen.error or ""):
            return seen
        _push(job_id, seen.name)
    raise AssertionError(seen)


def test_a_connection_can_be_tried(work):
    with open_store("shopify", size=5, orders=5, customers=2) as store:
        store.sandbox.door("shopify", store.name).scopes.discard("read_customers")
        told = finish(tasks.test_connection(store.name, requested_by="ana"), work).result
        assert told["currency"] == store.shop.spec.currency
        assert told["missing"] == {"customers": ["read_customers"]}
        assert (told["api_version"], told["api_version_until"]) == ("2026-10", "2027-10-01")
        assert abs(told["clock_difference_s"]) < 5
        store.sandbox.door("shopify", store.name).is_revoked = True
        refused = end_of(tasks.test_connection(store.name, requested_by="ana"), work)
        assert (refused.state, refused.reason_code) == (JobState.FAILED, "auth")


def test_a_status_without_a_word_is_unknown_counted_and_told_once(work, caplog):
    with open_store("woocommerce", size=5, orders=60, customers=2) as store:
        from integrations import woo_records

        known = woo_records._ORDER.pop("processing")
        try:
            copy(store, work, "orders")
            copy(store, work, "orders", sync_all=True)
        finally:
            woo_records._ORDER["processing"] = known
        with begin() as conn:
            unknown = conn.execute(select(schema.unknown_values)).one()
            statuses = conn.scalars(select(schema.orders.c.status).where(schema.orders.c.raw_status == "processing")).all()
        assert set(statuses) == {"unknown"}
        assert (unknown.field, unknown.value) == ("raw_status", "processing")
        assert sum("value unknown" in record.message for record in caplog.records) == 1


@pytest.mark.parametrize("platform", ["tiktok", "amazon", "ebay"])
def test_customers_that_a_platform_does_not_list_come_from_its_orders_and_say_so(work, platform):
    with open_store(platform, size=10, orders=20, customers=6) as store:
        with pytest.raises(tasks.BadRequest, match="does not offer customers"):
            tasks.sync(store.name, "customers", requested_by="ana")
        copy(store, work, "orders")
        with begin() as conn:
            wanted = {each for each in conn.scalars(select(schema.orders.c.customer_external_id)) if each}
            found = conn.execute(select(schema.customers)).all()
        assert {each.external_id for each in found} == wanted
        assert all(each.is_derived and each.is_masked for each in found)
        if wanted:
            assert board(store, "customers").live == len(wanted)
