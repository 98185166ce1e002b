"""A run is green only when it can prove it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import tasks
from db import schema
from db.engine import begin
from db.job_state import JobState, Verdict
from tests.shops import open_store
from tests.sync.test_faithful import finish


@pytest.fixture
def woo(work):
    with open_store("woocommerce", size=30, orders=230, customers=5) as opened:
        yield opened


@pytest.fixture
def shopify(work):
    with open_store("shopify", size=30, orders=60, customers=5) as opened:
        yield opened


def board(store, stream):
    stats = schema.store_stream_stats
    with begin() as conn:
        return conn.execute(select(stats).where(stats.c.store_id == store.id, stats.c.stream == stream)).one()


def run_of(job_id):
    with begin() as conn:
        return conn.execute(select(schema.sync_runs).where(schema.sync_runs.c.job_id == job_id)).one()


def test_a_limit_makes_a_run_partial_and_moves_no_watermark(woo, work):
    seen = finish(tasks.sync(woo.name, "orders", requested_by="ana", limit=110), work)
    assert (seen.verdict, seen.reason_code, seen.result["read"]) == (Verdict.PARTIAL, "limit", 110)
    assert board(woo, "orders").watermark is None
    assert finish(tasks.sync(woo.name, "orders", requested_by="ana"), work).verdict is Verdict.SUCCESS
    assert board(woo, "orders").watermark == run_of(tasks.sync(woo.name, "orders", requested_by="ana") - 1).window_end


def test_a_range_reads_the_range_and_moves_no_watermark(woo, work):
    finish(tasks.sync(woo.name, "orders", requested_by="ana"), work)
    before = board(woo, "orders").watermark
    start, end = datetime.now(UTC) - timedelta(days=30), datetime.now(UTC) - timedelta(days=2)
    job_id = tasks.sync(woo.name, "orders", requested_by="ana", date_from=start, date_to=end)
    seen = finish(job_id, work)
    run = run_of(job_id)
    assert (seen.verdict, run.mode, run.window_start, run.window_end) == (Verdict.SUCCESS, "range", start, end)
    assert board(woo, "orders").watermark == before


def test_the_next_window_reaches_back_behind_the_watermark(woo, work):
    first = run_of(_done(woo, work))
    second = run_of(_done(woo, work))
    assert (first.mode, first.window_start) == ("full", None)
    assert second.window_start == first.window_end - timedelta(minutes=2), "WooCommerce's lookback"
    assert first.window_end < datetime.now(UTC)


def _done(store, work):
    job_id = tasks.sync(store.name, "orders", requested_by="ana")
    finish(job_id, work)
    return int(job_id)


def test_a_record_committed_late_with_an_older_time_is_stored_by_the_next_run(woo, work):
    """R5."""
    _done(woo, work)
    late = woo.shop.add("orders", at=datetime.now(UTC) - timedelta(seconds=90))
    assert finish(tasks.sync(woo.name, "orders", requested_by="ana"), work).result["created"] == 1
    with begin() as conn:
        assert conn.scalar(select(schema.orders.c.id).where(schema.orders.c.external_id == late))


def test_a_stream_that_had_records_and_returns_none_is_suspect(woo, work):
    finish(tasks.sync(woo.name, "customers", requested_by="ana"), work)
    for customer in woo.shop.ids("customers"):
        woo.shop.delete("customers", customer)
    seen = finish(tasks.sync(woo.name, "customers", requested_by="ana"), work)
    assert seen.verdict is Verdict.SUSPECT_EMPTY
    assert board(woo, "customers").live == 5, "nothing was deleted here"


def test_orders_that_the_credentials_may_not_see_make_a_run_partial(shopify, work):
    """R1."""
    shopify.sandbox.door("shopify", shopify.name).scopes.discard("read_all_orders")
    seen = finish(tasks.sync(shopify.name, "orders", requested_by="ana"), work)
    assert (seen.verdict, seen.reason_code) == (Verdict.PARTIAL, "scope_history_limit")
    assert "read_all_orders" in seen.result["sentence"]


def end_of(job_id, work):
    """Run it until it has ended, however it ends."""
    from sqlalchemy import update

    from db.columns import db_now
    from tasks import huey_app

    for _ in range(20):
        work()
        seen = tasks.job(job_id)
        if seen.is_finished:
            return seen
        with begin() as conn:
            conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(run_at=db_now(-1)))
        huey_app.push([(job_id, seen.name, 0)])
    raise AssertionError("never ended")


@pytest.mark.parametrize(
    ("platform", "refuse", "reason"),
    [
        ("woocommerce", lambda door: setattr(door, "is_revoked", True), "auth"),
        ("shopify", lambda door: setattr(door, "is_revoked", True), "auth"),
        ("shopify", lambda door: door.scopes.discard("read_orders"), "scope"),
    ],
)
def test_what_only_a_person_can_mend_is_blocked_at_once(work, platform, refuse, reason):
    """R16, R18: no second try."""
    with open_store(platform, size=10, orders=5, customers=3) as store:
        refuse(store.sandbox.door(platform, store.name))
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        work()
        seen = tasks.job(job_id)
        assert (seen.state, seen.verdict, seen.reason_code, seen.attempt) == (JobState.FAILED, Verdict.BLOCKED, reason, 1)
        assert seen.hint
        assert (board(store, "orders").last_verdict, board(store, "orders").failed_in_a_row) == ("blocked", 1)


@pytest.mark.parametrize("kind", ["cut", "truncated", "html", "server_error"])
def test_a_platform_that_breaks_for_good_never_makes_a_run_green(woo, work, kind):
    """R17."""
    woo.sandbox.visits("woocommerce", woo.name).fault(kind, stream="orders", times=1000)
    job_id = tasks.sync(woo.name, "orders", requested_by="ana")
    seen = end_of(job_id, work)
    assert (seen.state, seen.verdict, seen.attempt) == (JobState.FAILED, Verdict.FAILED, 3)
    assert board(woo, "orders").watermark is None


def test_a_page_that_comes_again_and_again_stops_the_run(shopify, work):
    """R2."""
    shopify.sandbox.visits("shopify", shopify.name).fault("repeated_page", stream="orders", after=1, times=1000)
    seen = end_of(tasks.sync(shopify.name, "orders", requested_by="ana"), work)
    assert (seen.state, seen.reason_code) == (JobState.FAILED, "pagination_not_advancing")


def test_a_throttled_platform_postpones_and_costs_no_attempt(woo, work):
    woo.sandbox.visits("woocommerce", woo.name).fault("rate_limited", stream="orders", times=1, retry_after_s=60)
    job_id = tasks.sync(woo.name, "orders", requested_by="ana")
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.attempt) == (JobState.QUEUED, 1)
    assert 30 < (seen.run_at - datetime.now(UTC)).total_seconds() <= 61
    assert "asked us to wait 60 s" in seen.error


def test_a_record_that_cannot_be_read_is_kept_aside_and_comes_back_when_mended(work):
    """R23."""
    with open_store("woocommerce", size=130, orders=5, customers=3) as store:
        finish(tasks.sync(store.name, "products", requested_by="ana"), work)
        with begin() as conn:
            aside = conn.execute(select(schema.rejected_records)).one()
        assert (aside.stream, aside.external_id, board(store, "products").rejected) == ("products", "117", 1)
        assert "abc" in aside.reason
        assert board(store, "products").live == store.shop.counts()["products"] - 1
        store.shop.edit_variant("117", 0, price="4.20", at=datetime.now(UTC) - timedelta(seconds=4))
        finish(tasks.sync(store.name, "products", requested_by="ana", sync_all=True), work)
        with begin() as conn:
            assert conn.execute(select(schema.rejected_records)).all() == []
        assert (board(store, "products").rejected, board(store, "products").live) == (0, store.shop.counts()["products"])


def test_the_same_ids_in_two_stores_are_two_records(work):
    """R24."""
    with open_store("woocommerce", size=12, orders=5, customers=3) as one, open_store("woocommerce", size=12, orders=5, customers=3) as two:
        for store in (one, two):
            finish(tasks.sync(store.name, "products", requested_by="ana"), work)
        assert one.shop.ids("products") == two.shop.ids("products")
        assert board(one, "products").live == board(two, "products").live == one.shop.counts()["products"]


def test_wrong_requests_name_the_field_and_the_rule(woo):
    def refused(**more):
        with pytest.raises(tasks.BadRequest) as error:
            tasks.sync(more.pop("store", woo.name), more.pop("stream", "orders"), requested_by="ana", **more)
        return error.value.field, str(error.value)

    now = datetime.now(UTC)
    assert refused(store="nowhere") == ("store", "There is no store 'nowhere'. Stores are listed on the page Stores.")
    assert refused(stream="parcels")[0] == "stream"
    assert refused(limit=0)[0] == "limit"
    assert refused(date_from=now.replace(tzinfo=None))[0] == "date_from"
    assert refused(date_from=now, date_to=now - timedelta(days=1))[0] == "date_to"
    assert refused(stream="inventory", date_from=now - timedelta(days=1))[0] == "date_from"
    assert refused(sync_all=True, date_from=now - timedelta(days=1))[0] == "sync_all"
    assert refused(priority=101)[0] == "priority"
    with begin() as conn:
        assert conn.execute(select(schema.jobs)).all() == []


def test_cancel_stops_a_running_sync_at_a_page_and_keeps_what_was_written(woo, work, monkeypatch):
    from tasks.run import Run

    job_id = tasks.sync(woo.name, "orders", requested_by="ana")
    monkeypatch.setattr(Run, "pause_point", lambda self: tasks.cancel(self.id, by="bo"))
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.error) == (JobState.CANCELLED, "Cancelled by bo.")
    run = run_of(job_id)
    assert (run.pages, board(woo, "orders").live) == (1, run.created)
    assert 0 < run.created < woo.shop.counts()["orders"]


def test_a_credential_from_the_environment_outweighs_the_database(woo, work, monkeypatch):
    monkeypatch.setenv(f"WOOCOMMERCE_CONSUMER_SECRET_{woo.name}", "cs_wrong")
    job_id = tasks.sync(woo.name, "orders", requested_by="ana")
    work()
    assert tasks.job(job_id).reason_code == "auth"


def test_secrets_are_unreadable_in_the_database_and_bound_to_their_store(woo):
    from sqlalchemy import update

    from db import secrets

    told = woo.sandbox.door("woocommerce", woo.name).credentials()
    with begin() as conn:
        assert secrets.get(conn, woo.id) == told
        sealed = conn.scalar(select(schema.store_credentials.c.ciphertext))
        assert not any(value in sealed for value in told.values())
        other = tasks_store(conn)
        conn.execute(update(schema.store_credentials).values(store_id=other))
        with pytest.raises(secrets.SecretsUnreadable, match="belong to another store"):
            secrets.get(conn, other)


def tasks_store(conn):
    from db import stores

    return stores.add(conn, name="other", title="Other", platform="woocommerce", address="https://other.example")
