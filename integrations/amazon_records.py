"""Amazon's rows in the common language. Pure functions; a money is {"amount": "1.00", "currencyCode": "EUR"}."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.amazon_listings import parent_skus
from integrations.amazon_marketplaces import MARKETPLACES
from integrations.connector import Row
from integrations.errors import Unmappable
from integrations.fields import exact, identifier, moment, money, rows, text, whole
from integrations.records import (
    FulfillmentStatus,
    InventoryLevel,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    Product,
    ProductStatus,
    Variant,
)

FBA = "AMAZON"  # our name of the one place that Amazon's warehouses are to a seller
_ORDER = {  # payment is derived: Amazon tells of none, and of refunds in its Finances API alone
    "PENDING_AVAILABILITY": (OrderStatus.PENDING, PaymentStatus.PENDING, FulfillmentStatus.UNFULFILLED),
    "PENDING": (OrderStatus.PENDING, PaymentStatus.PENDING, FulfillmentStatus.UNFULFILLED),
    "UNSHIPPED": (OrderStatus.OPEN, PaymentStatus.PAID, FulfillmentStatus.UNFULFILLED),
    "PARTIALLY_SHIPPED": (OrderStatus.OPEN, PaymentStatus.PAID, FulfillmentStatus.PARTIAL),
    "SHIPPED": (OrderStatus.COMPLETED, PaymentStatus.PAID, FulfillmentStatus.FULFILLED),
    "CANCELLED": (OrderStatus.CANCELLED, PaymentStatus.VOIDED, FulfillmentStatus.CANCELLED),
    "UNFULFILLABLE": (OrderStatus.FAILED, PaymentStatus.UNKNOWN, FulfillmentStatus.UNFULFILLED),
}
_UNSEEN = (OrderStatus.UNKNOWN, PaymentStatus.UNKNOWN, FulfillmentStatus.UNKNOWN)
_INBOUND = ("inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity")


def product(row: Row) -> Product:
    """A listing, or a family of them: the children are the variants. Raises: Unmappable."""
    summary = _first(row, "summaries")
    status = _words(summary, "status")
    variants = tuple(_variant(each, place) for place, each in enumerate(rows(row, "variations") or [row]))
    priced = [variant for variant in variants if variant.price is not None]
    counts = [variant.quantity for variant in variants if variant.quantity is not None]
    return Product(
        external_id=identifier(row, "sku"),
        name=text(summary, "itemName") or _attribute(row, "item_name") or "",
        description=_attribute(row, "product_description") or _attribute(row, "bullet_point"),
        status=_product_status(status),
        raw_status=None if status is None else ",".join(status),
        vendor=_attribute(row, "brand"),
        category=text(_first(row, "productTypes"), "productType") or text(summary, "productType"),
        price=min((variant.price for variant in priced if variant.price is not None), default=None),
        currency=priced[0].currency if priced else None,
        quantity=sum(counts) if counts else None,
        source_created_at=moment(summary, "createdDate"),
        # The parent's own time: the newest child's would go back when that child is deleted, and the news be taken for old.
        source_updated_at=moment(summary, "lastUpdatedDate"),
        variants=variants,
    )


def inventory_levels(row: Row) -> tuple[InventoryLevel, ...]:
    """The stock of a SKU: in Amazon's warehouses for a row of the FBA inventory, in the merchant's own for a listing. Raises: Unmappable."""
    if "sellerSku" in row:
        return (_fba_level(row),)
    sku, summary = identifier(row, "sku"), _first(row, "summaries")
    return tuple(
        InventoryLevel(
            external_id=_level_id(place, sku),
            inventory_item_id=sku,
            product_external_id=next(iter(parent_skus(row)), sku),
            variant_external_id=sku,
            sku=sku,
            location_id=place,
            location_name="Merchant" if place == "DEFAULT" else None,
            is_tracked="quantity" in each,
            available=whole(each, "quantity"),
            source_updated_at=moment(summary, "lastUpdatedDate"),
        )
        for each in own_stock(row)
        for place in [identifier(each, "fulfillmentChannelCode")]
    )


def own_stock(row: Row) -> list[dict[str, Any]]:
    """Where the merchant ships a listing from; Amazon's own warehouses (AMAZON_NA, AMAZON_EU…) left out."""
    places = rows(row, "fulfillmentAvailability")
    return [each for each in places if not str(each.get("fulfillmentChannelCode", "")).startswith(FBA)]


