"""What "correct" means, requirement by requirement, from the platform to the rows (those not told elsewhere)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

import tasks
from db import schema, secrets
from db.engine import begin, reading
from db.job_state import Verdict
from integrations import connect
from integrations.connector import Credentials, Window
from tasks import broker
from tasks.budgets import RedisBudgets
from tests.servers import until
from tests.shops import open_store
from tests.sync.memory import differences, held
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board
from tests.sync.truth import told

EVERY = ["woocommerce", "shopify", "tiktok", "amazon", "ebay"]


def copy(store, work, stream="orders", **options):
    return finish(tasks.sync(store.name, stream, requested_by="ana", **options), work)


def a_moment_ago():
    return datetime.now(UTC) - timedelta(seconds=4)


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_1201_records_of_one_second_are_stored_once_each_and_the_next_run_moves_on(work, platform):
    """R3."""
    with open_store(platform, size=5, orders=1300, customers=5) as store:
        store.shop.tie("orders", 1201, at=datetime.now(UTC) - timedelta(hours=1))
        copy(store, work)
        assert board(store, "orders").live == store.shop.counts()["orders"]
        new = store.shop.add("orders", at=a_moment_ago())
        assert copy(store, work).result["created"] == 1
        assert new in held(store, "orders")


@pytest.mark.parametrize("kind", ["edit", "delete"])
@pytest.mark.parametrize("platform", EVERY)
def test_what_happens_while_pages_are_read_costs_no_other_record(work, platform, kind):
    """R6: after this run and the next."""
    with open_store(platform, size=20, orders=260, customers=5) as store:
        before = set(store.shop.ids("orders"))
        store.sandbox.visits(platform, store.name).fault(kind, stream="orders", after=2, times=3)
        copy(store, work)
        store.sandbox.visits(platform, store.name).clear()
        edited = time.monotonic()
        until("the edits to be older than a window's end", lambda: time.monotonic() > edited + 3.5, timeout_s=10)
        copy(store, work)
        live = store.shop.counts()["orders"]
        with reading() as conn:
            stored = conn.scalar(select(func.count()).select_from(schema.orders).where(schema.orders.c.store_id == store.id))
        assert live <= stored <= len(before)


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_a_shops_time_zone_loses_nothing_and_reads_nothing_twice(work, zone):
    """R8."""
    with open_store("woocommerce", size=5, orders=40, customers=3, time_zone=zone) as store:
        copy(store, work)
        changed = store.shop.ids("orders")[7]
        store.shop.edit("orders", changed, at=a_moment_ago())
        again = copy(store, work).result
        assert (again["updated"], again["read"] - again["duplicate"]) == (1, 1)


@pytest.mark.parametrize("change", ["2026-03-08T07:00:00+00:00", "2026-11-01T06:00:00+00:00"])
def test_both_changes_of_daylight_saving_lose_nothing(change):
    """R8: New York's clocks jump, ours do not."""
    from integrations.sandbox.server import running
    from integrations.sandbox.shop import ShopSpec

    moment = datetime.fromisoformat(change)
    spec = ShopSpec(platform="woocommerce", name="ny", size=3, orders=12, customers=2, time_zone="America/New_York")
    with running(spec) as sandbox:
        shop = sandbox.shop("woocommerce", "ny")
        door = sandbox.door("woocommerce", "ny")
        credentials = Credentials(store="ny", address=sandbox.address("woocommerce", "ny"), secrets=door.credentials())
        connector = connect("woocommerce", credentials, allow_private=True)
        shown = [one.record.external_id for page in connector.pages("orders", Window(None, datetime.now(UTC))) for one in page.records]
        orders = sorted(set(shown))[:7]
        for step, order in enumerate(orders):
            shop.edit("orders", order, at=moment + timedelta(minutes=30 * (step - 3)))
        for step, order in enumerate(orders):
            at = moment + timedelta(minutes=30 * (step - 3))
            found = connector.pages("orders", Window(at - timedelta(minutes=1), at + timedelta(minutes=1)))
            assert {one.record.external_id for page in found for one in page.records} == {order}


def test_2048_variants_and_300_lines_are_all_stored(work):
    """R11."""
    with open_store("shopify", size=6, orders=40, customers=3, big_variants=2048) as store:
        copy(store, work, "products")
        copy(store, work)
        truth = {name: rows for name, rows in told(store).items() if name in ("products", "variants", "orders", "order_lines", "refunds")}
        assert differences(store, truth) == []
        by_product = [row["product_external_id"] for row in held(store, "variants").values()]
        assert max(by_product.count(product) for product in set(by_product)) == 2048
        by_order = [row["order_external_id"] for row in held(store, "order_lines").values()]
        assert max(by_order.count(order) for order in set(by_order)) >= 300


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_a_refund_of_an_old_order_is_seen_by_the_next_run_and_its_children_replaced(work, platform):
    """R12: 400 days old."""
    with open_store(platform, size=10, orders=60, customers=5) as store:
        copy(store, work)
        old = [key for key, row in held(store, "orders").items() if row["placed_at"] < datetime.now(UTC) - timedelta(days=400)]
        chosen = next(key for key in old if held(store, "orders")[key]["total"] > 1 and not held(store, "orders")[key]["refunded"])
        store.shop.refund(chosen, "1.00", reason="late", at=a_moment_ago())
        copy(store, work)
        assert held(store, "orders")[chosen]["refunded"] == 1
        assert [row["amount"] for row in held(store, "refunds").values() if row["order_external_id"] == chosen] == [Decimal(1)]


