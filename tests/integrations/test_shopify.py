"""Shopify: errors that come with status 200, pages sized by their cost, nested lists, and the search terms."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.connector import Credentials, Window
from integrations.errors import AuthRefused, ConfigWrong, ContractBroken, CursorExpired, RateLimited, ScopeMissing, Unavailable
from integrations.platform_connector import Access
from integrations.shopify import Shopify, search_terms
from integrations.shopify_graphql import TooCostly
from tests.integrations.conftest import QUICK, Reply

NOW = datetime(2026, 11, 22, 10, 0, 0, 1, tzinfo=UTC)
ALL = Window(None, NOW)
RECENT = Window(NOW - timedelta(days=1), NOW)
TOKEN = "shpat_topsecret"


def said(data=None, *, errors=None, status=200, cost=10, available=1900, headers=None):
    throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    body = {"extensions": {"cost": {"requestedQueryCost": cost, "actualQueryCost": 1, "throttleStatus": throttle}}}
    body |= {"data": data} if data is not None else {}
    body |= {"errors": errors} if errors is not None else {}
    return Reply(json.dumps(body).encode(), status=status, headers=headers or {})


def refused(code, message="no", **extensions):
    return said(errors=[{"message": message, "extensions": {"code": code, **extensions}}])


WHO = said(
    {
        "shop": {"name": "Acme", "myshopifyDomain": "acme", "currencyCode": "JPY"},
        "currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]},
    }
)


def listed(root, nodes, *, after=None, **cost):
    return said({root: {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": nodes}}, **cost)


@pytest.fixture
def shopify(web) -> Shopify:
    credentials = Credentials(store="store1", address=web.address, secrets={"access_token": TOKEN})
    return Shopify(Access(credentials=credentials, allow_private=True, limits=QUICK))


def asked(web, place=-1):
    return json.loads(web.asked[place].body)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refused("INTERNAL_SERVER_ERROR"), Unavailable),
        (refused("ACCESS_DENIED", requiredAccess="`read_customers` access scope."), ScopeMissing),
        (refused("undefinedField"), ContractBroken),
        (said(errors=[{"message": "Invalid cursor for current pagination sort."}]), CursorExpired),
        (Reply(b'{"errors":[{"message":"cursor store is down"}]}', status=503), Unavailable),
        (Reply(b'{"errors":"[API] Invalid API key or access token"}', status=401), AuthRefused),
        (Reply(b'{"errors":"Unavailable Shop"}', status=402), ConfigWrong),
        (Reply(b'{"errors":"requires merchant approval for read_orders scope."}', status=403), ScopeMissing),
        (Reply(b'{"errors":"Not Found"}', status=404), ConfigWrong),
        (Reply(b'{"errors":"Locked"}', status=423), ConfigWrong),
        (Reply(b'{"errors":"Too many"}', status=429, headers={"Retry-After": "60"}), RateLimited),
        (Reply(b'{"errors":"strange"}'), ContractBroken),
        (Reply(b"{}"), ContractBroken),
        (Reply(b"[]"), ContractBroken),
    ],
)
def test_each_refusal_is_one_class_of_error(web, shopify, reply, error):
    web.will_answer(reply)
    with pytest.raises(error, match="store1: Shopify") as caught:
        shopify.identify()
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value)


def test_a_missing_scope_is_named(web, shopify):
    web.will_answer(refused("ACCESS_DENIED", requiredAccess="`read_customers` access scope."))
    with pytest.raises(ScopeMissing) as caught:
        shopify.identify()
    assert caught.value.scope == "read_customers"


def test_throttling_is_waited_for_as_long_as_the_missing_points_take(web, shopify):
    web.will_answer(said(errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], cost=100, available=60), WHO)
    assert shopify.identify().name == "Acme"
    web.will_answer(said(errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], cost=905, available=5))
    with pytest.raises(RateLimited) as caught:
        shopify.identify()
    assert caught.value.retry_after_s == pytest.approx(9, abs=0.2)


def test_we_wait_before_we_are_throttled(web, shopify):
    web.will_answer(WHO, listed("customers", [], cost=800, available=100))
    shopify.identify()
    shopify.fetch_page("customers", RECENT, None)
    before = len(web.asked)
    with pytest.raises(RateLimited):
        shopify.fetch_page("customers", RECENT, None)
    assert len(web.asked) == before


def test_a_query_that_is_too_dear_is_asked_for_half_and_stays_small(web, shopify):
    web.will_answer(WHO)
    shopify.identify()

    def dear(asked_):
        size = json.loads(asked_.body)["variables"]["first"]
        return refused("MAX_COST_EXCEEDED") if size > 20 else listed("customers", [], cost=size * 44)

    web.will_answer(dear)
    shopify.fetch_page("customers", RECENT, None)
    shopify.fetch_page("customers", RECENT, None)
    sizes = [json.loads(each.body)["variables"]["first"] for each in web.asked[1:]]
    assert sizes == [100, 50, 25, 12, 20]


def test_a_single_row_that_is_too_dear_ends_it(web, shopify):
    web.will_answer(WHO)
    shopify.identify()
    web.will_answer(refused("MAX_COST_EXCEEDED"))
    with pytest.raises(TooCostly):
        shopify.fetch_page("customers", RECENT, None)


def test_a_nested_list_is_followed_by_id_to_its_end(web, shopify):
    def product(variants, after):
        return {"id": "gid://shopify/Product/1", "title": "a", "variants": {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": [{"id": v} for v in variants]}}  # fmt: skip

    web.will_answer(
        WHO, listed("products", [product(["v1"], "c1")]), said({"row": product(["v2"], "c2")}), said({"row": product(["v3"], None)})
    )
    page = shopify.fetch_page("products", RECENT, None)
    assert [variant["id"] for variant in page.rows[0]["variants"]] == ["v1", "v2", "v3"]
    assert page.truncated == ()
    assert [asked(web, place)["variables"].get("after") for place in (2, 3)] == ["c1", "c2"]
    assert asked(web, 2)["variables"]["id"] == "gid://shopify/Product/1"


def test_fields_of_scopes_that_are_not_granted_are_left_out(web, shopify):
    web.will_answer(WHO, listed("orders", []))
    shopify.fetch_page("orders", RECENT, None)
    variables = asked(web)["variables"]
    assert (variables["withProducts"], variables["withCustomers"]) == (False, False)


def test_orders_older_than_60_days_need_their_own_scope(web, shopify):
    web.will_answer(WHO)
    assert shopify.identify().history_days == 60
    everything = json.loads(WHO.body)
    everything["data"]["currentAppInstallation"]["accessScopes"].append({"handle": "read_all_orders"})
    web.will_answer(Reply(json.dumps(everything).encode()))
    assert shopify.identify().history_days is None


def test_times_are_quoted_to_the_second_and_all_states_are_named():
    window = Window(NOW - timedelta(hours=1), NOW)
    assert search_terms("orders", window) == "updated_at:>='2026-11-22T09:00:00Z' AND updated_at:<'2026-11-22T10:00:01Z'"
    assert search_terms("products", ALL) == "status:active,draft,archived,unlisted AND updated_at:<'2026-11-22T10:00:01Z'"
    assert search_terms("inventory", window) is None


def test_customers_have_no_upper_bound_since_a_day_would_be_cut_off():
    assert search_terms("customers", Window(NOW, NOW)) == "updated_at:>='2026-11-22T10:00:00Z'"
    assert search_terms("customers", ALL) is None
    assert Shopify.streams["customers"].lookback_s == 48 * 3600


def test_the_token_travels_in_its_header_alone(web, shopify):
    web.will_answer(WHO)
    shopify.identify()
    assert web.asked[0].path == "/admin/api/2026-10/graphql.json"
    assert web.asked[0].headers["x-shopify-access-token"] == TOKEN
    assert TOKEN not in web.asked[0].body.decode() + str(web.asked[0].params)


def test_prices_have_the_shops_currency_and_an_order_whose_product_is_gone_is_whole(web, shopify):
    web.will_answer(WHO)
    shopify.identify()
    (product,) = shopify.to_records("products", {"id": "gid://shopify/Product/1", "title": "a", "variants": [{"id": "v", "price": "1200", "inventoryQuantity": -2, "inventoryItem": {"id": "i", "tracked": True}}]})  # fmt: skip
    assert (product.price, product.currency, product.variants[0].quantity) == (Decimal(1200), "JPY", -2)
    money = {"shopMoney": {"amount": "10.125", "currencyCode": "KWD"}}
    (order,) = shopify.to_records("orders", {"id": "gid://shopify/Order/1", "name": "#1", "totalPriceSet": money, "displayFinancialStatus": "NEW_ONE", "lineItems": [{"id": "l", "title": "gone", "quantity": 2, "product": None, "variant": None}]})  # fmt: skip
    assert (order.total, order.currency, order.raw_payment_status, order.payment_status) == (Decimal("10.125"), "KWD", "NEW_ONE", "unknown")
    assert (order.lines[0].product_external_id, order.lines[0].quantity) == (None, 2)


def test_a_level_for_each_location_and_no_count_where_nothing_is_tracked(shopify):
    def item(tracked):
        return {"id": "gid://shopify/InventoryItem/1", "tracked": tracked, "inventoryLevels": [{"location": {"id": f"L{n}", "name": "x"}, "quantities": [{"name": "available", "quantity": n - 2}]} for n in (1, 2)]}  # fmt: skip

    assert [(level.external_id, level.available) for level in shopify.to_records("inventory", item(True))] == [("gid://shopify/InventoryItem/1@L1", -1), ("gid://shopify/InventoryItem/1@L2", 0)]  # fmt: skip
    assert [level.available for level in shopify.to_records("inventory", item(False))] == [None, None]