def order(row: Row) -> Order:
    """An order with its lines; Amazon's Orders API tells of no refunds and no payments. Raises: Unmappable."""
    order_id = identifier(row, "orderId")
    status = text(_object(row, "fulfillment"), "fulfillmentStatus")
    whole_status, payment, fulfillment = _ORDER.get(status or "", _UNSEEN)
    lines = rows(row, "orderItems")
    proceeds = _object(row, "proceeds")
    currency = _currency(row, lines)
    if currency is None:
        raise Unmappable("The order names no currency and no marketplace that we know.", external_id=order_id)
    parts = _parts(proceeds, currency) or _sum_of([_parts(_object(line, "proceeds"), currency) for line in lines])
    email = text(_object(row, "buyer"), "buyerEmail")
    own_numbers = [one for one in rows(row, "orderAliases") if one.get("aliasType") == "SELLER_ORDER_ID"]
    return Order(
        external_id=order_id,
        number=next((name for one in own_numbers if (name := text(one, "aliasId"))), order_id),
        currency=currency,
        status=whole_status,
        payment_status=payment,
        fulfillment_status=fulfillment,
        raw_status=status,
        raw_fulfillment_status=status,
        subtotal=parts.get("ITEM"),
        discount=abs(parts["DISCOUNT"]) if "DISCOUNT" in parts else None,
        shipping=parts.get("SHIPPING"),
        tax=parts.get("TAX"),
        total=_amount(proceeds, "grandTotal", currency),
        customer_external_id=None if email is None else hashlib.blake2b(email.lower().encode(), digest_size=16).hexdigest(),
        email=email,
        placed_at=moment(row, "createdTime"),
        source_created_at=moment(row, "createdTime"),
        source_updated_at=moment(row, "lastUpdatedTime"),
        lines=tuple(_line(order_id, line, place, currency) for place, line in enumerate(lines)),
    )


def _variant(row: Row, place: int) -> Variant:
    sku, summary = identifier(row, "sku"), _first(row, "summaries")
    price, currency = _offer(row)
    listed = _money_attribute(row, "list_price", currency)
    counts = [count for each in own_stock(row) if (count := whole(each, "quantity")) is not None]
    return Variant(
        external_id=sku,
        title=text(summary, "itemName"),
        sku=sku,
        barcode=_attribute(row, "externally_assigned_product_identifier"),
        price=price,
        compare_at_price=listed if price is not None and listed is not None and listed > price else None,
        currency=currency,
        quantity=sum(counts) if counts else None,
        position=place,
        inventory_item_id=sku,
        source_updated_at=moment(summary, "lastUpdatedDate"),
    )


def _fba_level(row: Row) -> InventoryLevel:
    sku, details = identifier(row, "sellerSku"), _object(row, "inventoryDetails")
    reserved = _object(details, "reservedQuantity")
    inbound = [count for name in _INBOUND if (count := whole(details, name)) is not None]
    return InventoryLevel(
        external_id=_level_id(FBA, sku),
        inventory_item_id=sku,
        variant_external_id=sku,
        sku=sku,
        location_id=FBA,
        location_name="Fulfilled by Amazon",
        available=whole(details, "fulfillableQuantity"),
        committed=whole(reserved, "pendingCustomerOrderQuantity"),
        incoming=sum(inbound) if inbound else None,
        reserved=whole(reserved, "totalReservedQuantity"),
        source_updated_at=moment(row, "lastUpdatedTime"),
    )


