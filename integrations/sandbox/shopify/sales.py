"""Orders, customers and events as Shopify tells them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.sandbox.model import Customer, Deletion, Line, Order
from integrations.sandbox.shop import Shop
from integrations.sandbox.shopify.catalog import OFFERED, product_row, variant_row
from integrations.sandbox.shopify.ids import LINES, REFUNDS, TYPES, gid, legacy
from integrations.sandbox.shopify.pages import connection
from integrations.sandbox.shopify.rows import PRESENTMENT, address, money, money_bag, time

OFFERED_ORDERS = ("open", "pending", "on_hold", "completed", "cancelled", "failed")  # drafts are another type, trash does not exist


def order_row(shop: Shop, order: Order) -> dict[str, Any]:
    """One order; amounts stand in the shop's currency and in the one the buyer paid in."""
    number = order.number
    row_id = gid("Order", number)
    tax = sum((line.tax for line in order.lines), Decimal(0))
    kept = sum((line.total / line.quantity * (line.quantity - line.removed) for line in order.lines), Decimal(0))
    is_cancelled = order.status in {"cancelled", "failed"}

    def bag(amount: Decimal) -> dict[str, Any]:
        return money_bag(amount, order.currency, number)

    def lines(_info: Any, **args: Any) -> dict[str, Any]:
        return connection(
            range(len(order.lines)),
            args=args,
            sort_value=lambda place: place,
            node=lambda place: line_row(shop, order, order.lines[place]),
            question=("lines", number),
        )

    def customer(info: Any) -> dict[str, Any] | None:
        info.context.needs("customer", "read_customers")
        found = None if order.customer is None else shop.customers.get(order.customer)
        return customer_row(shop, found) if found else None

    return {
        "__typename": "Order",
        "id": row_id,
        "legacyResourceId": str(legacy("Order", number)),
        "name": f"#{1001 + number}",
        "number": 1001 + number,
        "email": order.email or None,
        "phone": None,
        "note": None,
        "tags": [],
        "createdAt": time(order.created),
        "updatedAt": time(order.updated),
        "processedAt": time(order.created),
        "cancelledAt": time(order.cancelled or order.updated) if is_cancelled else None,
        "closedAt": time(order.completed),
        "closed": order.status == "completed",
        "cancelReason": "CUSTOMER" if is_cancelled else None,
        "confirmed": True,
        "test": order.is_test,
        "edited": False,
        "taxesIncluded": False,
        "currencyCode": order.currency,
        "presentmentCurrencyCode": PRESENTMENT.get(number, (order.currency,))[0],
        "fullyPaid": order.paid is not None,
        "unpaid": order.paid is None,
        "displayFinancialStatus": order.payment.upper(),
        "displayFulfillmentStatus": "ON_HOLD" if order.status == "on_hold" else order.fulfillment.upper(),
        "subtotalPriceSet": bag(order.subtotal),
        "totalPriceSet": bag(order.total),
        "totalTaxSet": bag(tax),
        "totalShippingPriceSet": bag(order.shipping),
        "totalDiscountsSet": bag(order.discount),
        "totalRefundedSet": bag(order.refunded),
        "totalReceivedSet": bag(order.total if order.paid else Decimal(0)),
        "netPaymentSet": bag((order.total if order.paid else Decimal(0)) - order.refunded),
        "currentSubtotalPriceSet": bag(kept),
        "currentTotalPriceSet": bag(order.total - order.refunded),
        "currentTotalTaxSet": bag(tax if kept else Decimal(0)),
        "currentTotalDiscountsSet": bag(order.discount if kept else Decimal(0)),
        "currentSubtotalLineItemsQuantity": sum(line.quantity - line.removed for line in order.lines),
        "subtotalLineItemsQuantity": sum(line.quantity for line in order.lines),
        "customer": customer,
        "shippingAddress": address(f"{row_id}/shipping", order.first_name, order.last_name, order.country),
        "billingAddress": address(f"{row_id}/billing", order.first_name, order.last_name, order.country),
        "lineItems": lines,
        "refunds": lambda _info, first=None: [
            {
                "__typename": "Refund",
                "id": gid("Refund", number * REFUNDS + refund.number),
                "legacyResourceId": str(legacy("Refund", number * REFUNDS + refund.number)),
                "note": refund.reason or None,
                "createdAt": time(refund.at),
                "updatedAt": time(refund.at),
                "processedAt": time(refund.at),
                "totalRefundedSet": bag(refund.amount),
            }
            for refund in order.refunds[:first]
        ],
    }


