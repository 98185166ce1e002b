"""Listings by SKU, and variation families: a parent listing with its children is one product.

A row is the listing as searchListingsItems gives it, cut to the parts of our marketplace that are mapped; a parent's row has its
children's rows in `variations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.amazon_calls import GET_LISTING, SEARCH_LISTINGS, AmazonCalls
from integrations.connector import Row
from integrations.errors import ContractBroken, NotThere, PaginationNotAdvancing

API = "/listings/2021-08-01/items"
MAX_PAGE = 20  # rows of a page, and SKUs of a question
PRODUCT_SETS = "summaries,attributes,offers,fulfillmentAvailability,relationships,productTypes"
STOCK_SETS = "summaries,fulfillmentAvailability,relationships"
_ATTRIBUTES = ("product_description", "bullet_point", "brand", "item_name", "externally_assigned_product_identifier", "list_price")
_OF_A_MARKETPLACE = ("summaries", "offers", "relationships", "productTypes")
_KNOWN_PARENTS = 20_000


class Listings:
    """The listings of one seller in one marketplace."""

    def __init__(self, calls: AmazonCalls, seller_id: str, marketplace_id: str) -> None:
        self._calls = calls
        self._path = f"{API}/{quote(seller_id, safe='')}"
        self._marketplace_id = marketplace_id
        self._parents: dict[str, bool] = {}  # SKU → whether there is such a listing

    def search(self, params: Mapping[str, str | int]) -> dict[str, Any]:
        """One page: `numberOfResults`, `pagination`, and `items` cut to our rows. Raises: any IntegrationError but Unmappable."""
        found = self._calls.get(SEARCH_LISTINGS, self._path, {"marketplaceIds": self._marketplace_id, **params})
        items = found.get("items")
        if not isinstance(items, list) or not isinstance(found.get("numberOfResults"), int):
            raise ContractBroken(f"{self._calls.what}: a page of listings has no items or no count.", hint="Report it.")
        return {**found, "items": [self._cut(item) for item in items]}

    def by_sku(self, skus: Iterable[str], sets: str) -> dict[str, Row]:
        """Those of `skus` that there are. Raises: any IntegrationError but Unmappable."""
        wanted = list(dict.fromkeys(skus))
        found: dict[str, Row] = {}
        for sku in (sku for sku in wanted if "," in sku):  # cannot stand in a list that is separated by commas
            if (row := self.one(sku, sets)) is not None:
                found[sku] = row
        listable = [sku for sku in wanted if "," not in sku]
        for start in range(0, len(listable), MAX_PAGE):
            some = listable[start : start + MAX_PAGE]
            page = self.search({"identifiersType": "SKU", "identifiers": ",".join(some), "includedData": sets, "pageSize": MAX_PAGE})
            if strangers := {str(item.get("sku")) for item in page["items"]} - set(some):
                raise PaginationNotAdvancing(
                    f"{self._calls.what} gave {len(strangers)} listings that were not asked for, as from an earlier page.",
                    hint="Try again; if it stays, report it to the platform.",
                )
            found.update((item["sku"], item) for item in page["items"])
        return found

    def one(self, sku: str, sets: str) -> Row | None:
        """One listing; None when Amazon answers that there is none. Raises: any IntegrationError but Unmappable."""
        try:
            item = self._calls.get(
                GET_LISTING, f"{self._path}/{quote(sku, safe='')}", {"marketplaceIds": self._marketplace_id, "includedData": sets}
            )
        except NotThere:
            return None
        return self._cut(item)

    def whole(self, row: Row) -> Row:
        """The product that a listing belongs to: itself, or its family. Raises: any IntegrationError but Unmappable."""
        parent = next(iter(self.by_sku(parent_skus(row), PRODUCT_SETS).values()), None)
        return self._with_children([parent or row])[0]

    def products(self, rows: Sequence[Row], recent: Sequence[str], *, parents_come_too: bool) -> list[Row]:
        """The products that a page of listings speaks of, each once, but for those whose SKU is in `recent`.

        `parents_come_too` says that the walk meets every listing, parents among them: a child then needs no product of its own
        and is left to its parent, once it is known that there is one.
        """
        parents = self._parents_of(rows, here=[] if parents_come_too else rows)
        heads: dict[str, Row] = {}
        for row in rows:
            parent = next((sku for sku in parent_skus(row) if parents.get(sku) is not None or self._parents.get(sku)), None)
            if parent is None:
                heads[str(row.get("sku"))] = row
            elif not parents_come_too and (found := parents[parent]) is not None:
                heads[parent] = found
        return self._with_children([row for sku, row in heads.items() if sku not in recent])

    def _parents_of(self, rows: Sequence[Row], *, here: Sequence[Row]) -> dict[str, Row | None]:
        known: dict[str, Row | None] = {str(row.get("sku")): row for row in here}
        is_enough = not here  # to know that there is one
        wanted = [sku for row in rows for sku in parent_skus(row) if sku not in known and not (is_enough and sku in self._parents)]
        found = self.by_sku(wanted, PRODUCT_SETS)
        if len(self._parents) > _KNOWN_PARENTS:
            self._parents.clear()
        self._parents.update((sku, sku in found) for sku in wanted)
        return known | found

    def _with_children(self, rows: Sequence[Row]) -> list[Row]:
        wanted = [sku for row in rows for sku in child_skus(row)]
        children = self.by_sku(wanted, PRODUCT_SETS) if wanted else {}
        return [
            {**row, "variations": [children[sku] for sku in child_skus(row) if sku in children]} if child_skus(row) else row for row in rows
        ]

    def _cut(self, item: Mapping[str, Any]) -> Row:
        row: Row = {"sku": item.get("sku")}
        for name in _OF_A_MARKETPLACE:
            if isinstance(item.get(name), list):
                row[name] = [one for one in item[name] if isinstance(one, dict) and one.get("marketplaceId") == self._marketplace_id]
        if isinstance(item.get("attributes"), dict):
            row["attributes"] = {name: item["attributes"][name] for name in _ATTRIBUTES if name in item["attributes"]}
        if "fulfillmentAvailability" in item:
            row["fulfillmentAvailability"] = item["fulfillmentAvailability"]
        return row


def parent_skus(row: Row) -> list[str]:
    """The SKUs of the variation parents that a listing names."""
    return _related(row, "parentSkus")


def child_skus(row: Row) -> list[str]:
    """The SKUs of the variation children that a listing names."""
    return _related(row, "childSkus")


def _related(row: Row, side: str) -> list[str]:
    found: dict[str, None] = {}
    for by_marketplace in row.get("relationships") or []:
        for relation in by_marketplace.get("relationships") or []:
            if relation.get("type") == "VARIATION":
                found.update((str(sku), None) for sku in relation.get(side) or [])
    return list(found)
