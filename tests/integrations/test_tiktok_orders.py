"""TikTok's orders and products in the common language: units to lines, payments derived, refunds found."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.connector import Window
from integrations.errors import Unmappable
from integrations.gaps import SCOPE, Gap
from integrations.records import FulfillmentStatus, OrderStatus, PaymentStatus, ProductStatus
from integrations.sandbox.trade import PENNY_OFF, TENTHS
from integrations.tiktok_orders import ORDER_STATUS, REFUNDED_CANCELLATIONS, REFUNDED_RETURNS, order
from integrations.tiktok_records import PRODUCT_STATUS, inventory_levels, product
from tests.tiktok_shops import now, open_lab, words_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def lab(monkeypatch):
    with open_lab(monkeypatch, size=30, orders=40) as opened:
        yield opened


def unit(number, sku="S1", **more):
    return {
        "id": f"U{number}", "sku_id": sku, "product_id": "P1", "product_name": "Tea", "seller_sku": "TEA", "currency": "EUR",
        "original_price": "5.00", "sale_price": "4.50", "display_status": "AWAITING_SHIPMENT", **more,
    }  # fmt: skip


def row(*units, **more):
    payment = {"currency": "EUR", "sub_total": "13.50", "total_amount": "13.50", "shipping_fee": "0", "seller_discount": "1.50"}
    return {
        "id": "1",
        "status": "AWAITING_SHIPMENT",
        "create_time": 1,
        "update_time": 2,
        "paid_time": 1,
        "payment": payment,
        "line_items": list(units),
        **more,
    }


def refund(amount, **more):
    return {
        "return_id": "R1", "return_type": "REFUND", "return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE", "update_time": 9,
        "refund_amount": {"currency": "EUR", "refund_total": amount}, **more,
    }  # fmt: skip


def test_units_of_one_sku_are_one_line_whichever_order_they_come_in():
    units = [unit(1), unit(2, sku="S2", sale_price="1.00"), unit(3), unit(4)]
    line, other = order(row(*units)).lines
    assert (line.external_id, line.quantity, line.unit_price, line.total) == ("1:S1", 3, Decimal("5.00"), Decimal("13.50"))
    assert (other.external_id, other.quantity) == ("1:S2", 1)
    turned = order(row(*reversed(units))).lines
    assert {replace(each, position=0) for each in turned} == {replace(each, position=0) for each in (line, other)}


def test_units_of_unlike_prices_have_a_total_and_no_unit_price():
    (line,) = order(row(unit(1), unit(2, original_price="0", sale_price="0"))).lines
    assert (line.quantity, line.unit_price, line.total) == (2, None, Decimal("4.50"))


def test_units_that_were_cancelled_or_sent_back_are_no_longer_in_the_order():
    back = refund("4.50", return_type="RETURN_AND_REFUND", return_line_items=[{"order_line_item_id": "U3"}])
    (line,) = order(row(unit(1), unit(2, display_status="CANCELLED"), unit(3), returns=[back])).lines
    assert (line.quantity, line.current_quantity) == (3, 1)


def test_tax_is_told_only_where_tiktok_tells_it():
    taxed = unit(1, item_tax=[{"tax_type": "SALES_TAX", "tax_amount": "0.10"}, {"tax_type": "SALES_TAX", "tax_amount": "0.20"}])
    assert [line.tax for line in order(row(taxed, unit(2, sku="S2"))).lines] == [Decimal("0.30"), None]


@pytest.mark.parametrize(
    ("more", "payment"),
    [
        ({"status": "UNPAID", "paid_time": None}, PaymentStatus.PENDING),
        ({}, PaymentStatus.PAID),
        ({"paid_time": None, "status": "IN_TRANSIT"}, PaymentStatus.PENDING),  # paid on delivery
        ({"status": "CANCELLED", "paid_time": 0}, PaymentStatus.VOIDED),
        ({"returns": [refund("5.00")]}, PaymentStatus.PARTIALLY_REFUNDED),
        ({"returns": [refund("5.00"), refund("8.50", return_id="R2")]}, PaymentStatus.REFUNDED),
        ({"returns": [refund("5.00", return_status="AWAITING_BUYER_SHIP")]}, PaymentStatus.PAID),
        ({"returns": [refund("5.00", return_status="RETURN_OR_REFUND_REQUEST_SUCCESS")]}, PaymentStatus.PAID),  # it will be refunded
        ({"status": "BRAND_NEW", "paid_time": None}, PaymentStatus.UNKNOWN),
    ],
)
def test_what_was_paid_is_derived(more, payment):
    assert order(row(unit(1), **more)).payment_status is payment


def test_an_unknown_status_keeps_its_word():
    told = order(row(status="TELEPORTED"))
    assert (told.status, told.fulfillment_status, told.raw_status) == (OrderStatus.UNKNOWN, FulfillmentStatus.UNKNOWN, "TELEPORTED")
    assert product({"id": "1", "status": "SHADOWED"}).status is ProductStatus.UNKNOWN
    assert product({"id": "1"}).raw_status is None  # left out for some sellers of Indonesia


def test_every_status_of_the_specification_has_its_word_here():
    assert set(ORDER_STATUS) == words_of("GetOrderListResponseDataOrder", "status")
    assert set(PRODUCT_STATUS) == words_of("SearchProductsResponseDataProduct", "status") - {"UNKNOWN"}


def test_every_status_that_means_money_went_back_is_one_of_tiktoks():
    from tiktok_shop_api.generated.models import SearchCancellationsRequestCancelStatusItem, SearchReturnsRequestReturnStatusItem

    assert {str(word) for word in SearchReturnsRequestReturnStatusItem} >= REFUNDED_RETURNS
    assert {str(word) for word in SearchCancellationsRequestCancelStatusItem} >= REFUNDED_CANCELLATIONS


@pytest.mark.parametrize(
    "broken",
    [
        {"payment": None},
        {"payment": {"total_amount": "1"}},
        {"payment": {"currency": "EUR", "total_amount": "abc"}},
        {"create_time": "soon"},
    ],
)
def test_an_order_that_cannot_be_told_exactly_is_refused(broken):
    with pytest.raises(Unmappable):
        order(row(unit(1), **broken))
    with pytest.raises(Unmappable):
        order(row(unit(1), returns=[refund("1", refund_amount={"currency": "USD", "refund_total": "1"})]))


def test_a_sku_without_places_has_its_totals_and_negative_stock_is_legal():
    (level,) = inventory_levels({"product_id": "P", "skus": [{"id": "S", "total_available_quantity": -3, "total_committed_quantity": 1}]})
    assert (level.external_id, level.location_id, level.available, level.committed, level.on_hand) == ("S", "", -3, 1, None)


def test_a_seller_from_abroad_has_the_price_that_buyers_see():
    sku = {"id": "S", "price": {"currency": "GBP", "tax_exclusive_price": "111.01", "sale_price": "121.11"}}
    assert product({"id": "1", "skus": [sku]}).price == Decimal("121.11")


def test_a_refund_of_an_old_order_is_seen_though_its_time_does_not_move(lab):
    orders = lab.read("orders")
    paid = next(
        each
        for each in orders.values()
        if each.payment_status is PaymentStatus.PAID and each.source_updated_at < now() - timedelta(days=100)
    )
    lab.shop.refund(paid.external_id, "1.00")
    lab.shop.edit("orders", paid.external_id, at=paid.source_updated_at)
    (told,) = lab.read("orders", since=now() - MINUTE).values()
    assert (told.external_id, told.payment_status, told.refunded) == (paid.external_id, PaymentStatus.PARTIALLY_REFUNDED, Decimal("1.00"))
    assert told.source_updated_at == paid.source_updated_at


def test_an_order_that_moved_by_itself_and_by_its_refund_is_read_once(lab):
    paid = next(each for each in lab.read("orders").values() if each.payment_status is PaymentStatus.PAID)
    lab.shop.refund(paid.external_id)
    pages = list(lab.connector().pages("orders", window_of_last_minute()))
    assert [read.record.payment_status for page in pages for read in page.records] == [PaymentStatus.REFUNDED]


def test_a_cancelled_order_that_was_paid_is_refunded_and_seen_though_its_time_does_not_move(lab):
    paid = next(each for each in lab.read("orders").values() if each.payment_status is PaymentStatus.PAID)
    lab.shop.cancel(paid.external_id)
    lab.shop.edit("orders", paid.external_id, at=paid.source_updated_at)
    (told,) = lab.read("orders", since=now() - MINUTE).values()
    assert (told.status, told.payment_status, told.refunded) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED, told.total)
    assert {line.current_quantity for line in told.lines} == {0}


def window_of_last_minute():
    return Window(now() - MINUTE, now() + MINUTE)


def test_orders_without_the_permission_for_refunds_are_told_as_incomplete(lab):
    lab.door.scopes.discard("seller.return_refund.basic")
    pages = list(lab.connector().pages("orders", window_of_all()))
    assert {each for page in pages for each in page.truncated} == {Gap(SCOPE, "seller.return_refund.basic")}
    found = [read.record for page in pages for read in page.records]
    assert {each.external_id for each in found} == set(lab.shop.ids("orders"))
    assert {(each.refunded, each.refunds) for each in found} == {(None, None)}, "what is not told is not zero"


def window_of_all():
    return Window(None, now() + MINUTE)


def test_amounts_are_exact(lab):
    orders = lab.read("orders")
    ids = lab.shop.ids("orders")
    tenths = orders[f"{int(ids[0]) + TENTHS}"]
    assert [line.total for line in tenths.lines] == [Decimal("0.10"), Decimal("0.20")]
    assert tenths.subtotal == Decimal("0.30")
    assert orders[f"{int(ids[0]) + PENNY_OFF}"].lines[-1].total == Decimal("-0.01")
    for each in orders.values():
        assert sum(line.total for line in each.lines) == each.subtotal


def test_yen_have_no_decimals(monkeypatch):
    with open_lab(monkeypatch, size=8, orders=8, currency="JPY") as lab:
        assert lab.connector().identify().currency == "JPY"
        orders = lab.read("orders").values()
        assert {each.currency for each in orders} == {"JPY"}
        assert all(each.total == each.total.to_integral_value() for each in orders)


def test_neither_addresses_nor_other_persons_data_are_kept(lab):
    page = lab.connector().fetch_page("orders", window_of_all(), None)
    assert page.rows
    for kept in page.rows:
        assert "recipient_address" not in kept
        assert "x-expires" not in str(kept)  # addresses that differ at each reading would make every row look changed
