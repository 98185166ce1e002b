"""How a Shopify shop answers: pages and cursors, search, prices in points, permissions, versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import TIMEOUT, ShopifyShop

MOMENT = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
ALL = ', query: "status:active,draft,archived,unlisted"'
DAY = 86_400


def code_of(answer: requests.Response) -> str:
    assert answer.status_code == 200
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("field", ["products", "orders", "customers"])
def test_pages_of_a_list_make_all_of_it(atlas: ShopifyShop, field: str) -> None:
    ids = [row["id"] for row in atlas.nodes(field, ALL if field == "products" else "")]
    assert sorted(ids) == sorted(atlas.shop.ids(field))
    assert len(ids) == atlas.shop.counts()[field]


def test_inventory_items_have_a_level_in_every_location(atlas: ShopifyShop) -> None:
    fields = 'id variant { product { id } } inventoryLevels(first: 5) { nodes { location { name } quantities(names: ["available"]) { quantity } } }'
    rows = atlas.nodes("inventoryItems", "", fields, size=30)
    levels = [level for row in rows for level in row["inventoryLevels"]["nodes"]]
    counts = atlas.shop.counts()
    assert (len(rows), len(levels)) == (counts["variants"], counts["inventory_levels"])
    assert any(level["quantities"][0]["quantity"] < 0 for level in levels)


@pytest.mark.parametrize("reverse", [False, True])
def test_sorting_by_time_goes_both_ways(atlas: ShopifyShop, reverse: bool) -> None:
    rows = atlas.nodes("orders", f", sortKey: UPDATED_AT, reverse: {str(reverse).lower()}", "updatedAt id")
    times = [row["updatedAt"] for row in rows]
    assert times == sorted(times, reverse=reverse)
    assert len({row["id"] for row in rows}) == len(rows)


def test_last_and_before_walk_backwards(atlas: ShopifyShop) -> None:
    ids = [row["id"] for row in atlas.nodes("customers")]
    end = atlas.ask("{ customers(last: 3) { nodes { id } pageInfo { startCursor hasPreviousPage } } }")["customers"]
    assert [row["id"] for row in end["nodes"]] == ids[-3:]
    assert end["pageInfo"]["hasPreviousPage"]
    before = atlas.ask("query($c: String) { customers(last: 2, before: $c) { nodes { id } } }", c=end["pageInfo"]["startCursor"])
    assert [row["id"] for row in before["customers"]["nodes"]] == ids[-5:-3]


def test_nested_lists_have_pages_of_their_own(atlas: ShopifyShop) -> None:
    big = atlas.shop.ids("products")[3]
    text = "query($i: ID!, $a: String) { product(id: $i) { variantsCount { count } variants(first: 100, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } } }"
    first = atlas.ask(text, i=big)["product"]
    second = atlas.ask(text, i=big, a=first["variants"]["pageInfo"]["endCursor"])["product"]["variants"]
    ids = {row["id"] for row in first["variants"]["nodes"] + second["nodes"]}
    assert (len(ids), first["variantsCount"]["count"], second["pageInfo"]["hasNextPage"]) == (128, 128, False)
    many_lines = atlas.shop.ids("orders")[2]
    rows, cursor = [], None
    while True:
        text = "query($i: ID!, $a: String) { order(id: $i) { lineItems(first: 250, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } } }"
        page = atlas.ask(text, i=many_lines, a=cursor)["order"]["lineItems"]
        rows += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len({row["id"] for row in rows}) == 300


def test_a_cursor_only_fits_the_list_it_came_from(atlas: ShopifyShop) -> None:
    cursor = atlas.ask("{ orders(first: 2, sortKey: UPDATED_AT) { pageInfo { endCursor } } }")["orders"]["pageInfo"]["endCursor"]
    for other in ("sortKey: ID", "sortKey: UPDATED_AT, query: \"updated_at:>'2020-01-01'\"", "sortKey: UPDATED_AT, reverse: true"):
        answer = atlas.post(f"query($a: String) {{ orders(first: 2, after: $a, {other}) {{ nodes {{ id }} }} }}", a=cursor)
        assert answer.json()["errors"][0]["message"] == "Invalid cursor for current pagination sort."


def test_a_walk_goes_on_behind_its_last_record_even_when_that_moved(shopify: ShopifyShop) -> None:
    text = "query($a: String) { orders(first: 10, after: $a, sortKey: UPDATED_AT) { nodes { id } pageInfo { endCursor } } }"
    everything = [row["id"] for row in shopify.nodes("orders", ", sortKey: UPDATED_AT")]
    first = shopify.ask(text)["orders"]
    shopify.shop.edit("orders", first["nodes"][-1]["id"])
    second = shopify.ask(text, a=first["pageInfo"]["endCursor"])["orders"]
    assert [row["id"] for row in second["nodes"]] == everything[10:20]


def found(shop: ShopifyShop, field: str, query: str) -> set[str]:
    return {row["id"] for row in shop.nodes(field, f', query: "{query}"')}


@pytest.mark.parametrize("field", ["products", "orders", "inventoryItems", "productVariants"])
def test_quoted_times_count_to_the_second(shopify: ShopifyShop, field: str) -> None:
    product = shopify.shop.ids("products")[25]
    shopify.shop.place_order(product, at=MOMENT)
    order = shopify.shop.ids("orders")[1]
    shopify.shop.edit("orders", order, at=MOMENT)
    number = product.rsplit("/", 1)[1]
    record = {
        "products": product,
        "orders": order,
        "inventoryItems": shopify.ask("query($i: ID!) { product(id: $i) { variants(first: 1) { nodes { inventoryItem { id } } } } }", i=product)["product"]["variants"]["nodes"][0]["inventoryItem"]["id"],
        "productVariants": f"gid://shopify/ProductVariant/{44_000_000_000_000 + (int(number) - 8_000_000_000_000) * 4096}",
    }[field]  # fmt: skip
    assert record in found(shopify, field, "updated_at:>='2026-01-15T12:00:00Z'")
    assert record not in found(shopify, field, "updated_at:>'2026-01-15T12:00:00Z'")
    assert record in found(shopify, field, "updated_at:<='2026-01-15T12:00:00Z'")
    assert record not in found(shopify, field, "updated_at:<'2026-01-15T12:00:00Z'")
    assert record in found(shopify, field, "updated_at:>='2026-01-15T11:59:00Z' AND updated_at:<'2026-01-15T12:00:01Z'")


def test_a_time_without_quotes_means_its_whole_day(shopify: ShopifyShop) -> None:
    product = shopify.shop.ids("products")[25]
    shopify.shop.edit("products", product, at=MOMENT)
    assert product in found(shopify, "products", "updated_at:>=2026-01-15T18:00:00Z")
    assert product in found(shopify, "products", "updated_at:<=2026-01-15T06:00:00Z")
    assert product not in found(shopify, "products", "updated_at:>2026-01-15T06:00:00Z")


def test_customers_are_found_by_whole_days_only(shopify: ShopifyShop) -> None:
    customer = shopify.shop.ids("customers")[2]
    shopify.shop.edit("customers", customer, at=MOMENT)
    assert customer in found(shopify, "customers", "updated_at:>='2026-01-15T18:00:00Z'")
    assert customer not in found(shopify, "customers", "updated_at:>='2026-01-16T00:00:00Z'")


def test_products_are_the_active_ones_unless_a_status_is_asked_for(atlas: ShopifyShop) -> None:
    statuses = {"active", "draft", "archived", "unlisted"}
    parts = {status: found(atlas, "products", f"status:{status}") for status in statuses}
    assert all(parts.values())
    assert {row["id"] for row in atlas.nodes("products")} == parts["active"]
    assert set.union(*parts.values()) == set(atlas.shop.ids("products"))
    assert found(atlas, "products", "status:draft OR status:archived") == parts["draft"] | parts["archived"]
    assert found(atlas, "products", "status:draft,archived -status:draft") == parts["archived"]


def test_an_unknown_filter_is_ignored_and_warned_of(atlas: ShopifyShop) -> None:
    answer = atlas.post('{ orders(first: 1, query: "nonsense:1") { nodes { id } } }').json()
    assert answer["data"]["orders"]["nodes"]
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "nonsense"


def test_a_deletion_is_an_event(shopify: ShopifyShop) -> None:
    product, order = shopify.shop.ids("products")[7], shopify.shop.ids("orders")[7]
    shopify.shop.delete("products", product)
    shopify.shop.delete("orders", order)
    since = datetime.now(UTC) - timedelta(minutes=1)
    query = f"action:destroy AND subject_type:PRODUCT AND created_at:>'{since:%Y-%m-%dT%H:%M:%SZ}'"
    rows = shopify.nodes("events", f', query: "{query}"', "action ... on BasicEvent { subjectId subjectType }")
    assert rows == [{"action": "destroy", "subjectId": product, "subjectType": "PRODUCT"}]
    assert shopify.ask("query($i: ID!) { product(id: $i) { id } node(id: $i) { id } }", i=product) == {"product": None, "node": None}
    assert product not in shopify.shop.ids("products")


COST = [
    ("{ shop { name } }", 1),
    ("{ products(first: 10) { edges { node { id title } } pageInfo { hasNextPage } } }", 12),
    ("{ products(first: 10) { nodes { variants(first: 5) { nodes { id inventoryItem { id } } } } } }", 2 + 10 * (1 + 2 + 5 * 2)),
    ("query($n: Int = 7) { orders(first: $n) { nodes { totalPriceSet { shopMoney { amount } } } } }", 2 + 7 * 3),
    ("{ ...f } fragment f on QueryRoot { customers(last: 4) { nodes { ... on Customer { defaultAddress { city } } } } }", 2 + 4 * 2),
]


@pytest.mark.parametrize(("text", "points"), COST)
def test_a_query_costs_what_the_documented_rules_say(atlas: ShopifyShop, text: str, points: int) -> None:
    cost = atlas.post(text).json()["extensions"]["cost"]
    assert cost["requestedQueryCost"] == points
    assert 1 <= cost["actualQueryCost"] <= points


def test_only_what_came_is_charged(shopify: ShopifyShop) -> None:
    cost = shopify.post('{ products(first: 200, query: "id:1") { nodes { id } } }').json()["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (202, 2)


def test_a_query_of_more_than_a_thousand_points_is_refused(atlas: ShopifyShop) -> None:
    answer = atlas.post("{ products(first: 100) { nodes { variants(first: 100) { nodes { id } } } } }")
    assert code_of(answer) == "MAX_COST_EXCEEDED"
    assert answer.json()["errors"][0]["extensions"]["cost"] == 2 + 100 * (1 + 2 + 100)


def test_an_empty_bucket_throttles_until_it_has_filled_again(shopify: ShopifyShop) -> None:
    now = [1000.0]
    shopify.shop.clock = lambda: now[0]
    text = "{ products(first: 250) { nodes { id } } }"
    full = shopify.post("{ shop { name } }").json()["extensions"]["cost"]["throttleStatus"]
    shopify.door.bucket(shopify.door.credentials()["access_token"]).take(full["currentlyAvailable"])
    refused = shopify.post(text)
    assert code_of(refused) == "THROTTLED"
    cost = refused.json()["extensions"]["cost"]
    assert "data" not in refused.json()
    assert cost["actualQueryCost"] is None
    now[0] += (cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]) / cost["throttleStatus"]["restoreRate"]
    assert "data" in shopify.post(text).json()


@pytest.mark.parametrize(
    ("scope", "text", "field"),
    [
        ("read_products", "{ products(first: 1) { nodes { id } } }", "products"),
        ("read_orders", "{ orders(first: 1) { nodes { id } } }", "orders"),
        ("read_customers", "{ customers(first: 1) { nodes { id } } }", "customers"),
    ],
)
def test_a_missing_scope_is_access_denied(shopify: ShopifyShop, scope: str, text: str, field: str) -> None:
    shopify.door.scopes.discard(scope)
    answer = shopify.post(text)
    assert code_of(answer) == "ACCESS_DENIED"
    assert answer.json()["errors"][0]["message"] == f"Access denied for {field} field. Required access: `{scope}` access scope."
    granted = shopify.ask("{ currentAppInstallation { accessScopes { handle } } }")["currentAppInstallation"]["accessScopes"]
    assert scope not in {one["handle"] for one in granted}


def test_an_order_without_the_right_to_its_customer_comes_with_null_and_an_error(shopify: ShopifyShop) -> None:
    shopify.door.scopes.discard("read_customers")
    answer = shopify.post("{ orders(first: 3) { nodes { id customer { id } } } }").json()
    assert [row["customer"] for row in answer["data"]["orders"]["nodes"]] == [None] * 3
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"ACCESS_DENIED"}


def test_orders_older_than_sixty_days_need_their_own_scope(shopify: ShopifyShop) -> None:
    old = shopify.shop.ids("orders")[0]
    shopify.door.scopes.discard("read_all_orders")
    limit = datetime.now(UTC) - timedelta(days=60)
    rows = shopify.nodes("orders", "", "id createdAt")
    assert 0 < len(rows) < shopify.shop.counts()["orders"]
    assert all(datetime.fromisoformat(row["createdAt"]) >= limit - timedelta(seconds=5) for row in rows)
    assert shopify.ask("query($i: ID!) { order(id: $i) { id } }", i=old) == {"order": None}


def test_a_field_that_there_is_not_is_named(atlas: ShopifyShop) -> None:
    answer = atlas.post("{ shop { colour } }")
    assert code_of(answer) == "undefinedField"
    assert answer.json()["errors"][0]["message"] == "Field 'colour' doesn't exist on type 'Shop'"


@pytest.mark.parametrize("args", ["", "first: 1, last: 1", "first: 251", "first: -1"])
def test_a_page_needs_a_size_that_can_be(atlas: ShopifyShop, args: str) -> None:
    assert code_of(atlas.post(f"{{ orders{f'({args})' if args else ''} {{ nodes {{ id }} }} }}")) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("version", "status", "said"),
    [("2026-10", 200, "2026-10"), ("2026-01", 200, "2026-01"), ("2024-01", 200, "2026-01"), ("2031-01", 404, None)],
)
def test_an_old_version_falls_forward_and_a_future_one_is_not_found(
    atlas: ShopifyShop, version: str, status: int, said: str | None
) -> None:
    answer = atlas.post("{ shop { name } }", version=version)
    assert (answer.status_code, answer.headers.get("X-Shopify-API-Version")) == (status, said)


def test_a_wrong_token_is_401(atlas: ShopifyShop) -> None:
    answer = atlas.post("{ shop { name } }", token="shpat_wrong")
    assert answer.status_code == 401
    assert answer.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def test_a_client_gets_a_token_that_lives_a_day(shopify: ShopifyShop) -> None:
    keys = shopify.door.credentials()
    form = {"grant_type": "client_credentials", "client_id": keys["client_id"], "client_secret": keys["client_secret"]}
    url = f"{shopify.address}/admin/oauth/access_token"
    given: dict[str, Any] = requests.post(url, data=form, timeout=TIMEOUT).json()
    assert (given["expires_in"], "read_orders" in given["scope"].split(",")) == (DAY - 1, True)
    assert shopify.post("{ shop { name } }", token=given["access_token"]).status_code == 200
    real = shopify.shop.clock
    shopify.shop.clock = lambda: real() + DAY
    assert shopify.post("{ shop { name } }", token=given["access_token"]).status_code == 401
    assert requests.post(url, data={**form, "client_secret": "no"}, timeout=TIMEOUT).status_code == 400


def test_amounts_stand_in_the_shops_currency_and_in_the_buyers(atlas: ShopifyShop) -> None:
    text = "query($i: ID!) { order(id: $i) { currencyCode presentmentCurrencyCode totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } } } }"
    yen = atlas.ask(text, i=atlas.shop.ids("orders")[3])["order"]
    assert (yen["currencyCode"], yen["presentmentCurrencyCode"]) == ("USD", "JPY")
    assert yen["totalPriceSet"]["shopMoney"]["currencyCode"] == "USD"
    assert yen["totalPriceSet"]["presentmentMoney"]["amount"].endswith(".0")


def test_stock_set_by_hand_moves_the_item_and_not_the_product(shopify: ShopifyShop) -> None:
    product = shopify.shop.ids("products")[25]
    text = "query($i: ID!) { product(id: $i) { updatedAt variants(first: 1) { nodes { inventoryItem { updatedAt } } } } }"
    before = shopify.ask(text, i=product)["product"]
    shopify.shop.set_stock(product, 0, 99, at=MOMENT)
    after = shopify.ask(text, i=product)["product"]
    assert after["updatedAt"] == before["updatedAt"]
    assert after["variants"]["nodes"][0]["inventoryItem"]["updatedAt"] == "2026-01-15T12:00:00Z"
    shopify.shop.place_order(product, at=MOMENT)
    assert shopify.ask(text, i=product)["product"]["updatedAt"] == "2026-01-15T12:00:00Z"
