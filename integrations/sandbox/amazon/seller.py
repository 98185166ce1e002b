"""What makes a shop an Amazon seller's: the marketplace, SKUs and order numbers, and who ships what."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.model import Order
from integrations.sandbox.shop import Shop

SETTLED_S = 125  # what happens here is dated so long ago, since Amazon tells no order of the last two minutes
HISTORY_S = 730 * 86_400
MARKETPLACES = {  # currency → id, name, how far back orders go
    "EUR": ("A1PA6795UKMFR9", "Amazon.de"),
    "USD": ("ATVPDKIKX0DER", "Amazon.com"),
    "GBP": ("A1F83G8C2ARO7P", "Amazon.co.uk"),
    "JPY": ("A1VC38T7YXB528", "Amazon.co.jp"),
    "CAD": ("A2EUQ1WTGCTBG2", "Amazon.ca"),
}
_SINCE_2016 = {"JPY"}
_AWKWARD = {15: "Case-SKU", 16: "case-sku", 21: "WS/Ü 10%+1", 22: "one,two", 24: "a&b=c?d#e"}
_NUMBERS = {sku: number for number, sku in _AWKWARD.items()}
_PRODUCT, _ORDER = re.compile(r"Q(\d{5,})"), re.compile(r"302-(\d{7})-(\d{7})")
_FIRST_BLOCK = 1_000_000


class Seller(Shop):
    """A shop whose older orders are shown to nobody."""

    def counts(self) -> dict[str, int]:
        """See Shop; orders are those of the last two years, or in Japan all."""
        hidden = {"draft", "trashed"}
        shown = [number for number in self.orders.numbers() if self.orders.status(number) not in hidden and self.is_shown(number)]
        return {**super().counts(), "orders": len(shown)}

    def is_shown(self, number: int) -> bool:
        """Whether an order is young enough."""
        return self.spec.currency in _SINCE_2016 or self.orders.created[number] > self.clock() - HISTORY_S


def record_id(kind: str, number: int) -> str:
    """SKU of a product, or 3-7-7 number of an order."""
    if kind == "products":
        return _AWKWARD.get(number, f"Q{number:05d}")
    if kind == "orders":
        return f"302-{_FIRST_BLOCK + number // 10**7:07d}-{number % 10**7:07d}"
    return f"{kind}-{number}"


def number_of(kind: str, text: str) -> int:
    """The other way round. Raises: KeyError."""
    if kind == "products":
        found = _PRODUCT.fullmatch(text)
        number = _NUMBERS.get(text, int(found.group(1)) if found else -1)
    elif kind == "orders":
        match = _ORDER.fullmatch(text)
        number = (int(match.group(1)) - _FIRST_BLOCK) * 10**7 + int(match.group(2)) if match else -1
    else:
        number = int(text.rpartition("-")[2])
    if number < 0 or record_id(kind, number) != text:
        raise KeyError(text)
    return number


def sku_of(number: int, variant: int | None) -> str:
    """The SKU of a listing: of a product, or of one of its variants."""
    return record_id("products", number) if variant is None else f"{record_id('products', number)}-{variant}"


def is_fba(number: int) -> bool:
    """Whether Amazon ships a product."""
    return number % 3 == 1


def ships_order(order: Order) -> str:
    """Who ships an order."""
    return "AMAZON" if order.number % 3 == 1 else "MERCHANT"


def channel(currency: str) -> str:
    """Amazon's fulfillment channel of the region."""
    return {"JPY": "AMAZON_JP", "USD": "AMAZON_NA", "CAD": "AMAZON_NA"}.get(currency, "AMAZON_EU")


def time(moment: int) -> str:
    """ISO 8601 in UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def money(amount: Any, currency: str) -> dict[str, str]:
    """Amount and currency."""
    return {"currencyCode": currency, "amount": str(amount)}
