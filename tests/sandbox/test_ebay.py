"""The sandbox's eBay, held against eBay's documents, an independent client (ebay_rest, its address set and no more) and eBay's rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from ebay_rest.api import developer_analytics, sell_fulfillment, sell_inventory

from integrations.sandbox import ShopSpec, running
from integrations.sandbox.ebay.seller import ODD_SKUS, order_id, sku_of
from tests.ebay_contracts import check_all, listening
from tests.sandbox.ebay_seller import ITEMS, ORDERS, PUBLIC, Seller


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    """One to read from."""
    with running(ShopSpec(platform="ebay", name="pier", size=120, orders=200, big_variants=40)) as sandbox:
        yield Seller(sandbox, "pier")


@pytest.fixture
def changing() -> Iterator[Seller]:
    with running(ShopSpec(platform="ebay", name="small", size=20, orders=40, big_variants=8)) as sandbox:
        yield Seller(sandbox, "small")


def stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def between(first: datetime, last: datetime | None) -> str:
    return f"lastmodifieddate:[{stamp(first)}..{'' if last is None else stamp(last)}]"


def test_every_answer_is_as_ebays_documents_say(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    application = seller.granted(grant_type="client_credentials", scope=PUBLIC).json()["access_token"]
    with listening(seller.visits, monkeypatch) as spoken:
        items = seller.ask(ITEMS, limit=200).json()["inventoryItems"]
        for sku in ODD_SKUS.values():
            seller.ask(f"{ITEMS}/{requests.utils.quote(sku, safe='')}")
        for status in ("active", "draft", "archived", "unlisted"):
            number = seller.shop.products.numbers(statuses=[status])[0]
            seller.ask("/sell/inventory/v1/offer", sku=sku_of(number, 0))
        for key in {key for item in items for key in item.get("inventoryItemGroupKeys", ())}:
            seller.ask(f"/sell/inventory/v1/inventory_item_group/{key}")
        seller.bulk(*(item["sku"] for item in items[:24]), "gone")
        seller.ask("/sell/inventory/v1/location", limit=1)
        for offset in (0, 50, 100):
            orders = seller.ask(ORDERS, filter=between(now - timedelta(days=729), None), limit=50, offset=offset).json()["orders"]
        for order in orders[:10]:
            seller.ask(f"{ORDERS}/{order['orderId']}")
        seller.ask("/developer/analytics/v1_beta/rate_limit/", token=application, api_context="sell", api_name="inventory")
        seller.renewed()
        for path in (f"{ITEMS}/gone", "/sell/inventory/v1/inventory_item_group/gone", f"{ORDERS}/gone"):
            assert seller.ask(path).status_code in (400, 404)
    check_all(spoken)
    assert len(spoken) > 50


def test_the_independent_client_reads_every_item_by_page_numbers(seller: Seller) -> None:
    items = sell_inventory.InventoryItemApi(seller.client(sell_inventory, "/sell/inventory/v1"))
    found: list[str] = []
    page, number = None, 0
    while page is None or page.next is not None:
        page = items.get_inventory_items(limit="50", offset=str(number))
        found += [item.sku for item in page.inventory_items]
        number += 1
    assert len(found) == len(set(found)) == page.total == seller.shop.counts()["variants"]
    assert number == page.size
    for sku in ODD_SKUS.values():
        assert items.get_inventory_item(sku).sku == sku


def test_the_independent_client_reads_groups_and_offers(seller: Seller) -> None:
    client = seller.client(sell_inventory, "/sell/inventory/v1")
    group = sell_inventory.InventoryItemGroupApi(client).get_inventory_item_group("G00003")
    assert len(group.variant_skus) == 40
    product = seller.shop.products.get(3)
    [offer] = sell_inventory.OfferApi(client).get_offers(sku=group.variant_skus[7]).offers
    price = (offer.pricing_summary.price.value, offer.pricing_summary.price.currency)
    assert price == (product.variants[7].price, "EUR")
    found = sell_inventory.InventoryItemApi(client).bulk_get_inventory_item(
        sell_inventory.BulkGetInventoryItem([sell_inventory.GetInventoryItem(sku=sku) for sku in group.variant_skus[:25]]),
        "application/json",
    )
    assert [answer.inventory_item.sku for answer in found.responses] == group.variant_skus[:25]


def test_the_independent_client_reads_every_order_by_row_offsets(seller: Seller) -> None:
    orders = sell_fulfillment.OrderApi(seller.client(sell_fulfillment, "/sell/fulfillment/v1"))
    found: list[str] = []
    page = None
    while page is None or page.next is not None:
        page = orders.get_orders(filter=between(datetime.now(UTC) - timedelta(days=729), None), limit="40", offset=str(len(found)))
        found += [order.order_id for order in page.orders]
    assert set(found) == set(seller.shop.ids("orders"))
    assert len(found) == page.total
    refunded = [order for order in page.orders if order.payment_summary.refunds] or [orders.get_order(found[0])]
    assert refunded[0].pricing_summary.total.value


def test_the_independent_client_asks_for_the_quota(seller: Seller) -> None:
    token = seller.granted(grant_type="client_credentials", scope=PUBLIC).json()["access_token"]
    client = seller.client(developer_analytics, "/developer/analytics/v1_beta", token)
    [limit] = developer_analytics.RateLimitApi(client).get_rate_limits(api_context="sell", api_name="inventory").rate_limits
    rate = limit.resources[0].rates[0]
    assert (limit.api_context, rate.limit, rate.time_window) == ("sell", 2_000_000, 86_400)
    assert seller.ask("/developer/analytics/v1_beta/rate_limit/", token=token, api_context="buy").status_code == 204


def test_a_range_has_both_its_ends_inside(changing: Seller) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    changing.shop.edit("orders", order_id(39), at=at)
    ms = timedelta(milliseconds=1)

    def found(first: datetime, last: datetime) -> bool:
        return order_id(39) in {order["orderId"] for order in changing.ask(ORDERS, filter=between(first, last)).json()["orders"]}

    assert found(at, at)
    assert found(at, at + ms)
    assert found(at - ms, at)
    assert not found(at + ms, at + 2 * ms)
    assert not found(at - 2 * ms, at - ms)


@pytest.mark.parametrize(
    ("filter_", "number"),
    [
        (lambda now: between(now - timedelta(hours=1), now + timedelta(seconds=5)), 30850),
        (lambda now: between(now + timedelta(seconds=5), None), 30850),
        (lambda now: between(now - timedelta(hours=1), now - timedelta(hours=2)), 30840),
        (lambda now: between(now - timedelta(days=731), now - timedelta(hours=1)), 30830),
        (lambda now: f"lastmodifieddate:[..{stamp(now)}]", 30820),
        (lambda now: f"lastmodifieddate:[{now:%Y-%m-%d}..]", 30810),
        (lambda now: f"lastmodifieddate:[{stamp(now)}]", 30810),
        (lambda now: f"lastModifiedDate:[{stamp(now - timedelta(days=1))}..]", 30700),
        (lambda now: "orderfulfillmentstatus:{FULFILLED}", 30800),
        (lambda now: "anything", 30800),
    ],
)
def test_a_filter_that_ebay_refuses(seller: Seller, filter_: Any, number: int) -> None:
    answer = seller.ask(ORDERS, filter=filter_(datetime.now(UTC)))
    assert (answer.status_code, Seller.number_of(answer)) == (400, number)


@pytest.mark.parametrize(
    ("path", "params", "number"),
    [
        (ORDERS, {"limit": 201}, 31100),
        (ORDERS, {"limit": 0}, 31100),
        (ORDERS, {"limit": 20, "offset": 30}, 31000),
        (ORDERS, {"fieldGroups": "ALL"}, 32800),
        (ORDERS, {"orderIds": ",".join(["14-10000-00001"] * 51)}, 30900),
        (ITEMS, {"limit": 201}, 25706),
        (ITEMS, {"offset": -1}, 25706),
        (ITEMS, {"limit": 200, "offset": 99}, 25706),
        ("/sell/inventory/v1/offer", {}, 25709),
    ],
)
def test_a_page_that_ebay_refuses(seller: Seller, path: str, params: dict[str, Any], number: int) -> None:
    answer = seller.ask(path, **params)
    assert (answer.status_code, Seller.number_of(answer)) == (400, number)


def test_orders_are_shown_for_two_years_and_without_a_filter_for_90_days(seller: Seller) -> None:
    now = datetime.now(UTC)
    everything = seller.shop.orders
    shown = seller.ask(ORDERS, filter=between(now - timedelta(days=729), None)).json()["total"]
    assert shown < everything.count()
    recent = seller.ask(ORDERS).json()["orders"]
    oldest = min(datetime.fromisoformat(order["creationDate"]) for order in recent)
    assert now - timedelta(days=91) < oldest
    old = next(number for number in everything.numbers() if everything.created[number] < now.timestamp() - 731 * 86_400)
    assert seller.ask(f"{ORDERS}/{order_id(old)}").status_code == 404


def test_of_two_ranges_only_the_creation_date_counts(seller: Seller) -> None:
    now = datetime.now(UTC)
    created = f"creationdate:[{stamp(now - timedelta(days=400))}..{stamp(now - timedelta(days=300))}]"
    both = seller.ask(ORDERS, filter=f"{created},{between(now - timedelta(seconds=1), None)}").json()
    assert both["total"] == seller.ask(ORDERS, filter=created).json()["total"] > 0


def test_requests_to_cancel_stand_on_the_order_alone(changing: Seller) -> None:
    changing.shop.cancel(order_id(39))
    listed = changing.ask(ORDERS, orderIds=order_id(39)).json()["orders"][0]["cancelStatus"]
    alone = changing.ask(f"{ORDERS}/{order_id(39)}").json()["cancelStatus"]
    assert (listed["cancelState"], listed["cancelRequests"]) == ("CANCELED", [])
    assert alone["cancelRequests"][0]["cancelRequestState"] == "COMPLETED"


def test_a_buyers_mail_is_told_for_14_days_and_the_name_for_90(changing: Seller) -> None:
    def told(days: int) -> set[str]:
        ident = changing.shop.add("orders", at=datetime.now(UTC) - timedelta(days=days))
        return set(changing.ask(f"{ORDERS}/{ident}").json()["buyer"]["buyerRegistrationAddress"])

    assert {"email", "fullName"} <= told(13)
    assert {"email", "fullName"} & told(15) == {"fullName"}
    assert {"email", "fullName"} & told(91) == set()


def test_a_bulk_call_takes_25_skus_once_each_and_tells_of_each(seller: Seller) -> None:
    skus = [item["sku"] for item in seller.ask(ITEMS, limit=30).json()["inventoryItems"]]
    assert Seller.number_of(seller.bulk(*skus[:26])) == 25727
    assert Seller.number_of(seller.bulk(skus[0], skus[0])) == 25734
    mixed = seller.bulk(skus[0], "gone")
    assert (mixed.status_code, [answer["statusCode"] for answer in mixed.json()["responses"]]) == (207, [200, 404])
    assert seller.bulk(skus[0]).status_code == 200


def test_an_unlisted_product_has_no_offer(changing: Seller) -> None:
    sku = changing.shop.add("products", status="unlisted")
    answer = changing.ask("/sell/inventory/v1/offer", sku=f"{sku.removeprefix('group:G')}".join(["Q", "-0"]) if "group" in sku else sku)
    assert (answer.status_code, Seller.number_of(answer)) == (404, 25713)
