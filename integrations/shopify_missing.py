"""Which records a Shopify shop no longer has: up to 250 are asked for by their ids at once, and null is the answer for what is gone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.errors import ContractBroken
from integrations.shopify_graphql import ShopifyGraphQL
from integrations.shopify_queries import LIVING, LIVING_LEVELS

GONE = "asked for by its id, Shopify answered null"
NOT_STOCKED = "Shopify answered that the item is not stocked at this location"


def is_gid(kind: str, text: str) -> bool:
    """Whether `text` is an id that Shopify gives to records of `kind`, e.g. Product."""
    return re.fullmatch(rf"gid://shopify/{kind}/\d+", text, re.ASCII) is not None


def missing_records(graphql: ShopifyGraphQL, kind: str, gids: Sequence[str]) -> dict[str, str]:
    """Which of at most 250 records are gone: gid → evidence. Of ids of another shape nothing is said.

    Raises: any IntegrationError but Unmappable.
    """
    asked = list(dict.fromkeys(gid for gid in gids if is_gid(kind, gid)))
    living = _living(graphql, LIVING, {"ids": asked})
    return {gid: GONE for gid in asked if gid not in living}


def missing_levels(graphql: ShopifyGraphQL, levels: Sequence[str]) -> dict[str, str]:
    """Which of at most 250 levels ("item gid@location gid") are gone: the item is, or it is no longer stocked there.

    One query for each location. Raises: any IntegrationError but Unmappable.
    """
    items: dict[str, list[str]] = defaultdict(list)
    for level in levels:
        item, _, location = level.partition("@")
        if is_gid("InventoryItem", item) and is_gid("Location", location) and item not in items[location]:
            items[location].append(item)
    gone: dict[str, str] = {}
    for location, asked in items.items():
        living = _living(graphql, LIVING_LEVELS, {"ids": asked, "location": location})
        for item in asked:
            if item not in living:
                gone[f"{item}@{location}"] = GONE
            elif living[item].get("inventoryLevel") is None:
                gone[f"{item}@{location}"] = NOT_STOCKED
    return gone


def _living(graphql: ShopifyGraphQL, document: str, variables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if not variables["ids"]:
        return {}
    nodes = graphql.ask(document, variables)["nodes"]
    if not isinstance(nodes, list) or len(nodes) != len(variables["ids"]):
        raise ContractBroken("Shopify did not answer for each of the ids asked for.", hint="Try again; if it stays, report it.")
    return {node["id"]: node for node in nodes if node is not None}
