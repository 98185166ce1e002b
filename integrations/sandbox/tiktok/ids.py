"""TikTok's ids: 64-bit numbers, told as decimal text."""

from __future__ import annotations

import re

FIRST = {"products": 1_729_592_969_000_000_000, "orders": 576_461_413_000_000_000, "customers": 7_021_436_810_000_000_000}
SKUS = 4096  # ids of SKUs, per product
UNITS = 4096  # ids of units, per order
RETURNS = 16  # ids of returns, per order
_FIRST_SKU, _FIRST_UNIT = 1_730_000_000_000_000_000, 577_086_512_000_000_000
_FIRST_RETURN, _FIRST_CANCELLATION, _FIRST_WAREHOUSE = 4_035_000_000_000_000_000, 4_036_000_000_000_000_000, 7_054_915_283_000_000_000
_FIRST_GUEST = 7_121_000_000_000_000_000
_FIRST_LOOSE = 1_760_000_000_000_000_000  # products and SKUs of order lines that name none of the shop's


def id_of(kind: str, number: int) -> str:
    """The id of a product, an order or a buyer."""
    return str(FIRST[kind] + number)


def number_of(kind: str, text: str) -> int:
    """The number of a record. Raises: KeyError when `text` is no id."""
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        raise KeyError(text)
    return int(text) - FIRST[kind]


def sku_id(product: int, variant: int) -> str:
    """The id of a SKU."""
    return str(_FIRST_SKU + product * SKUS + variant)


def sku_of(text: str) -> tuple[int, int]:
    """Product and variant of a SKU's id; a product below 0 when it is none."""
    return divmod(int(text) - _FIRST_SKU, SKUS) if re.fullmatch(r"\d{1,19}", text, re.ASCII) else (-1, 0)


def loose_id(order: int, line: int) -> str:
    """What a line has as product and SKU that is none of the shop's any more."""
    return str(_FIRST_LOOSE + order * UNITS + line)


def unit_id(order: int, unit: int) -> str:
    """The id of one unit of an order."""
    return str(_FIRST_UNIT + order * UNITS + unit)


def return_id(order: int, number: int) -> str:
    """The id of a return."""
    return str(_FIRST_RETURN + order * RETURNS + number)


def cancellation_id(order: int) -> str:
    """The id of an order's cancellation."""
    return str(_FIRST_CANCELLATION + order)


def warehouse_id(place: int) -> str:
    """The id of a place that holds stock."""
    return str(_FIRST_WAREHOUSE + place)


def guest_id(order: int) -> str:
    """The user id of a buyer who is none of the shop's customers."""
    return str(_FIRST_GUEST + order)