def line_row(shop: Shop, order: Order, line: Line) -> dict[str, Any]:
    """One line; product and variant are null when they are gone."""

    def bag(amount: Decimal) -> dict[str, Any]:
        return money_bag(amount, order.currency, order.number)

    def product(info: Any) -> dict[str, Any] | None:
        info.context.needs("product", "read_products")
        found = shop.products.get(line.product) if line.product is not None else None
        return product_row(shop, found) if found and found.status in OFFERED else None

    def variant(info: Any) -> dict[str, Any] | None:
        info.context.needs("variant", "read_products")
        found = shop.products.get(line.product) if line.product is not None else None
        if found is None or found.status not in OFFERED:
            return None
        return next((variant_row(shop, found, one) for one in found.variants if one.number == line.variant), None)

    return {
        "__typename": "LineItem",
        "id": gid("LineItem", order.number * LINES + line.number),
        "title": line.title,
        "name": line.title,
        "variantTitle": None,
        "sku": line.sku,
        "vendor": None,
        "quantity": line.quantity,
        "currentQuantity": line.quantity - line.removed,
        "refundableQuantity": line.quantity - line.removed,
        "unfulfilledQuantity": 0 if order.fulfillment == "fulfilled" else line.quantity,
        "taxable": True,
        "requiresShipping": True,
        "isGiftCard": False,
        "originalUnitPriceSet": bag(line.unit_price),
        "originalTotalSet": bag(line.subtotal),
        "discountedUnitPriceSet": bag(line.total / line.quantity),
        "totalDiscountSet": bag(line.discount),
        "discountedTotalSet": lambda _info, **_args: bag(line.total),
        "taxLines": lambda _info, first=None: (
            [{"title": "VAT", "rate": 0.19, "ratePercentage": 19.0, "priceSet": bag(line.tax)}] if line.tax and first != 0 else []
        ),
        "product": product,
        "variant": variant,
    }


def customer_row(shop: Shop, customer: Customer) -> dict[str, Any]:
    """One customer."""
    number = customer.number
    row_id = gid("Customer", number)
    return {
        "__typename": "Customer",
        "id": row_id,
        "legacyResourceId": str(legacy("Customer", number)),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "displayName": f"{customer.first_name} {customer.last_name}",
        "state": "ENABLED" if number % 3 else "DISABLED",
        "email": customer.email,
        "phone": customer.phone,
        "defaultEmailAddress": {"emailAddress": customer.email} if customer.email else None,
        "defaultPhoneNumber": {"phoneNumber": customer.phone},
        "defaultAddress": address(f"{row_id}/address", customer.first_name, customer.last_name, customer.country),
        "numberOfOrders": str(number % 12),
        "amountSpent": money(Decimal(number % 12) * Decimal("31.37"), shop.spec.currency),
        "createdAt": time(customer.created),
        "updatedAt": time(customer.updated or customer.created),
        "note": None,
        "tags": [],
        "locale": "en",
        "verifiedEmail": True,
        "taxExempt": False,
    }


def event_row(deletion: Deletion, number: int) -> dict[str, Any]:
    """The event of a record's deletion."""
    kind = TYPES[deletion.kind]
    return {
        "__typename": "BasicEvent",
        "id": gid("BasicEvent", number),
        "action": "destroy",
        "appTitle": None,
        "attributeToApp": False,
        "attributeToUser": True,
        "author": "Quay",
        "createdAt": time(deletion.at),
        "criticalAlert": False,
        "message": f"Quay deleted a {kind.lower()}.",
        "subjectId": gid(kind, deletion.number),
        "subjectType": kind.upper(),
    }
