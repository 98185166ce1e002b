"""A WooCommerce site's addresses, ids and clock: WordPress keeps every time twice, in the site's zone and in GMT."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

VERSION = "9.5.1"
FIRST = {"products": 100, "orders": 2_000_000, "customers": 1}
_FIRST_VARIATION, _VARIATIONS = 100_000_000, 4096
_FIRST_REFUND, _REFUNDS = 10_000_000, 8
ITEMS = 1024  # ids of order items, per order


class Site:
    """Where the site is (`home`) and what time it is there."""

    def __init__(self, home: str, zone: ZoneInfo, currency: str) -> None:
        self.home, self.zone, self.currency = home, zone, currency
        self.rest = f"{home}/wp-json/wc/v3"

    def id_of(self, kind: str, number: int) -> int:
        """The id of a record."""
        return FIRST[kind] + number

    def times(self, name: str, moment: int | None) -> dict[str, str | None]:
        """`name` in the site's zone and `name`_gmt, both without an offset."""
        if moment is None:
            return {name: None, f"{name}_gmt": None}
        local = datetime.fromtimestamp(moment, self.zone)
        return {name: local.strftime("%Y-%m-%dT%H:%M:%S"), f"{name}_gmt": f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"}

    def wall(self, moment: int) -> datetime:
        """The site's clock at `moment`, naive."""
        return datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None)

    def compared(self, value: datetime) -> datetime:
        """What WordPress compares with (WP_Date_Query): a value with an offset is moved to the site's zone, even if GMT was asked for."""
        return value if value.tzinfo is None else value.astimezone(self.zone).replace(tzinfo=None)


def variation_id(product: int, variant: int) -> int:
    """The id of a variation."""
    return _FIRST_VARIATION + product * _VARIATIONS + variant


def variation_of(number: int) -> tuple[int, int]:
    """Product and variant of a variation's id."""
    return divmod(number - _FIRST_VARIATION, _VARIATIONS)


def refund_id(order: int, refund: int) -> int:
    """The id of a refund."""
    return _FIRST_REFUND + order * _REFUNDS + refund


def money(amount: Decimal, decimals: int) -> str:
    """An amount as wc_format_decimal writes it: `decimals` places, whatever the currency."""
    return str(amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def number(amount: Decimal) -> Any:
    """A JSON number as PHP writes it: whole ones without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
