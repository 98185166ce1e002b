"""Sandbox shops themselves: the same everywhere, awkward on purpose, big when asked, and true to their own counts."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
import requests

from integrations.sandbox import PLATFORMS, Sandbox, ShopSpec, running
from integrations.sandbox.demo import demo_shops
from tests.sandbox.conftest import SMALL, TIMEOUT, ShopifyShop, WooShop

NOW = 1_795_000_000
EVERYTHING = """{ shop { name currencyCode } products(first: 40, query: "status:active,draft,archived,unlisted") { nodes {
  id title status updatedAt variants(first: 5) { nodes { id sku price inventoryQuantity updatedAt } } } }
  customers(first: 10) { nodes { id firstName updatedAt } } }"""


def told(sandbox: Sandbox) -> list[Any]:
    """What both shops say, without the links that name the port."""
    shopify, woo = ShopifyShop(sandbox, "small"), WooShop(sandbox, "small")
    rows = [woo.get(kind, per_page=100).json() for kind in ("products", "orders", "customers", "products/103/variations")]
    text = json.dumps([shopify.ask(EVERYTHING), rows])
    return json.loads(text.replace(sandbox.base_url, ""))


def test_two_servers_with_one_seed_tell_the_same() -> None:
    with running(*SMALL, now=NOW) as one, running(*SMALL, now=NOW) as other:
        assert told(one) == told(other)


def test_another_seed_makes_another_shop() -> None:
    shops = [Sandbox([ShopSpec(platform="woocommerce", name="x", size=40, seed=seed)], now=NOW).shop("woocommerce", "x") for seed in (1, 2)]
    assert shops[0].goods.title(30) != shops[1].goods.title(30)
    assert shops[0].secret("key") != shops[1].secret("key")


def test_dates_end_shortly_before_the_sandbox_opened(read_only: Sandbox) -> None:
    for visits in read_only.all():
        shop = visits.door.shop
        assert 0 < shop.now - max(shop.orders.updated) < 86_400
        assert max(shop.orders.updated) <= shop.now
        assert min(shop.orders.created) < shop.now - 800 * 86_400


def test_the_awkward_ones_are_there(berlin: WooShop) -> None:
    products = {row["id"]: row for row in berlin.get("products", per_page=100, orderby="id", order="asc").json()}
    names = [row["name"] for row in products.values()]
    assert "<script>alert(1)</script>" in names
    assert any(len(name) == 255 for name in names)
    assert any('"' in name and "'" in name for name in names)
    assert any("\u200f" in name for name in names)
    assert any("🫖" in name for name in names)
    assert products[117]["price"] == "abc"
    assert products[113]["sku"] == products[114]["sku"] == "TWIN-1"
    assert products[115]["sku"] != products[116]["sku"]
    assert products[115]["sku"].lower() == products[116]["sku"].lower()
    assert products[111]["sku"] == ""
    orders = {row["id"]: row for row in berlin.get("orders", per_page=50, orderby="id", order="asc").json()}
    assert {orders[2_000_003]["currency"], orders[2_000_004]["currency"]} == {"JPY", "KWD"}
    assert len(orders[2_000_002]["line_items"]) == 300
    assert orders[2_000_005]["customer_id"] == 0
    assert orders[2_000_005]["billing"]["email"]
    assert "-0.01" in [line["total"] for line in orders[2_000_009]["line_items"]]
    assert [line["total"] for line in orders[2_000_010]["line_items"]] == ["0.10", "0.20"]
    assert orders[2_000_013]["line_items"][0]["product_id"] == 0


def test_stock_below_zero_is_told(any_shop: WooShop | ShopifyShop) -> None:
    if isinstance(any_shop, WooShop):
        row = any_shop.get("products/110").json()
        rows = any_shop.get("products/110/variations", per_page=100).json() or [row]
        assert -7 in [one["stock_quantity"] for one in rows]
    else:
        levels = any_shop.ask(
            'query($i: ID!) { product(id: $i) { variants(first: 1) { nodes { inventoryItem { inventoryLevels(first: 2) { nodes { quantities(names: ["available"]) { quantity } } } } } } } }',
            i=any_shop.shop.ids("products")[10],
        )["product"]["variants"]["nodes"][0]["inventoryItem"]["inventoryLevels"]["nodes"]
        assert -7 in [level["quantities"][0]["quantity"] for level in levels]


@pytest.mark.parametrize("kind", ["products", "orders", "customers"])
def test_many_records_share_one_time_of_change(read_only: Sandbox, kind: str) -> None:
    times = list(getattr(read_only.shop("woocommerce", "berlin"), kind).updated)
    assert max(times.count(moment) for moment in set(times)) >= 30


def test_a_product_has_as_many_variants_as_asked_for() -> None:
    with running(ShopSpec(platform="shopify", name="big", size=10, big_variants=2048, plan="enterprise")) as sandbox:
        shop = ShopifyShop(sandbox, "big")
        assert len(shop.nodes("productVariants", ', query: "product_id:8000000000003"', size=250)) == 2048


def test_adding_and_deleting_change_the_counts(any_shop: WooShop | ShopifyShop) -> None:
    shop = any_shop.shop
    before = shop.counts()
    new = shop.add("products", title="Newcomer")
    assert new in shop.ids("products")
    shop.delete("orders", shop.ids("orders")[2])
    after = shop.counts()
    assert (after["products"], after["orders"]) == (before["products"] + 1, before["orders"] - 1)
    with pytest.raises(KeyError):
        shop.delete("products", shop.ids("products")[0] + "999999")


def test_an_unknown_field_is_an_error(any_shop: WooShop | ShopifyShop) -> None:
    with pytest.raises(AttributeError, match="colour"):
        any_shop.shop.edit("products", any_shop.shop.ids("products")[0], colour="red")


def test_a_refund_and_a_cancellation_are_told(shopify: ShopifyShop, woo: WooShop) -> None:
    order = next(row["id"] for row in shopify.nodes("orders", "", "id displayFinancialStatus") if row["displayFinancialStatus"] == "PAID")
    text = "query($i: ID!) { order(id: $i) { displayFinancialStatus cancelledAt totalRefundedSet { shopMoney { amount } } refunds { id } updatedAt } }"
    shopify.shop.refund(order, "1.00", reason="Late")
    row = shopify.ask(text, i=order)["order"]
    assert (row["displayFinancialStatus"], row["totalRefundedSet"]["shopMoney"]["amount"], len(row["refunds"])) == (
        "PARTIALLY_REFUNDED",
        "1.0",
        1,
    )
    shopify.shop.cancel(order)
    assert shopify.ask(text, i=order)["order"]["cancelledAt"]
    woo.shop.refund("2000001")
    assert len(woo.get("orders/2000001").json()["refunds"]) >= 1


def test_ties_are_made_on_request(any_shop: WooShop | ShopifyShop) -> None:
    ids = any_shop.shop.tie("orders", 12)
    times = [any_shop.shop.orders.updated[number] for number in list(any_shop.shop.orders.numbers())[-12:]]
    assert len(ids) == 12
    assert len(set(times)) == 1


def test_the_demo_has_a_shop_of_each_platform_and_two_of_thousands() -> None:
    counts = {visits.door.shop.spec.platform: visits.door.shop.counts()["products"] for visits in Sandbox(demo_shops()).all()}
    assert set(counts) == set(PLATFORMS)
    assert counts["shopify"] > 1900
    assert counts["woocommerce"] > 1900
    assert min(counts.values()) > 200


def test_a_long_shop_holds_times_and_no_records() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        shop = Sandbox([ShopSpec(platform="woocommerce", name="long", size=20_000, orders=0, customers=0)]).shop("woocommerce", "long")
        assert len(shop.products.numbers(by="updated", statuses=["active"])) > 17_000
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held / 20_000 < 60  # bytes a product
    assert shop.products.get(19_999) is not None


def test_everything_can_be_done_over_http(changing: Sandbox) -> None:
    url = f"{changing.base_url}/_sandbox"
    made = requests.post(url, json={"platform": "woocommerce", "name": "fresh", "size": 20}, timeout=TIMEOUT).json()
    assert made["address"] == f"{changing.base_url}/woocommerce/fresh"
    assert set(made["credentials"]) == {"consumer_key", "consumer_secret"}
    shop = WooShop(changing, "fresh")

    def do(**edit: Any) -> requests.Response:
        return requests.post(f"{url}/woocommerce/fresh/edits", json=edit, timeout=TIMEOUT)

    assert do(do="edit", kind="products", record_id="105", title="Renamed", at="2026-01-15T12:00:00Z").status_code == 200
    assert shop.get("products/105").json()["name"] == "Renamed"
    new = do(do="add", kind="orders").json()["result"]
    assert shop.get(f"orders/{new}").status_code == 200
    assert do(do="fly").status_code == 400
    assert do(do="delete", kind="products", record_id="999999").status_code == 400
    counts = requests.get(f"{url}/woocommerce/fresh/", timeout=TIMEOUT).json()["counts"]
    assert counts == changing.shop("woocommerce", "fresh").counts()
    log = requests.get(f"{url}/woocommerce/fresh/requests", params={"stream": "products"}, timeout=TIMEOUT).json()
    assert [visit["path"] for visit in log] == ["/wp-json/wc/v3/products/105"]
    assert requests.post(url, json={"platform": "nowhere", "name": "x"}, timeout=TIMEOUT).status_code == 400
    assert [one["name"] for one in requests.get(url, timeout=TIMEOUT).json()] == ["small", "small", "fresh"]
