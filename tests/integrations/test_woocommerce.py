"""WooCommerce: what is sent, what its refusals mean, and how its rows are told."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations import connect
from integrations.connector import Credentials, Page, Window
from integrations.errors import AuthRefused, ConfigWrong, ScopeMissing, Unavailable
from integrations.permissions import permissions
from integrations.platform_connector import Access
from integrations.records import FulfillmentStatus, OrderStatus, PaymentStatus
from integrations.sandbox import ShopSpec, running
from integrations.woocommerce import WooCommerce
from tests.integrations.conftest import QUICK, Reply

SECRETS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
NOW = datetime(2026, 11, 22, 10, 0, 0, 500_000, tzinfo=UTC)
OAUTH = {"oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp"}


@pytest.fixture
def woo(web) -> WooCommerce:
    return WooCommerce(
        Access(credentials=Credentials(store="store1", address=web.address, secrets=SECRETS), allow_private=True, limits=QUICK)
    )


@pytest.fixture(scope="module")
def arguments(contracts):
    """The arguments that a real shop says its lists take, by the end of their path."""
    found = {}
    for name, end in {"products": "/products", "product_variations": "/variations", "orders": "/orders", "order_refunds": "/refunds", "customers": "/customers"}.items():  # fmt: skip
        content = json.loads((contracts / f"woocommerce/{name}.options.json").read_text())
        found[end] = next(entry["args"] for entry in content["routes"]["endpoints"] if "GET" in entry["methods"])
    return found


def test_every_parameter_is_one_that_a_real_shop_takes(arguments):
    with running(ShopSpec(platform="woocommerce", name="lab", size=130, orders=150, customers=5)) as sandbox:
        visits = sandbox.visits("woocommerce", "lab")
        credentials = Credentials(store="s", address=sandbox.address("woocommerce", "lab"), secrets=visits.door.credentials())
        woo = connect("woocommerce", credentials, allow_private=True)
        end = woo.identify().platform_time
        for stream, facts in woo.streams.items():
            for start in (None, end - timedelta(days=30)) if facts.incremental else (None,):
                for _ in woo.pages(stream, Window(start, end)):
                    pass
        asked = [visit for visit in visits.requests() if visit.path.endswith(tuple(arguments))]
    assert {end for end in arguments for visit in asked if visit.path.endswith(end)} == set(arguments)
    for visit in asked:
        known = next(args for end, args in arguments.items() if visit.path.endswith(end))
        for name, value in visit.params.items():
            if name in OAUTH | {"_fields"}:  # WordPress's own, for every route
                continue
            assert name in known, f"{visit.path} does not take {name}"
            facts = known[name]
            allowed = facts.get("enum") or facts.get("items", {}).get("enum")
            assert not allowed or value in allowed, f"{name}={value}"
            if facts["type"] == "integer":
                assert facts.get("minimum", 0) <= int(value) <= facts.get("maximum", 10**9), f"{name}={value}"
            if facts["type"] == "boolean":
                assert value in ("true", "false")
            if facts.get("format") == "date-time":
                assert datetime.fromisoformat(value).tzinfo is None, "with dates_are_gmt a zone shifts the window"
                assert visit.params["dates_are_gmt"] == "true"


def test_a_window_is_asked_for_with_both_bounds_outside_of_it(web, woo):
    web.will_answer(Reply(b"[]"))
    woo.fetch_page("orders", Window(NOW - timedelta(hours=1), NOW), None)
    asked = web.asked[-1].params
    assert (asked["modified_after"], asked["modified_before"]) == ("2026-11-22T08:59:59", "2026-11-22T10:00:01")


def test_no_attempt_repeats_a_nonce(web, woo):
    web.will_answer(Reply(status=500), Reply(status=500), Reply(b"[]"))
    woo.fetch_page("customers", Window(None, NOW), None)
    assert len({asked.params["oauth_nonce"] for asked in web.asked}) == len(web.asked) == 3
    assert all("authorization" not in asked.headers and "cs_1" not in str(asked.params) for asked in web.asked)


def test_over_https_the_key_travels_in_the_header_alone():
    woo = WooCommerce(Access(credentials=Credentials(store="store1", address="https://shop.example", secrets=SECRETS)))
    from integrations.http_session import Call

    signed = woo.sign(Call("GET", "https://shop.example/wp-json/wc/v3/orders", (("page", "1"),)))
    assert signed.headers["Authorization"] == "Basic Y2tfMTpjc18x"
    assert signed.params == (("page", "1"),)


@pytest.mark.parametrize(
    ("status", "code", "message", "error"),
    [
        (401, "woocommerce_rest_authentication_error", "Consumer key is invalid.", AuthRefused),
        (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", AuthRefused),
        (401, "woocommerce_rest_authentication_error", "The API key provided does not have read permissions.", ScopeMissing),
        (403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", ScopeMissing),
        (404, "rest_no_route", "No route was found matching the URL and request method.", ConfigWrong),
    ],
)
def test_a_refusal_is_told_with_the_next_step(web, woo, status, code, message, error):
    web.will_answer(Reply(json.dumps({"code": code, "message": message, "data": {"status": status}}).encode(), status=status))
    with pytest.raises(error, match="store1: WooCommerce") as caught:
        woo.fetch_page("orders", Window(None, NOW), None)
    assert caught.value.hint


def test_a_key_without_read_permission_lacks_that_and_not_what_its_user_may_see(web, woo):
    said = {"code": "woocommerce_rest_authentication_error", "message": "The API key provided does not have read permissions."}
    web.will_answer(Reply(json.dumps(said).encode(), status=401))
    told = permissions(woo, woo.identify())
    assert (told.granted, set(told.missing.values())) == (frozenset(), {frozenset({"read"})})
    assert set(told.missing) == set(woo.streams)


def test_a_firewalls_page_is_not_a_missing_right(web, woo):
    web.will_answer(Reply(b"<html>Attention Required! | Cloudflare", status=403, content_type="text/html"))
    with pytest.raises(Unavailable, match="firewall"):
        woo.fetch_page("orders", Window(None, NOW), None)


def test_a_page_that_the_shop_cannot_make_is_asked_for_smaller_and_stays_small(web, woo):
    web.will_answer(lambda asked: Reply(status=500) if int(asked.params["per_page"]) > 25 else Reply(b"[]"))
    woo.fetch_page("customers", Window(None, NOW), None)
    web.asked.clear()
    woo.fetch_page("customers", Window(None, NOW), None)
    assert [asked.params["per_page"] for asked in web.asked] == ["25"]


def test_the_recorded_answers_of_a_real_shop_can_be_told(contracts, woo):
    recorded = json.loads((contracts / "woocommerce/recorded_examples.json").read_text(), parse_float=Decimal)
    for stream in ("orders", "customers"):
        read = woo.read(stream, Page(recorded[stream]["body"]))
        assert (len(read.records), read.rejected) == (len(recorded[stream]["body"]), [])
    row = {**recorded["products"]["body"][0], "variations": recorded["variations"]["body"]}
    (product,) = woo.to_records("products", row)
    assert (product.external_id, product.price, product.quantity) == ("15", Decimal("5.00"), 48)
    assert [(variant.external_id, variant.sku, variant.title) for variant in product.variants] == [("16", "V-S", "S")]
    (level,) = woo.to_records("inventory", row)
    assert (level.external_id, level.inventory_item_id, level.available) == ("15:16", "16", 48)
    (order,) = woo.to_records("orders", recorded["orders"]["body"][0])
    assert (order.status, order.payment_status, order.fulfillment_status) == (OrderStatus.OPEN, PaymentStatus.PAID, FulfillmentStatus.UNFULFILLED)  # fmt: skip
    assert (order.customer_external_id, order.total, order.lines[0].variant_external_id) == (None, Decimal("9.99"), "13")


def test_stock_that_variations_share_is_counted_once(woo):
    shared = {"id": 1, "manage_stock": True, "stock_quantity": 7, "variations": [{"id": 2, "manage_stock": "parent", "stock_quantity": 7}, {"id": 3, "manage_stock": "parent", "stock_quantity": 7}]}  # fmt: skip
    levels = {level.external_id: (level.is_tracked, level.available) for level in woo.to_records("inventory", shared)}
    assert levels == {"1": (True, 7), "1:2": (False, None), "1:3": (False, None)}
    assert woo.to_records("products", {**shared, "name": "a"})[0].quantity == 7


def test_stock_that_is_not_counted_is_unknown_and_not_zero(woo):
    (level,) = woo.to_records("inventory", {"id": 1, "manage_stock": False, "stock_quantity": None})
    assert (level.is_tracked, level.available) == (False, None)
    (level,) = woo.to_records("inventory", {"id": 1, "manage_stock": True, "stock_quantity": -3})
    assert level.available == -3


def test_a_row_that_cannot_be_told_is_kept_aside_and_the_others_stand(woo):
    rows = [{"id": 1, "name": "a", "price": "abc"}, {"id": 2, "name": "b", "price": "1.10"}, {"id": 3, "categories": [5]}]
    read = woo.read("products", Page(rows))
    assert [record.record.external_id for record in read.records] == ["2"]
    assert [(rejected.external_id, rejected.row) for rejected in read.rejected] == [("1", rows[0]), ("3", rows[2])]
    assert "price" in read.rejected[0].reason


def test_a_state_that_we_have_not_seen_is_unknown_and_kept(woo):
    (order,) = woo.to_records("orders", {"id": 1, "status": "wc-lost-in-post", "currency": "JPY", "total": "1200"})
    assert (order.status, order.raw_status, order.total, order.currency) == (OrderStatus.UNKNOWN, "wc-lost-in-post", Decimal(1200), "JPY")


def test_a_partial_refund_is_told_with_its_date(woo):
    row = {"id": 1, "status": "processing", "currency": "EUR", "total": "10.00", "date_paid_gmt": "2026-11-01T00:00:00",
           "refunds": [{"id": 9, "amount": "2.50", "reason": "", "date_created_gmt": "2026-11-02T03:04:05"}]}  # fmt: skip
    (order,) = woo.to_records("orders", row)
    assert (order.payment_status, order.refunded) == (PaymentStatus.PARTIALLY_REFUNDED, Decimal("2.50"))
    assert order.refunds[0].refunded_at == datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


def test_a_missing_secret_and_an_unknown_platform_are_named():
    with pytest.raises(ConfigWrong, match="store1: the secret consumer_secret is missing") as caught:
        connect("woocommerce", Credentials(store="store1", address="https://a.example", secrets={"consumer_key": "ck"}))
    assert "consumer_secret" in caught.value.hint
    with pytest.raises(ConfigWrong, match="no platform 'etsy'") as caught:
        connect("etsy", Credentials(store="store1", address="https://a.example"))
    assert "shopify" in caught.value.hint
