"""The sandbox's TikTok Shop, seen from outside: through an independent client and through calls that it must refuse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tiktok_shop_api import TikTokShop
from tiktok_shop_api.generated import models

from integrations.sandbox import ShopSpec, running
from tests.contracts import Contract, Spoken
from tests.tiktok_shops import ORDERS, PRODUCTS, Seller, ToTheSandbox, open_seller, unknown_names

NOW = 1_763_800_000


@pytest.fixture
def seller() -> Iterator[Seller]:
    with open_seller() as opened:
        yield opened


@pytest.fixture
def client(seller: Seller) -> Iterator[TikTokShop]:
    keys = seller.door.credentials()
    with TikTokShop(
        keys["app_key"], keys["app_secret"], access_token=keys["access_token"], transport=ToTheSandbox(seller.address)
    ) as opened:
        cipher = opened.authorization.get_authorized_shops().data.shops[0].cipher
        yield opened.with_shop(shop_cipher=cipher)


def every(ask: Callable[..., Any], key: str, body: Any, size: Any = 20) -> list[Any]:
    """All rows of a search, page by page, as the generated client gives them; no name may be unknown to it."""
    found, token = [], ""
    while True:
        said = ask(page_size=size, body=body, **({"page_token": token} if token else {}))
        assert unknown_names(said) == []
        found += getattr(said.data, key) or []
        token = said.data.next_page_token
        if not token:
            return found


def test_an_independent_client_reads_the_whole_shop(seller: Seller, client: TikTokShop) -> None:
    counts = seller.shop.counts()
    products = every(client.products.search_products, "products", models.SearchProductsRequest())
    kept = [product for product in products if product.status != "DELETED"]
    assert len(kept) == counts["products"]
    detail = client.products.get_product(product_id=kept[0].id).data
    assert unknown_names(detail) == []
    assert detail.description
    asked = models.InventorySearchRequest(product_ids=[product.id for product in kept])
    stock = client.products.inventory_search(body=asked)
    assert unknown_names(stock) == []
    assert sum(len(sku.warehouse_inventory) for row in stock.data.inventory for sku in row.skus) == counts["inventory_levels"]
    orders = every(client.orders.get_order_list, "orders", models.GetOrderListRequest())
    assert len({order.id for order in orders}) == len(orders) == counts["orders"]
    some = [order.id for order in orders[:50]]
    assert {order.id for order in client.orders.get_order_detail(ids=",".join(some)).data.orders} == set(some)
    returns = every(
        client.return_and_refund.search_returns,
        "return_orders",
        models.SearchReturnsRequest(order_ids=[order.id for order in orders]),
        "10",
    )
    assert len(returns) == sum(
        len(seller.shop.orders.get(number).refunds) for number in seller.shop.orders.numbers(statuses=["open", "completed"])
    )
    assert len(client.logistics.get_warehouse_list().data.warehouses) == 2


@pytest.mark.parametrize(
    ("path", "body", "params"),
    [
        (ORDERS, {}, {}),
        (ORDERS, {}, {"page_size": 101}),
        (ORDERS, {}, {"page_size": 0}),
        (ORDERS, {}, {"page_size": 10, "sort_order": "asc"}),
        (ORDERS, {}, {"page_size": 10, "Sort_Field": "update_time"}),
        (ORDERS, {"page_size": 10}, {"page_size": 10}),
        (ORDERS, {"update_time_le": 1}, {"page_size": 10}),
        (ORDERS, {"order_status": "unpaid"}, {"page_size": 10}),
        (ORDERS, {"update_time_ge": "1"}, {"page_size": 10}),
        (ORDERS, {}, {"page_size": 10, "page_token": "b2Zmc2V0PTAK"}),
        (PRODUCTS, {"update_time_lt": 1}, {"page_size": 10}),
        (PRODUCTS, {"status": "ACTIVE"}, {"page_size": 10}),
        (PRODUCTS, {}, {"page_size": 10, "sort_field": "update_time"}),
        (PRODUCTS, {"sku_ids": ["1"] * 11}, {"page_size": 10}),
        ("/product/202309/inventory/search", {"product_ids": ["1"] * 101}, {}),
        ("/product/202309/inventory/search", {"sku_ids": ["1"] * 601}, {}),
        ("/product/202309/inventory/search", {}, {}),
    ],
)  # fmt: skip
def test_what_the_contract_excludes_is_refused(seller: Seller, path: str, body: dict[str, Any], params: dict[str, Any]) -> None:
    assert seller.refusal("POST", path, body, **params)[0] in (36009004, 12019120)


def test_more_order_ids_than_allowed_and_unknown_endpoints_are_refused(seller: Seller) -> None:
    assert seller.refusal("GET", "/order/202507/orders", ids=",".join("1" * 51))[0] == 36009004
    assert seller.call("GET", "/order/202307/orders").status_code == 404
    assert seller.refusal("GET", "/order/202307/orders")[0] == 36009009
    assert seller.refusal("GET", ORDERS)[0] == 36009010
    assert seller.refusal("GET", "/product/202309/products/17")[1] == "The product does not exist."


def test_bounds_are_inclusive_for_products_and_half_open_for_orders(seller: Seller) -> None:
    at = NOW
    (product, order) = seller.shop.ids("products")[0], seller.shop.ids("orders")[0]
    for kind, record in (("products", product), ("orders", order)):
        seller.shop.edit(kind, record, at=datetime.fromtimestamp(at, UTC))

    def ids(path: str, key: str, **window: int) -> list[str]:
        return [row["id"] for row in seller.ask(path, window, page_size=100)[key] if row["id"] in (product, order)]

    assert ids(PRODUCTS, "products", update_time_ge=at, update_time_le=at) == [product]
    assert ids(PRODUCTS, "products", update_time_ge=at + 1, update_time_le=at + 5) == []
    assert ids(ORDERS, "orders", update_time_ge=at, update_time_lt=at + 1) == [order]
    assert ids(ORDERS, "orders", update_time_ge=at - 5, update_time_lt=at) == []


def test_a_product_search_ends_at_its_ceiling(seller: Seller) -> None:
    seller.door.search_ceiling = 30
    first = seller.ask(PRODUCTS, {}, page_size=20)
    second = seller.ask(PRODUCTS, {}, page_size=20, page_token=first["next_page_token"])
    assert (len(first["products"]), len(second["products"]), second["next_page_token"]) == (20, 10, "")
    assert second["total_count"] > 30


def test_a_row_that_leaves_shifts_the_others(seller: Seller) -> None:
    """Tokens count rows: what a connector must not rely on."""
    window = {"update_time_lt": int(time.time()) - 30}
    sort = {"page_size": 10, "sort_field": "update_time", "sort_order": "ASC"}
    whole = [row["id"] for row in seller.ask(ORDERS, window, **{**sort, "page_size": 100})["orders"]]
    first = seller.ask(ORDERS, window, **sort)
    seller.shop.edit("orders", whole[0])
    second = seller.ask(ORDERS, window, **sort, page_token=first["next_page_token"])
    assert [row["id"] for row in second["orders"]] == whole[11:21]


def test_a_page_token_belongs_to_its_search_and_may_expire(seller: Seller) -> None:
    token = seller.ask(ORDERS, {}, page_size=10)["next_page_token"]
    assert set("+/=") & set(token)  # must be sent percent-encoded and signed as it is
    assert seller.ask(ORDERS, {}, page_size=10, page_token=token)["orders"]
    assert seller.refusal("POST", ORDERS, {}, page_size=20, page_token=token)[0] == 36009004
    seller.door.token_life_s = -1
    assert seller.refusal("POST", ORDERS, {}, page_size=10, page_token=token)[0] == 36009004


def test_a_line_item_is_one_unit_and_amounts_add_up(seller: Seller) -> None:
    for row in seller.ask(ORDERS, {}, page_size=100)["orders"]:
        order = seller.shop.orders.get(int(row["id"]) - 576_461_413_000_000_000)
        assert len(row["line_items"]) == sum(line.quantity for line in order.lines)
        assert sum(round(float(unit["sale_price"]) * 100) for unit in row["line_items"]) == round(float(row["payment"]["sub_total"]) * 100)


def test_stock_moves_no_products_time(seller: Seller) -> None:
    product = seller.shop.ids("products")[2]
    before = seller.ask(f"/product/202309/products/{product}")
    seller.shop.set_stock(product, 0, 77)
    after = seller.ask(f"/product/202309/products/{product}")
    assert (after["update_time"], after["skus"][0]["inventory"][0]["quantity"]) == (before["update_time"], 77)


def test_answers_are_as_the_specification_says(seller: Seller) -> None:
    specification = Contract.load("tiktok/tiktok_shop_subset.oas3.json")
    product = seller.shop.ids("products")[0]
    for path, body, params in (
        (PRODUCTS, {"status": "ALL"}, {"page_size": 100}), (ORDERS, {}, {"page_size": 100}), (f"/product/202309/products/{product}", None, {}),
        ("/product/202309/inventory/search", {"product_ids": [product]}, {}), ("/logistics/202309/warehouses", None, {}),
        ("/authorization/202309/shops", None, {"shop_cipher": ""}), ("/order/202507/orders", None, {"ids": seller.shop.ids("orders")[0]}),
    ):  # fmt: skip
        answer = seller.call("GET" if body is None else "POST", path, body, **params)
        specification.check_answer(Spoken(answer.request.method or "", path, (), {}, b"", answer.status_code, answer.content))


def test_a_currency_that_tiktok_has_no_shops_in_is_refused() -> None:
    with pytest.raises(ValueError, match="no shops in KWD"), running(ShopSpec(platform="tiktok", name="x", currency="KWD")):
        pass