def _line(order_id: str, row: Row, place: int, currency: str) -> OrderLine:
    listing = _object(row, "product")
    parts = _parts(_object(row, "proceeds"), currency)
    total = parts["ITEM"] - abs(parts.get("DISCOUNT", Decimal(0))) if "ITEM" in parts else None
    return OrderLine(
        external_id=f"{order_id}:{identifier(row, 'orderItemId')}",  # "unique … within the order", Amazon says
        title=text(listing, "title") or "",
        quantity=whole(row, "quantityOrdered") or 0,
        variant_external_id=text(listing, "sellerSku"),
        sku=text(listing, "sellerSku"),
        unit_price=_amount(_object(listing, "price"), "unitPrice", currency),
        total=total,
        tax=parts.get("TAX"),
        position=place,
    )


def _level_id(place: str, sku: str) -> str:
    if len(level_id := f"{place}:{sku}") > 128:
        raise Unmappable("Place and SKU have more than 128 characters together.", external_id=level_id[:128])
    return level_id


def _product_status(status: list[str] | None) -> ProductStatus:
    if status is None or set(status) - {"BUYABLE", "DISCOVERABLE"}:
        return ProductStatus.UNKNOWN
    if "DISCOVERABLE" in status:  # buyable or not just now, e.g. sold out
        return ProductStatus.ACTIVE
    return ProductStatus.UNLISTED if status else ProductStatus.DRAFT


def _currency(row: Row, lines: list[dict[str, Any]]) -> str | None:
    amounts = [_object(_object(row, "proceeds"), "grandTotal")]
    for line in lines:
        amounts += [_object(_object(line, "proceeds"), "proceedsTotal"), _object(_object(_object(line, "product"), "price"), "unitPrice")]
    named = next((name for amount in amounts if (name := text(amount, "currencyCode"))), None)
    market = MARKETPLACES.get(text(_object(row, "salesChannel"), "marketplaceId") or "")
    return named or (market.currency if market else None)


def _parts(proceeds: Mapping[str, Any], currency: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part in rows(proceeds, "breakdowns"):
        amount, kind = _amount(part, "subtotal", currency), text(part, "type") or ""
        if amount is not None:
            found[kind] = found.get(kind, Decimal(0)) + amount
    return found


def _sum_of(all_parts: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for parts in all_parts:
        for kind, amount in parts.items():
            found[kind] = exact(found.get(kind, Decimal(0)) + amount, kind)
    return found


def _amount(owner: Mapping[str, Any], name: str, currency: str) -> Decimal | None:
    given = _object(owner, name)
    if text(given, "currencyCode") not in (None, currency):
        raise Unmappable(f"The field {name} is in {str(given['currencyCode'])[:10]}, the rest of the order in {currency}.")
    return money(given, "amount")


def _offer(row: Row) -> tuple[Decimal | None, str | None]:
    for offer in rows(row, "offers"):
        if offer.get("offerType") == "B2C":
            price = _object(offer, "price")
            return money(price, "amount"), text(price, "currencyCode")
    return None, None


def _attribute(row: Row, name: str) -> str | None:
    value = _first(_object(row, "attributes"), name).get("value")
    return value if isinstance(value, str) and value else None


def _money_attribute(row: Row, name: str, currency: str | None) -> Decimal | None:
    given = _first(_object(row, "attributes"), name)
    amount = money(given, "value_with_tax" if "value_with_tax" in given else "value")  # names differ by marketplace (unverified)
    return amount if currency is not None and given.get("currency") == currency else None


def _words(row: Mapping[str, Any], name: str) -> list[str] | None:
    value = row.get(name)
    return [str(word) for word in value] if isinstance(value, list) else None


def _first(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return next(iter(rows(row, name)), {})


def _object(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = row.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unmappable(f"The field {name} is no object.")
    return value
