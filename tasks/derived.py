"""Customers of platforms that have no customer list: what their orders tell, masked and marked as derived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from db.record_pages import Incoming
from integrations.connector import Connector
from integrations.records import Customer, Order, Record


def customers_of(connector: Connector, records: Sequence[Record]) -> list[Incoming]:
    """The customers that these orders name, one each; none where the platform has a list of its own."""
    if connector.streams["customers"].is_offered:
        return []
    found: dict[str, Customer] = {}
    for order in records:
        if isinstance(order, Order) and order.customer_external_id:
            found[order.customer_external_id] = Customer(
                external_id=order.customer_external_id, email=order.email, currency=order.currency, is_masked=True, is_derived=True
            )
    return [Incoming(customer, hashlib.blake2b(repr(customer).encode(), digest_size=16).hexdigest(), "{}") for customer in found.values()]
