"""How Amazon's rows are told: the vendor's own examples, exact money, statuses, and what Amazon does not say."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.amazon import Amazon
from integrations.amazon_records import inventory_levels, order, product
from integrations.connector import Credentials, Page
from integrations.errors import Unmappable
from integrations.platform_connector import Access
from integrations.records import FulfillmentStatus, OrderStatus, PaymentStatus, ProductStatus
from tests.amazon_lab import selling
from tests.integrations.test_amazon import SECRETS

D = Decimal


def an_order(**changes) -> dict:
    row = {
        "orderId": "302-1000000-0000001",
        "createdTime": "2026-11-01T10:00:00Z",
        "lastUpdatedTime": "2026-11-02T10:00:00.5Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
        "fulfillment": {"fulfillmentStatus": "SHIPPED"},
        "orderItems": [],
    }
    return {**row, **changes}


def eur(amount: str, currency: str = "EUR") -> dict:
    return {"amount": amount, "currencyCode": currency}


@pytest.fixture(scope="module")
def examples(contracts) -> list[dict]:
    found = json.loads((contracts / "amazon/sandbox_static_examples.json").read_text(encoding="utf-8"))
    return [each["response"] for each in found if each["status"] == "200" and each["file"].startswith(("orders_2026", "listingsItems"))]


def test_amazons_own_examples_are_told_without_a_rejection(examples):
    orders = [row for each in examples for row in each.get("orders", [each["order"]] if "order" in each else [])]
    items = [row for each in examples for row in each.get("items", [each] if "summaries" in each else [])]
    assert (len(orders), len(items)) == (6, 2)
    told = {one.external_id: one for one in map(order, orders)}
    yen = told["250-1234567-8901234"]
    assert (yen.currency, yen.total, yen.subtotal, yen.number) == ("JPY", D(19940), D(19940), "JP-ORDER-2024-001")
    assert [(line.sku, line.quantity, line.unit_price, line.total) for line in yen.lines] == [
        ("ECHO-DOT-4-JP-CHARCOAL", 1, D(5980), D(5980)), ("FIRE-TV-4K-MAX-JP", 2, D(6980), D(13960)),
    ]  # fmt: skip
    assert (yen.status, yen.payment_status, yen.fulfillment_status) == (
        OrderStatus.COMPLETED,
        PaymentStatus.PAID,
        FulfillmentStatus.FULFILLED,
    )
    for row in items:
        amazon = Amazon(
            Access(credentials=Credentials(store="s", address="https://amazon.com", secrets={**SECRETS, "marketplace_id": "ATVPDKIKX0DER"}))
        )
        cut = amazon._listings._cut(row)
        record = product(cut)
        assert (record.external_id, record.price, record.currency, record.quantity) == ("GM-ZDPI-9B4E", D("100.00"), "USD", 100)
        assert [(level.location_id, level.available) for level in inventory_levels(cut)] == [("DEFAULT", 100)]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("PENDING", (OrderStatus.PENDING, PaymentStatus.PENDING, FulfillmentStatus.UNFULFILLED)),
        ("PENDING_AVAILABILITY", (OrderStatus.PENDING, PaymentStatus.PENDING, FulfillmentStatus.UNFULFILLED)),
        ("UNSHIPPED", (OrderStatus.OPEN, PaymentStatus.PAID, FulfillmentStatus.UNFULFILLED)),
        ("PARTIALLY_SHIPPED", (OrderStatus.OPEN, PaymentStatus.PAID, FulfillmentStatus.PARTIAL)),
        ("SHIPPED", (OrderStatus.COMPLETED, PaymentStatus.PAID, FulfillmentStatus.FULFILLED)),
        ("CANCELLED", (OrderStatus.CANCELLED, PaymentStatus.VOIDED, FulfillmentStatus.CANCELLED)),
        ("UNFULFILLABLE", (OrderStatus.FAILED, PaymentStatus.UNKNOWN, FulfillmentStatus.UNFULFILLED)),
        ("TELEPORTED", (OrderStatus.UNKNOWN, PaymentStatus.UNKNOWN, FulfillmentStatus.UNKNOWN)),
        (None, (OrderStatus.UNKNOWN, PaymentStatus.UNKNOWN, FulfillmentStatus.UNKNOWN)),
    ],
)
def test_a_status_is_told_in_our_words_and_kept_in_amazons(status, wanted):
    told = order(an_order(fulfillment={"fulfillmentStatus": status} if status else None))
    assert (told.status, told.payment_status, told.fulfillment_status) == wanted
    assert told.raw_status == told.raw_fulfillment_status == status
    assert (told.refunds, told.refunded, told.raw_payment_status, told.cancelled_at) == ((), None, None, None)


@pytest.mark.parametrize("sign", ["-", ""])  # Amazon's document does not say which
def test_money_is_exact_and_a_discount_is_a_discount_whatever_its_sign(sign):
    item = {
        "orderItemId": "1",
        "quantityOrdered": 3,
        "product": {"sellerSku": "a", "title": "A", "price": {"unitPrice": eur("0.10")}},
        "proceeds": {
            "proceedsTotal": eur("0.30"),
            "breakdowns": [
                {"type": "ITEM", "subtotal": eur("0.30")}, {"type": "DISCOUNT", "subtotal": eur(f"{sign}0.01")}, {"type": "TAX", "subtotal": eur("0.05")},
            ],
        },
    }  # fmt: skip
    told = order(an_order(orderItems=[item, {**item, "orderItemId": "2"}], proceeds={"grandTotal": eur("0.68")}))
    assert (told.total, told.subtotal, told.discount, told.tax, told.shipping) == (D("0.68"), D("0.60"), D("0.02"), D("0.10"), None)
    assert (told.lines[0].total, told.lines[0].tax, told.lines[0].unit_price) == (D("0.29"), D("0.05"), D("0.10"))
    assert told.source_updated_at == datetime(2026, 11, 2, 10, 0, 0, 500_000, tzinfo=UTC)


def test_a_line_is_named_by_its_order_and_its_item_whose_id_is_unique_in_that_order_alone():
    item = {"orderItemId": "1", "quantityOrdered": 1}
    one, other = (
        order(an_order(orderId=order_id, orderItems=[item])).lines[0] for order_id in ("111-1111111-1111111", "222-2222222-2222222")
    )
    assert (one.external_id, other.external_id) == ("111-1111111-1111111:1", "222-2222222-2222222:1")


def test_dinars_have_three_decimals_and_mixed_currencies_are_refused():
    assert order(an_order(proceeds={"grandTotal": eur("1.234", "KWD")})).total == D("1.234")
    line = {"orderItemId": "1", "quantityOrdered": 1, "product": {"price": {"unitPrice": eur("1", "USD")}}}
    with pytest.raises(Unmappable, match="USD, the rest of the order in EUR"):
        order(an_order(proceeds={"grandTotal": eur("1")}, orderItems=[line]))
    assert order(an_order()).currency == "EUR"  # no amount is told yet: the marketplace's
    with pytest.raises(Unmappable, match="no currency"):
        order(an_order(salesChannel={"channelName": "NON_AMAZON"}))


def test_a_buyer_is_a_pseudonym_and_only_where_amazon_names_one():
    told = order(an_order(buyer={"buyerName": "Ana", "buyerEmail": "X1@marketplace.amazon.de"}))
    again = order(an_order(buyer={"buyerEmail": "x1@Marketplace.Amazon.de"}))
    assert told.customer_external_id == again.customer_external_id
    assert "x1" not in told.customer_external_id
    assert order(an_order(buyer={"buyerName": "Ana"})).customer_external_id is None


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (["BUYABLE", "DISCOVERABLE"], ProductStatus.ACTIVE), (["DISCOVERABLE"], ProductStatus.ACTIVE), (["BUYABLE"], ProductStatus.UNLISTED),
        ([], ProductStatus.DRAFT), (["BUYABLE", "GLOWING"], ProductStatus.UNKNOWN), (None, ProductStatus.UNKNOWN),
    ],
)  # fmt: skip
def test_a_listings_status_is_told_in_our_words(status, wanted):
    row = {"sku": "a", "summaries": [{"marketplaceId": "M", **({"status": status} if status is not None else {})}]}
    assert product(row).status == wanted
    assert product(row).raw_status == (None if status is None else ",".join(status))
    assert (product(row).price, product(row).quantity) == (None, None)


def test_a_familys_time_is_its_parents_own_and_never_goes_back_with_a_child():
    def listing(sku, time):
        return {"sku": sku, "summaries": [{"marketplaceId": "M", "createdDate": "2026-01-01T00:00:00Z", "lastUpdatedDate": time}]}

    children = [listing("a-1", "2026-03-01T00:00:00Z"), listing("a-2", "2026-11-01T00:00:00Z")]
    whole = product({**listing("a", "2026-02-01T00:00:00Z"), "variations": children})
    assert whole.source_updated_at == product({**listing("a", "2026-02-01T00:00:00Z"), "variations": children[:1]}).source_updated_at
    assert whole.source_updated_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert [one.source_updated_at.month for one in whole.variants] == [3, 11]


def test_one_unmappable_record_is_kept_aside_and_the_others_stand():
    with selling() as seller:
        seller.door.shop.edit_variant("Q00000", 0, price="abc")
        order_id = seller.door.shop.ids("orders")[-1]
        seller.door.shop.edit("orders", order_id, currency="XX")
        connector = seller.connector()
        pages = list(connector.pages("products", seller.window(connector)))
        (rejected,) = [one for page in pages for one in page.rejected]
        assert (rejected.external_id, rejected.reason_code) == ("Q00000", "unmappable")
        assert rejected.row["sku"] == "Q00000"
        assert sum(len(page.records) for page in pages) == seller.door.shop.counts()["products"] - 1
        broken = [{"orderId": "302-1", "orderItems": "none"}, {"orderId": None}, an_order()]
        read = connector.read("orders", Page(broken))
        assert ([one.external_id for one in read.rejected], len(read.records)) == (["302-1", ""], 1)


def test_every_amount_is_the_shops_to_the_last_coin():
    with selling(currency="JPY") as seller:
        shop = seller.door.shop
        told = {one.external_id: one for one in seller.read("orders").values() if one.total is not None}
        assert len(told) > 20
        for order_id, one in told.items():
            truth = shop.orders.get(shop._number_of("orders", order_id))
            assert (one.currency, one.total, one.tax or 0, one.shipping, one.discount or 0) == (
                "JPY", truth.total, truth.tax, truth.shipping, truth.discount,
            )  # fmt: skip
            assert [line.total for line in one.lines] == [line.total for line in truth.lines]
        oldest = min(one.placed_at for one in told.values())
        assert oldest < datetime.now(UTC) - timedelta(days=800)  # in Japan Amazon shows them from 2016 on
