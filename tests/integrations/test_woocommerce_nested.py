"""WooCommerce: the lists nested in the rows of a page are read several at once, in order, within the budget; amounts are exact."""

import json
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations import connect
from integrations.connector import Credentials, Window
from integrations.errors import Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import ShopSpec, running
from integrations.throttle import MemoryBudgets
from integrations.woo_nested import THREADS
from integrations.woocommerce import WooCommerce
from tests.integrations.conftest import QUICK, Reply

ALL = Window(None, datetime(2026, 11, 22, 10, tzinfo=UTC))
SECRETS = {"consumer_key": "k", "consumer_secret": "c"}
ROWS = [{"id": n, "variations": [n * 10], "status": "publish"} for n in range(1, 13)]


def connected(web, **access):
    credentials = Credentials(store="store1", address=web.address, secrets=SECRETS)
    return WooCommerce(Access(credentials=credentials, allow_private=True, limits=QUICK, **access))


def as_json(content) -> Reply:
    return Reply(json.dumps(content).encode())


def test_several_are_under_way_and_never_more_than_the_bound(web):
    under_way, most, here = 0, 0, threading.Condition()

    def answer(asked):
        nonlocal under_way, most
        if not asked.path.endswith("/variations"):
            return as_json(ROWS)
        with here:
            under_way += 1
            most = max(most, under_way)
            here.notify_all()
            here.wait_for(lambda: most >= THREADS, timeout=5)  # goes on when as many as there may be are here
        time.sleep(0.02)  # room for one too many to show itself
        with here:
            under_way -= 1
        return as_json([{"id": int(asked.path.split("/")[-2]) * 10}])

    web.will_answer(answer)
    page = connected(web).fetch_page("inventory", ALL, None)
    assert most == THREADS
    assert [(row["id"], [each["id"] for each in row["variations"]]) for row in page.rows] == [(n, [n * 10]) for n in range(1, 13)]


def test_the_first_failure_is_told_and_nothing_new_is_asked(web):
    def answer(asked):
        if not asked.path.endswith("/variations"):
            return as_json(ROWS)
        return Reply(status=503)

    web.will_answer(answer)
    with pytest.raises(Unavailable):
        connected(web).fetch_page("inventory", ALL, None)
    asked = {asked.path for asked in web.asked if asked.path.endswith("/variations")}
    assert len(asked) <= THREADS


def test_one_budget_governs_all_of_them(web, monkeypatch):
    monkeypatch.setattr(WooCommerce, "burst", 1.0)
    web.will_answer(lambda asked: as_json([{"id": 5}] if asked.path.endswith("/variations") else ROWS))
    woo = connected(web, requests_per_second=20, budgets=MemoryBudgets())
    began = time.monotonic()
    for _ in range(3):
        woo.fetch_page("inventory", ALL, None)
    assert len(web.asked) == 3 * 13
    assert time.monotonic() - began >= (3 * 13 - 20) / 20 - 0.1  # 20 at once, then 20 a second


def test_a_page_without_long_rows_asks_for_nothing_more(web):
    web.will_answer([{"id": 1, "variations": [], "status": "publish"}])
    connected(web).fetch_page("inventory", ALL, None)
    assert len(web.asked) == 1


def test_amounts_of_three_places_are_exact():
    with running(ShopSpec(platform="woocommerce", name="lab", size=10, orders=40, customers=5)) as sandbox:
        door = sandbox.door("woocommerce", "lab")
        woo = connect("woocommerce", Credentials(store="s", address=sandbox.address("woocommerce", "lab"), secrets=door.credentials()), allow_private=True)  # fmt: skip
        end = woo.identify().platform_time
        orders = {read.record.external_id: read.record for page in woo.pages("orders", Window(None, end)) for read in page.records}
        dinars = door.shop.orders.get(4)
        assert dinars.currency == "KWD"
        assert dinars.total != dinars.total.quantize(Decimal("0.01"))
        assert orders["2000004"].total == dinars.total
        assert [line.total for line in orders["2000004"].lines] == [line.total for line in dinars.lines]
        (alone,) = woo.to_records("orders", woo.fetch_row("orders", "2000004"))
        assert alone == orders["2000004"]
        door.shop.refund("2000004", "0.005")
        (refunded,) = woo.to_records("orders", woo.fetch_row("orders", "2000004"))
        assert refunded.refunded == Decimal("0.005")
