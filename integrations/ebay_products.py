"""What is a product on eBay, and what a variant: eBay itself knows only SKUs, groups of SKUs and offers.

- A SKU that is in no inventory item group is a product with one variant, both with the SKU as their id.
- An inventory item group is a product, "group:" and its key; its SKUs are the variants. A SKU that is in several groups belongs to
  the one whose key is first. A group that does not name the SKU, or does not exist, does not count.
- Prices and states stand in a SKU's offers, one call for each SKU (eBay has no other way). No offer, no price.

A group is told once in a walk over all SKUs: on the page where the first of its SKUs is that still exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from integrations.connector import Row
from integrations.ebay_errors import NO_SUCH_THING
from integrations.ebay_lists import EbayLists, Get
from integrations.ebay_records import group_id, item_id
from integrations.errors import ContractBroken, NotThere, PaginationNotAdvancing, Unavailable

API = "/sell/inventory/v1"
OFFERS_A_PAGE = 100
BULK = 25  # SKUs in one bulk call
LONGEST_SKU = 50
NO_SUCH_SKU = "asked for by its SKU, eBay answered that there is none"

Post = Callable[[str, object], Any]  # path and body → the JSON of the answer


class EbayProducts:
    """Puts SKUs, groups and offers of one seller together."""

    def __init__(self, what: str, get: Get, post: Post, lists: EbayLists) -> None:
        self._what, self._get, self._post, self._lists = what, get, post, lists

    def of_page(self, items: Iterable[Row]) -> list[Row]:
        """The products that begin on a page of inventory items. Raises: any IntegrationError but Unmappable."""
        known = {_sku(item): item for item in items}
        groups: dict[str, Row | None] = {}
        found: list[Row] = []
        for sku, item in known.items():
            key = _home(item)
            if key is not None and key not in groups:
                groups[key] = self._group(key)
                if groups[key] is not None and self._begins_here(key, groups[key] or {}, known):
                    found.append(self._whole_group(key, groups[key] or {}))
            if key is None or not _names(groups[key], sku):
                found.append(self._single(sku, item))
        return found

    def product(self, external_id: str) -> Row:
        """One product by its id. Raises: NotThere; any IntegrationError but Unmappable."""
        sku = _sku_of_id(external_id)
        if sku is None:
            key = external_id.partition(":")[2]
            group = self._group(key)
            if group is None or not (row := self._whole_group(key, group))["items"]:
                raise NotThere(f"{self._what} has no group {key[:50]!r} with SKUs in it.")
            return row
        item = self.item(sku)
        home = _home(item)
        if home is not None and _names(self._group(home), sku):
            raise NotThere(f"{self._what}: the SKU {sku[:50]!r} is a variant of {group_id(home)[:60]!r} and no product of its own.")
        return self._single(sku, item)

    def missing(self, external_ids: Sequence[str]) -> dict[str, str]:
        """Which of these products (at most 25) do not exist: id → the evidence. Raises: any IntegrationError but Unmappable."""
        skus = {each: found for each in external_ids if (found := _sku_of_id(each)) is not None}
        items = self.items(skus.values())
        gone: dict[str, str] = {}
        for external_id in external_ids:
            if external_id not in skus:
                group = self._group(external_id.partition(":")[2])
                if group is None or next(self._existing(_skus(group)), None) is None:
                    gone[external_id] = "asked for by its key, eBay answered that there is no such group, or no SKU in it"
                continue
            item = items.get(skus[external_id])
            key = None if item is None else _home(item)
            if item is None:
                gone[external_id] = NO_SUCH_SKU
            elif key is not None and _names(self._group(key), skus[external_id]):
                gone[external_id] = f"asked for by its SKU, eBay answered that it is in the group {key} now"
        return gone

    def items(self, skus: Iterable[str]) -> dict[str, Row]:
        """Those of the SKUs that exist, by SKU. Raises: any IntegrationError but Unmappable."""
        return {_sku(item): item for item in self._existing([sku for sku in dict.fromkeys(skus) if 0 < len(sku) <= LONGEST_SKU])}

    def item(self, sku: str) -> Row:
        """One inventory item. Raises: NotThere; any IntegrationError but Unmappable."""
        if not 0 < len(sku) <= LONGEST_SKU:
            raise NotThere(f"{self._what} has no SKU {sku[:50]!r}.")
        found: Row = self._get(f"{API}/inventory_item/{quote(sku, safe='')}", {})
        return {**found, "sku": sku}

    def _single(self, sku: str, item: Row) -> Row:
        return {"id": item_id(sku), "group": None, "items": [self._with_offers(sku, item)]}

    def _whole_group(self, key: str, group: Row) -> Row:
        members = [item for item in self._existing(_skus(group)) if _home(item) in (key, None)]
        return {"id": group_id(key), "group": group, "items": [self._with_offers(_sku(item), item) for item in members]}

    def _begins_here(self, key: str, group: Row, known: dict[str, Row]) -> bool:
        for sku in _skus(group):
            try:
                item = known.get(sku) or self.item(sku)
            except NotThere:
                continue
            if _home(item) == key:
                return sku in known
        return False

    def _group(self, key: str) -> Row | None:
        try:
            found: Row = self._get(f"{API}/inventory_item_group/{quote(key, safe='')}", {})
        except NotThere:
            return None
        return found

    def _existing(self, skus: list[str]) -> Iterator[Row]:
        """Those of the SKUs that exist, in order."""
        for start in range(0, len(skus), BULK):
            some = skus[start : start + BULK]
            try:
                content = self._post(f"{API}/bulk_get_inventory_item", {"requests": [{"sku": sku} for sku in some]})
            except NotThere:  # eBay may refuse the whole call for one SKU that is gone; unverified
                yield from self._one_by_one(some)
                continue
            answers = content.get("responses") if isinstance(content, dict) else None
            if not isinstance(answers, list):
                raise ContractBroken(f"{self._what}: a bulk answer has no list of responses.", hint="Report it; eBay may have changed.")
            if silent := set(some) - {answer.get("sku") for answer in answers}:  # neither there nor gone: not known
                raise Unavailable(
                    f"{self._what} said nothing of {len(silent)} of {len(some)} SKUs that it was asked for.", hint="Try again later."
                )
            for answer in answers:
                if answer.get("statusCode") == 200 and isinstance(answer.get("inventoryItem"), dict):
                    yield {**answer["inventoryItem"], "sku": answer["sku"]}
                elif not _is_gone(answer):
                    raise Unavailable(f"{self._what}: a SKU of a group cannot be read now.", hint="Try again later.")

    def _one_by_one(self, skus: list[str]) -> Iterator[Row]:
        for sku in skus:
            try:
                item = self.item(sku)
            except NotThere:
                continue
            yield {name: value for name, value in item.items() if name != "groupIds"}  # as the bulk call has it

    def _with_offers(self, sku: str, item: Row) -> Row:
        try:
            offers = self._lists.everything(f"{API}/offer", {"sku": sku, "limit": OFFERS_A_PAGE}, "offers")
        except NotThere:
            offers = []
        if any(offer.get("sku", sku) != sku for offer in offers):
            raise PaginationNotAdvancing(
                f"{self._what} gave the offers of another SKU a second time.", hint="Try again; if it stays, report it to eBay."
            )
        return {**item, "offers": offers}


def _sku(item: Row) -> str:
    sku = item.get("sku")
    if not isinstance(sku, str) or not sku:
        raise ContractBroken("eBay gave an inventory item without a SKU.", hint="Report it; eBay may have changed.")
    return sku


def _sku_of_id(external_id: str) -> str | None:
    """The SKU of a product's id; None for a group's."""
    return None if external_id.startswith("group:") else external_id.removeprefix("sku:")


def _is_gone(answer: Row) -> bool:
    return answer.get("statusCode") == 404 or any(error.get("errorId") in NO_SUCH_THING for error in answer.get("errors") or ())


def _home(item: Row) -> str | None:
    # Both are said to name the groups of an item; the bulk call knows only the first. Unverified.
    keys = item.get("inventoryItemGroupKeys") or item.get("groupIds") or ()
    return min((key for key in keys if isinstance(key, str) and key), default=None)


def _skus(group: Row) -> list[str]:
    return [sku for sku in dict.fromkeys(group.get("variantSKUs") or ()) if isinstance(sku, str) and sku]


def _names(group: Row | None, sku: str) -> bool:
    return group is not None and sku in _skus(group)
