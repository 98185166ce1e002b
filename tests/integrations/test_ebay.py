"""eBay: what is sent, and walks that lose nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.connector import Window
from integrations.ebay import Ebay
from integrations.errors import ContractBroken, PaginationNotAdvancing, RateLimited
from integrations.gaps import CEILING, Gap
from integrations.sandbox import ShopSpec, running
from tests.ebay_contracts import check_all, listening
from tests.integrations.ebay_seller import NOW, ORDERS, Seller, connector, error, records, window


@pytest.fixture
def seller():
    with running(ShopSpec(platform="ebay", name="lab", size=32, orders=60, customers=5, big_variants=30)) as sandbox:
        yield Seller(sandbox)


def test_every_call_and_every_answer_is_as_ebays_documents_say(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 20)
    ebay = connector(seller)
    with listening(seller.visits, monkeypatch) as spoken:
        for stream in ("products", "orders", "inventory"):
            found = [*records(ebay, stream)]
            for external_id in [*found[:6], *(each for each in found if "/" in each)]:
                assert ebay.fetch_row(stream, external_id) is not None
            assert ebay.fetch_row(stream, "no such id") is None
        seller.door.quota.limits["fulfillment"] = 0
        with pytest.raises(RateLimited):
            ebay.identify()
    check_all(spoken)
    assert {each.path.rpartition("/v1")[2].split("/")[1] for each in spoken if "/sell/" in each.path} == {
        "inventory_item", "inventory_item_group", "bulk_get_inventory_item", "offer", "location", "order",
    }  # fmt: skip
    assert any(each.path.endswith("/rate_limit/") for each in spoken)
    assert any("%2F" in each.path for each in spoken), "the SKU with a slash in it was never asked for"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("path", "/sell/fulfillment/v1/orders"), ("method", "PUT"), ("query", (("filter", "lastModifiedDate:[2026-11-22T00:00:00.000Z..]"),)),
     ("query", (("limit", "201"),)), ("query", (("Limit", "20"),)), ("answer", b'{"orders":[],"totals":0}')],
)  # fmt: skip
def test_the_check_finds_a_wrong_name_value_or_case(seller, monkeypatch, field, wrong):
    ebay = connector(seller)
    with listening(seller.visits, monkeypatch) as spoken:
        ebay.identify()
    orders = [each for each in spoken if each.path == ORDERS]
    check_all(orders)
    with pytest.raises((AssertionError, StopIteration)):
        check_all([replace(orders[0], **{field: wrong})])


def test_changes_are_asked_for_to_the_millisecond_and_the_window_ends_before_its_end(web):
    web.will_answer({"total": 0})
    connector(web.address).fetch_page("orders", Window(NOW - timedelta(days=1), NOW + timedelta(microseconds=123_456)), None)
    first, last = (f"{time:%Y-%m-%dT%H:%M:%S}" for time in (NOW - timedelta(days=1), NOW))
    assert web.asked[-1].params == {"filter": f"lastmodifieddate:[{first}.500Z..{last}.623Z]", "limit": "200"}


def test_no_more_than_two_years_are_asked_for(web):
    web.will_answer({"total": 0})
    now = datetime.now(UTC)
    for start in (None, now - timedelta(days=900)):
        connector(web.address).fetch_page("orders", Window(start, now - timedelta(seconds=10)), None)
        oldest = datetime.fromisoformat(web.asked[-1].params["filter"].partition("[")[2].partition("..")[0])
        assert timedelta(0) <= oldest - (now - timedelta(days=730)) < timedelta(minutes=2)


def test_a_time_that_is_in_ebays_future_is_left_open(web):
    web.will_answer(error(30850), {"total": 1, "orders": [{"orderId": "1"}]})
    page = connector(web.address).fetch_page("orders", Window(NOW - timedelta(days=1), NOW), None)
    assert [row["orderId"] for row in page.rows] == ["1"]
    assert web.asked[1].params["filter"].endswith("..]")


def test_nothing_has_changed_since_a_time_in_the_future(web):
    web.will_answer(error(30850))
    page = connector(web.address).fetch_page("orders", Window(NOW - timedelta(seconds=1), NOW), None)
    assert (list(page.rows), page.has_more) == ([], False)


def test_a_next_page_elsewhere_is_not_gone_to(web):
    web.will_answer({"total": 0}, {"total": 9, "next": "https://evil.example/order?limit=5", "inventoryItems": [{"sku": "A"}]})
    with pytest.raises(ContractBroken, match="elsewhere"):
        connector(web.address).fetch_page("inventory", Window(None, NOW), None)


def test_the_next_page_is_asked_for_as_ebay_wrote_it(web):
    web.will_answer(
        {"total": 0},
        {"total": 2, "next": "/sell/inventory/v1/inventory_item?offset=7&limit=1&extra=%5Bx%5D", "inventoryItems": [{"sku": "A"}]},
        {"total": 2, "inventoryItems": [{"sku": "B"}]},
    )
    assert [read.record.sku for page in connector(web.address).pages("inventory", Window(None, NOW)) for read in page.records] == ["A", "B"]
    assert web.asked[-1].params == {"offset": "7", "limit": "1", "extra": "[x]"}


def test_a_next_page_that_is_the_same_page_stops_the_walk(web):
    web.will_answer({"total": 0}, {"total": 9, "next": "/sell/inventory/v1/inventory_item?offset=1", "inventoryItems": [{"sku": "A"}]})
    with pytest.raises(PaginationNotAdvancing):
        list(connector(web.address).pages("inventory", Window(None, NOW)))


def test_a_list_that_ends_before_its_total_is_not_complete(web):
    web.will_answer({"total": 0}, {"total": 3, "inventoryItems": [{"sku": "A"}]})
    [page] = connector(web.address).pages("inventory", Window(None, NOW))
    assert page.truncated == (Gap(CEILING, "2 of 3 rows of /sell/inventory/v1/inventory_item"),)


def test_an_answer_without_the_list_is_no_empty_list(web):
    web.will_answer({"total": 0}, {"total": 3})
    with pytest.raises(ContractBroken):
        connector(web.address).fetch_page("inventory", Window(None, NOW), None)


def test_a_page_that_is_gone_begins_the_list_anew(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 10)
    ebay = connector(seller)
    pages = ebay.pages("inventory", window(ebay))
    read = [one for _ in range(4) for one in next(pages).records]
    for product in seller.shop.ids("products")[1:]:
        seller.shop.delete("products", product)
    for page in pages:
        read += page.records
    left = {one.record.external_id for page in connector(seller).pages("inventory", Window(None, NOW)) for one in page.records}
    assert left <= {one.record.external_id for one in read}
    assert left
    assert 400 in {visit.status for visit in seller.visits.requests("inventory")}


def test_items_that_move_up_a_page_are_not_lost(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 10)
    ebay = connector(seller)
    pages = ebay.pages("inventory", window(ebay))
    read = list(next(pages).records)
    for product in seller.shop.ids("products")[:2]:
        seller.shop.delete("products", product)
    for page in pages:
        read += page.records
    left = {one.record.external_id for page in connector(seller).pages("inventory", Window(None, NOW)) for one in page.records}
    assert left <= {one.record.external_id for one in read}


def test_orders_of_one_millisecond_that_are_edited_meanwhile_cost_no_other(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 5)
    seller.shop.tie("orders", 23, at=datetime.now(UTC) - timedelta(hours=1))
    ebay = connector(seller)
    before, read = set(seller.shop.ids("orders")), set()
    moved = iter(seller.shop.ids("orders")[-23:])
    end = ebay.identify().platform_time
    for page in ebay.pages("orders", Window(None, end)):
        read |= {one.record.external_id for one in page.records}
        if page.has_more and "at" in page.cursor:
            seller.shop.edit("orders", next(moved))
    again = {one.record.external_id for page in ebay.pages("orders", Window(end - timedelta(seconds=300), end + timedelta(seconds=60))) for one in page.records}  # fmt: skip
    assert read | again >= before
    assert any(visit.params.get("offset") for visit in seller.visits.requests("orders"))
