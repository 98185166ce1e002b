"""Where people look at a store's records on its platform."""

from __future__ import annotations

from integrations import CONNECTORS


def shop_page(platform: str, address: str, stream: str) -> str:
    """The page of the platform's own console for a stream of the store at `address`; empty where it is not known."""
    facts = CONNECTORS.get(platform)
    path = facts.admin_paths.get(stream, "") if facts else ""
    return address.rstrip("/") + path if path and address.startswith(("https://", "http://")) else ""
