"""What people call the streams of a store."""

from __future__ import annotations

from collections.abc import Sequence

from console.words import _, later

_TITLES = {"products": later("Products"), "orders": later("Orders"), "inventory": later("Inventory"), "customers": later("Customers")}
_WORDS = {"products": later("products"), "orders": later("orders"), "inventory": later("inventory"), "customers": later("customers")}


def title(stream: str) -> str:
    """Orders: at the head of a column or a card."""
    return _(_TITLES[stream]) if stream in _TITLES else stream


def word(stream: str) -> str:
    """orders: within a sentence."""
    return _(_WORDS[stream]) if stream in _WORDS else stream


def listed(streams: Sequence[str]) -> str:
    """products, orders and inventory."""
    words = [word(stream) for stream in streams]
    return _("{several} and {last}").format(several=", ".join(words[:-1]), last=words[-1]) if len(words) > 1 else "".join(words)
