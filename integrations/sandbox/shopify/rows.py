"""Small pieces of Shopify's rows: times, money, addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox.model import rounded

PRESENTMENT = {3: ("JPY", Decimal(150)), 4: ("KWD", Decimal("0.307"))}  # orders paid in another currency than the shop's
COUNTRIES = {
    "DE": "Germany",
    "US": "United States",
    "GB": "United Kingdom",
    "FR": "France",
    "JP": "Japan",
    "KW": "Kuwait",
    "AU": "Australia",
}


def time(moment: int | None) -> str | None:
    """A DateTime."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal(amount: Decimal) -> str:
    """A Decimal as Shopify writes it: no more places than needed, but one at least, whatever the currency (10.0, 0.1, 1.235)."""
    text = f"{amount:f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0') or '0'}"


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """A MoneyV2."""
    return {"amount": decimal(amount), "currencyCode": currency}


def money_bag(amount: Decimal, currency: str, order: int) -> dict[str, Any]:
    """A MoneyBag of order number `order`: the same amount in the shop's currency and in the one the buyer saw."""
    shown, rate = PRESENTMENT.get(order, (currency, Decimal(1)))
    return {"shopMoney": money(amount, currency), "presentmentMoney": money(rounded(amount * rate, shown), shown)}


def address(row_id: str, first_name: str, last_name: str, country: str) -> dict[str, Any]:
    """A MailingAddress."""
    return {
        "id": row_id,
        "firstName": first_name,
        "lastName": last_name,
        "name": f"{first_name} {last_name}",
        "address1": "Quay 1",
        "address2": None,
        "city": "Hafenstadt",
        "province": None,
        "zip": "10115",
        "country": COUNTRIES[country],
        "countryCodeV2": country,
        "phone": None,
        "company": None,
    }
