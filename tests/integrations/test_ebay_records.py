"""eBay's rows in the common language: what is a product and what a variant, stock by location, money and states."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.connector import Window
from integrations.ebay import Ebay
from integrations.ebay_orders import order, without_people
from integrations.ebay_records import inventory_levels, item_id, level_id, product
from integrations.errors import Unmappable
from integrations.records import FulfillmentStatus, OrderStatus, PaymentStatus, ProductStatus
from integrations.sandbox import ShopSpec, running
from integrations.sandbox.ebay.seller import ODD_SKUS, order_id
from tests.integrations.ebay_seller import Seller, connector

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def seller():
    with running(ShopSpec(platform="ebay", name="lab", size=40, orders=3000, customers=5, big_variants=30)) as sandbox:
        yield Seller(sandbox)


@pytest.fixture(scope="module")
def goods(seller):
    """Products and stock levels by id, and the ids of those that were kept aside."""
    ebay = connector(seller)
    pages = list(ebay.pages("products", Window(None, NOW)))
    found = {one.record.external_id: one.record for page in pages for one in page.records}
    levels = {one.record.external_id: one.record for page in ebay.pages("inventory", Window(None, NOW)) for one in page.records}
    return found, levels, [(one.external_id, one.reason) for page in pages for one in page.rejected]


@pytest.fixture
def row(seller):
    """An order of the sandbox with all that eBay tells of it, by its number there; `changes` are fields of the model."""

    def make(**changes):
        ident = seller.shop.add("orders", **changes)
        return connector(seller).fetch_row("orders", ident)

    return make


def amount(value: str, currency: str = "EUR", **more: str) -> dict:
    return {"value": value, "currency": currency, **more}


BARE = {
    "orderId": "14-1-1", "orderPaymentStatus": "PAID", "orderFulfillmentStatus": "NOT_STARTED",
    "cancelStatus": {"cancelState": "NONE_REQUESTED"}, "pricingSummary": {"total": amount("10.00")},
    "creationDate": "2026-01-01T00:00:00.123Z", "lastModifiedDate": "2026-01-02T00:00:00.000Z",
}  # fmt: skip


def test_a_group_is_a_product_and_its_skus_are_its_variants(goods, seller):
    found, _, _ = goods
    big = found["group:G00003"]
    assert [variant.external_id for variant in big.variants] == [f"Q00003-{number}" for number in range(30)]
    assert [variant.position for variant in big.variants] == list(range(30))
    assert big.variants[1].title == seller.shop.products.get(3).variants[1].title
    assert big.price == min(variant.price for variant in big.variants)
    assert (big.name, big.source_updated_at) == (seller.shop.products.get(3).title, None)


def test_a_sku_in_no_group_is_a_product_with_one_variant_of_the_same_id(goods):
    found, _, _ = goods
    alone = [one for one in found.values() if not one.external_id.startswith("group:")]
    assert alone
    assert all([variant.external_id for variant in one.variants] == [one.external_id] for one in alone)


def test_ids_cannot_be_taken_for_one_another(goods):
    found, levels, _ = goods
    assert {"Case-SKU", "case-sku"} <= {variant.external_id for one in found.values() for variant in one.variants}
    skus = {variant.sku for one in found.values() for variant in one.variants}
    assert skus >= set(ODD_SKUS.values())
    assert (item_id("group:odd"), item_id("sku:odd"), item_id("plain")) == ("sku:group:odd", "sku:sku:odd", "plain")
    assert len({level_id("a@b", "c"), level_id("a", "b@c"), level_id("a", "b%40c"), level_id("a@b@c", "")}) == 4
    assert {level.sku for level in levels.values()} == {variant.sku for one in found.values() for variant in one.variants} | {"Q00017-0"}


def test_states_and_prices_come_from_the_offers(goods, seller):
    found, _, _ = goods
    told = {}
    for number in range(40):
        state = seller.shop.products.status(number)
        one = found.get(seller.shop._ebay_id("products", number))
        if one is not None:
            told.setdefault(state, []).append(one)
    assert {one.status for one in told["active"]} == {ProductStatus.ACTIVE}
    auctioned = found[seller.shop._ebay_id("products", 4)]
    assert auctioned.variants[0].price == Decimal(seller.shop.products.get(4).variants[0].price), "the price is that of the auction"
    assert all(variant.currency == "EUR" for variant in auctioned.variants)


@pytest.mark.parametrize(
    ("offer", "status", "raw"),
    [
        ({"status": "PUBLISHED", "listing": {"listingStatus": "ACTIVE"}}, ProductStatus.ACTIVE, "PUBLISHED ACTIVE"),
        ({"status": "PUBLISHED", "listing": {"listingStatus": "ENDED"}}, ProductStatus.ARCHIVED, "PUBLISHED ENDED"),
        ({"status": "PUBLISHED", "listing": {"listingStatus": "NEW_ONE"}}, ProductStatus.UNKNOWN, "PUBLISHED NEW_ONE"),
        ({"status": "UNPUBLISHED"}, ProductStatus.DRAFT, "UNPUBLISHED"),
        ({"status": "SOMETHING"}, ProductStatus.UNKNOWN, "SOMETHING"),
        (None, ProductStatus.DRAFT, None),
    ],
)
def test_the_state_of_a_product(offer, status, raw):
    told = product({"id": "A", "group": None, "items": [{"sku": "A", "offers": [offer] if offer else []}]})
    assert (told.status, told.raw_status, told.price, told.variants[0].price) == (status, raw, None, None)


def test_an_offer_to_buy_at_once_tells_the_price_before_an_auction():
    offers = [
        {"offerId": "1", "status": "PUBLISHED", "format": "AUCTION", "pricingSummary": {"price": amount("99.00")}},
        {"offerId": "2", "status": "UNPUBLISHED", "format": "FIXED_PRICE", "pricingSummary": {"price": amount("7.00")}},
        {"offerId": "3", "status": "PUBLISHED", "format": "FIXED_PRICE", "pricingSummary": {"price": amount("5.10"), "originalRetailPrice": amount("8.00")}},
    ]  # fmt: skip
    told = product({"id": "A", "items": [{"sku": "A", "offers": offers}]})
    assert (told.price, told.currency, told.variants[0].compare_at_price) == (Decimal("5.10"), "EUR", Decimal("8.00"))


def test_a_sku_without_an_offer_has_no_price(seller):
    ident = seller.shop.add("products", status="unlisted")
    told = connector(seller).to_records("products", connector(seller).fetch_row("products", ident))[0]
    assert (told.price, told.currency, told.status, told.raw_status) == (None, None, ProductStatus.DRAFT, None)


def test_one_price_that_is_no_number_keeps_its_product_aside_and_no_other(goods, seller):
    found, _, aside = goods
    assert [external_id for external_id, _ in aside] == ["Q00017-0"]
    assert "abc" in aside[0][1]
    assert len(found) == seller.shop.counts()["products"] - 1 or len(found) + 1 <= seller.shop.counts()["products"]


def test_stock_is_told_by_location_where_ebay_does(goods, seller):
    _, levels, _ = goods
    spread = [level for level in levels.values() if level.sku == "Q00000-0"]
    assert [(level.location_id, level.location_name) for level in spread] == [
        ("WH-HAMBURG", "Hamburg warehouse"), ("shop@pier 7", "Shop on the pier"),
    ]  # fmt: skip
    assert [level.available for level in spread] == seller.shop.products.get(0).variants[0].stock
    whole = levels["Q00001-0@"]
    assert (whole.location_id, whole.available) == ("", seller.shop.products.get(1).variants[0].stock[0])


def test_no_count_is_not_zero():
    [level] = inventory_levels({"sku": "A", "availability": {}})
    assert (level.available, level.is_tracked) == (None, False)
    [level] = inventory_levels({"sku": "A", "availability": {"shipToLocationAvailability": {"quantity": 0}}})
    assert (level.available, level.is_tracked) == (0, True)


def test_an_order_as_a_whole(row):
    told = order(row(status="completed", fulfillment="fulfilled", currency="EUR"))
    assert (told.status, told.payment_status, told.fulfillment_status) == (
        OrderStatus.COMPLETED, PaymentStatus.PAID, FulfillmentStatus.FULFILLED,
    )  # fmt: skip
    assert told.total == told.subtotal - (told.discount or 0) + told.shipping + (told.tax or 0)
    assert sum(line.total for line in told.lines) == told.subtotal - (told.discount or 0)
    assert all(line.variant_external_id == line.sku for line in told.lines)
    assert told.customer_external_id.startswith(("buyer_", "guest-"))
    assert (told.email, told.number, told.refunded) == (None, told.external_id, 0)


@pytest.mark.parametrize(
    ("cancel", "payment", "fulfillment", "whole"),
    [
        ("NONE_REQUESTED", "PAID", "NOT_STARTED", OrderStatus.OPEN),
        ("NONE_REQUESTED", "PAID", "IN_PROGRESS", OrderStatus.OPEN),
        ("NONE_REQUESTED", "PAID", "FULFILLED", OrderStatus.COMPLETED),
        ("NONE_REQUESTED", "FULLY_REFUNDED", "FULFILLED", OrderStatus.COMPLETED),
        ("NONE_REQUESTED", "PENDING", "NOT_STARTED", OrderStatus.PENDING),
        ("NONE_REQUESTED", "FAILED", "NOT_STARTED", OrderStatus.FAILED),
        ("IN_PROGRESS", "PAID", "NOT_STARTED", OrderStatus.ON_HOLD),
        ("CANCELED", "FULLY_REFUNDED", "NOT_STARTED", OrderStatus.CANCELLED),
        ("REOPENED", "PAID", "NOT_STARTED", OrderStatus.UNKNOWN),
        ("NONE_REQUESTED", "BARTERED", "NOT_STARTED", OrderStatus.UNKNOWN),
        ("NONE_REQUESTED", "PAID", "TELEPORTED", OrderStatus.UNKNOWN),
    ],
)
def test_the_state_of_an_order(cancel, payment, fulfillment, whole):
    told = order({**BARE, "cancelStatus": {"cancelState": cancel}, "orderPaymentStatus": payment, "orderFulfillmentStatus": fulfillment})
    assert told.status is whole
    assert (told.raw_status, told.raw_payment_status, told.raw_fulfillment_status) == (cancel, payment, fulfillment)
    assert (told.payment_status is PaymentStatus.UNKNOWN) == (payment == "BARTERED")
    assert (told.fulfillment_status is FulfillmentStatus.UNKNOWN) == (fulfillment == "TELEPORTED")


def test_a_cancelled_order_tells_when_from_its_own_page(seller, row):
    cancelled = row(status="cancelled", payment="voided")
    assert cancelled["cancelStatus"]["cancelRequests"]
    assert order(cancelled).fulfillment_status is FulfillmentStatus.CANCELLED
    assert order(cancelled).cancelled_at is not None
    del cancelled["cancelStatus"]["cancelledDate"]
    assert order(cancelled).cancelled_at is not None, "the request tells when it was completed"
    ebay = connector(seller)
    window = Window(NOW.replace(microsecond=0), ebay.identify().platform_time + timedelta(seconds=1))
    rows = {each["orderId"]: each for each in ebay.fetch_page("orders", window, None).rows}
    assert rows[cancelled["orderId"]]["cancelStatus"]["cancelRequests"], "lists leave them out"


@pytest.mark.parametrize(
    ("currency", "prices", "total"), [("JPY", ["1200"], "1200"), ("KWD", ["1.005"], "1.005"), ("EUR", ["0.10", "0.20"], "0.30"), ("EUR", ["-0.01"], "-0.01")]
)  # fmt: skip
def test_money_is_exact(currency, prices, total):
    lines = [{"lineItemId": str(n), "quantity": 1, "lineItemCost": amount(price, currency)} for n, price in enumerate(prices)]
    told = order({**BARE, "lineItems": lines, "pricingSummary": {"total": amount(total, currency)}})
    assert (told.currency, told.total, sum(line.total for line in told.lines)) == (currency, Decimal(total), Decimal(total))


def test_the_price_of_one_is_the_cost_of_the_line_divided():
    line = {"lineItemId": "1", "quantity": 3, "lineItemCost": amount("10.00"), "discountedLineItemCost": amount("9.00"), "taxes": []}
    [told] = order({**BARE, "lineItems": [line]}).lines
    assert (told.unit_price, told.total, told.tax, told.sku) == (Decimal("3.3333"), Decimal("9.00"), None, None)


def test_discounts_are_told_without_their_sign_and_lower_the_shipping():
    pricing = {
        "total": amount("13.00"), "priceSubtotal": amount("12.00"), "priceDiscount": amount("-2.00"),
        "deliveryCost": amount("4.00"), "deliveryDiscount": amount("-1.00"),
    }  # fmt: skip
    told = order({**BARE, "pricingSummary": pricing})
    assert (told.subtotal, told.discount, told.shipping, told.tax) == (Decimal("12.00"), Decimal("2.00"), Decimal("3.00"), None)


def test_refunds_are_those_that_were_made():
    refunds = [
        {"amount": amount("1.00"), "refundStatus": "REFUNDED", "refundId": "r1", "refundReferenceId": "x1", "refundDate": "2026-02-01T00:00:00.000Z"},
        {"amount": amount("2.00"), "refundStatus": "PENDING", "refundId": "r2"},
        {"amount": amount("4.00"), "refundStatus": "FAILED", "refundId": "r3"},
        {"amount": amount("8.00"), "refundStatus": "REFUNDED", "refundReferenceId": "x4"},
        {"amount": amount("9.00", "USD", convertedFromValue="7.50", convertedFromCurrency="EUR"), "refundStatus": "REFUNDED"},
    ]  # fmt: skip
    told = order({**BARE, "paymentSummary": {"refunds": refunds}})
    assert [(refund.external_id, refund.amount) for refund in told.refunds] == [
        ("r1", Decimal("1.00")), ("x4", Decimal("8.00")), ("14-1-1:2", Decimal("7.50")),
    ]  # fmt: skip
    assert told.refunded == Decimal("16.50")
    assert told.refunds[0].refunded_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pricingSummary": {}},
        {"pricingSummary": {"total": amount("1.00"), "tax": amount("1.00", "USD")}},
        {"pricingSummary": {"total": amount("1.000001")}},
        {"lineItems": [{"quantity": 1}]},
        {"lastModifiedDate": "yesterday"},
        {"orderId": None},
        {"paymentSummary": {"refunds": [{"refundStatus": "REFUNDED"}]}},
    ],
)
def test_what_cannot_be_told_exactly_is_refused(wrong):
    with pytest.raises(Unmappable):
        order({**BARE, **wrong})


def test_nobody_is_kept_but_by_their_user_name():
    row = {
        **BARE,
        "buyer": {"username": "ana", "buyerRegistrationAddress": {"email": "ana@example.com"}, "taxAddress": {"city": "Bonn"}},
        "buyerCheckoutNotes": "call ana",
        "lineItems": [{"lineItemId": "1", "giftDetails": {"recipientEmail": "bo@example.com"}}],
        "fulfillmentStartInstructions": [{"fulfillmentInstructionsType": "SHIP_TO", "shippingStep": {"shipTo": {"fullName": "Ana"}}}],
    }
    kept = without_people(row)
    assert kept["buyer"] == {"username": "ana"}
    assert "example.com" not in str(kept)
    assert "Ana" not in str(kept)
    assert kept["fulfillmentStartInstructions"] == [{"fulfillmentInstructionsType": "SHIP_TO"}]


def test_an_order_of_300_lines_is_whole(seller):
    seller.shop.edit("orders", order_id(2900), lines=seller.shop.orders.get(2).lines)
    told = order(connector(seller).fetch_row("orders", order_id(2900)))
    assert len(told.lines) == 300
    assert [line.position for line in told.lines] == list(range(300))


def test_a_variant_that_is_new_appears_and_its_product_keeps_its_id(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 20)
    ebay = connector(seller)
    before = ebay.to_records("products", ebay.fetch_row("products", "group:G00003"))[0]
    shop_product = seller.shop.products.change(3)
    shop_product.variants.append(type(shop_product.variants[0])(number=99, title="Giant", sku=None, price="5.00", stock=[1, 2]))
    seller.shop.products.put(shop_product)
    after = ebay.to_records("products", ebay.fetch_row("products", "group:G00003"))[0]
    assert {variant.external_id for variant in after.variants} - {variant.external_id for variant in before.variants} == {"Q00003-99"}