def test_money_is_exact(work):
    """R13: what has no or three decimals, what a float cannot hold, what is negative."""
    with open_store("woocommerce", size=5, orders=30, customers=3) as store:
        from integrations.sandbox.model import Line

        amounts = {"JPY": "1201", "EUR": "0.30", "USD": "-0.01", "CHF": "99999999999.99"}
        ids = {
            code: store.shop.add(
                "orders", at=a_moment_ago(), currency=code, lines=[Line(number=0, title="x", quantity=1, unit_price=Decimal(text))]
            )
            for code, text in amounts.items()
        }
        copy(store, work)
        lines = {row["order_external_id"]: row for row in held(store, "order_lines").values()}
        for code, text in amounts.items():
            assert held(store, "orders")[ids[code]]["currency"] == code
            assert lines[ids[code]]["total"] == Decimal(text)
        with reading() as conn:
            values = [value for value in conn.scalars(select(schema.order_lines.c.total)) if value is not None]
        assert all(isinstance(value, Decimal) for value in values)


def test_workers_together_reach_what_the_platform_allows_and_no_more(clean):
    """R15: nine tenths of what the bucket gave in the time that went by, never more. It holds two seconds' worth, so that a stall is made up for."""
    rate, capacity, taken, gate = 200.0, 400.0, [], threading.Event()

    def ask():
        budgets = RedisBudgets(broker.client())
        while not gate.is_set():
            wait = budgets.take("shared", 1, capacity, rate)
            if wait:
                time.sleep(wait)
            else:
                taken.append(1)

    workers = [threading.Thread(target=ask) for _ in range(4)]
    began = time.monotonic()
    assert RedisBudgets(broker.client()).take("shared", capacity, capacity, rate) == 0, "what it held at first is not the platform's rate"
    [worker.start() for worker in workers]
    gate.wait(2)
    gate.set()
    [worker.join() for worker in workers]
    allowed = rate * (time.monotonic() - began)
    assert 0.9 * allowed <= len(taken) <= allowed + 4


@pytest.mark.parametrize("platform", ["tiktok", "amazon", "ebay"])
def test_a_token_that_wears_out_in_mid_run_is_renewed_once_and_kept_before_it_is_used(work, platform):
    """R16."""
    with open_store(platform, size=20, orders=260, customers=5) as store:
        visits = store.sandbox.visits(platform, store.name)
        visits.fault("expire", stream="orders")  # right after the first page
        assert copy(store, work).verdict is Verdict.SUCCESS
        renewals = len(visits.requests("token"))
        assert renewals >= 1
        with begin() as conn:
            kept = secrets.get(conn, store.id)
            ends = secrets.expires_at(conn, store.id)
        assert kept["access_token"]
        assert (ends is not None and ends > datetime.now(UTC)) == (platform == "tiktok"), (
            "only TikTok tells when the seller has to come back"
        )
        assert copy(store, work, sync_all=True).verdict is Verdict.SUCCESS
        assert len(visits.requests("token")) == renewals, "the kept token is used, not another one fetched"
        store.sandbox.door(platform, store.name).is_revoked = True
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        work()
        assert (tasks.job(job_id).reason_code, tasks.job(job_id).attempt) == ("auth", 1)


def test_many_workers_renew_a_rotating_token_once(clean):
    """R16: a second refresh with the old token would lock the store out."""
    from db import stores
    from tasks.connections import open_connector

    with open_store("tiktok", size=5, orders=5, customers=2) as store:
        with reading(fresh=True) as conn:
            row = stores.by_id(conn, store.id)
        connectors = [open_connector(row) for _ in range(4)]
        for connector in connectors:
            connector.identify()
        store.sandbox.door("tiktok", store.name).expire()
        visits, gate, trouble = store.sandbox.visits("tiktok", store.name), threading.Barrier(4), []
        before = len(visits.requests("token"))

        def ask(connector):
            gate.wait()
            try:
                connector.identify()
            except Exception as error:
                trouble.append(error)

        threads = [threading.Thread(target=ask, args=(connector,)) for connector in connectors]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert trouble == []
        assert len(visits.requests("token")) == before + 1


@pytest.mark.parametrize("platform", EVERY)
def test_a_new_variant_of_a_known_product_appears(work, platform):
    """R24."""
    with open_store(platform, size=20, orders=5, customers=3) as store:
        copy(store, work, "products")
        before = held(store, "variants")
        silence = timedelta(minutes=3 if platform == "amazon" else 0)  # Amazon tells nothing younger than two minutes
        store.shop.add("products", at=a_moment_ago() - silence)
        copy(store, work, "products")
        assert len(held(store, "variants")) > len(before)


def test_a_form_submitted_twice_is_one_job(clean):
    """R25."""
    with open_store("woocommerce", size=5, orders=5, customers=2) as store:
        first = tasks.sync(store.name, "orders", requested_by="ana", idempotency_key="form-7")
        second = tasks.sync(store.name, "orders", requested_by="ana", idempotency_key="form-7")
        assert (int(first), first.is_new, second.is_new) == (int(second), True, False)
