"""Listings Items 2021-08-01: searchListingsItems and getListingsItem."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.amazon import arguments
from integrations.sandbox.amazon.catalogue import Catalogue, Listing
from integrations.sandbox.amazon.refusal import invalid, not_found
from integrations.sandbox.amazon.seller import MARKETPLACES, Seller, channel, is_fba, money, sku_of, time
from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.model import Product, Variant

SETS = ("summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement", "relationships", "productTypes")
IDENTIFIERS = ("ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
STATUS = {"active": ["BUYABLE", "DISCOVERABLE"], "unlisted": ["BUYABLE"]}
CAP = 1000
_TIMES = ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore")


class Listings:
    """What is sold, as listings. `cap` is how many can be paged through."""

    def __init__(self, shop: Seller, catalogue: Catalogue) -> None:
        self._shop, self._catalogue = shop, catalogue
        self.cap = CAP

    def search(self, call: Call) -> dict[str, Any]:
        """A page. Page tokens are offsets: a listing that leaves the question moves those after it. Raises: Refusal."""
        params = call.params
        self._marketplace(params)
        sets = arguments.words(params, "includedData", allowed=SETS) or ["summaries"]
        size = arguments.number(params, "pageSize", 1, 20, 10)
        by = arguments.one_of(params, "sortBy", ("sku", "createdDate", "lastUpdatedDate"), "lastUpdatedDate")
        is_descending = arguments.one_of(params, "sortOrder", ("ASC", "DESC"), "DESC") == "DESC"
        found = self._chosen(params)
        keys = {"sku": lambda one: one.sku, "createdDate": lambda one: one.created, "lastUpdatedDate": lambda one: one.updated}
        found = sorted(found, key=keys[by], reverse=is_descending)
        of = arguments.mark(params, "pageToken")
        text = params.get("pageToken")
        start = 0 if text is None else int(str(arguments.read_token(text, "pageToken", of)["offset"]))
        chosen = reordered(found[start : start + size], call.bends, self._shop.seed)
        pagination: dict[str, str] = {}
        if start > 0:
            pagination["previousToken"] = arguments.token({"of": of, "offset": max(start - size, 0)})
        if start + size < min(len(found), self.cap):
            onward = arguments.token({"of": of, "offset": start + size})
            pagination["nextToken"] = text if "repeated_token" in call.bends and text else onward
        rows = [self._row(one, self._product(one.number), sets) for one in chosen]
        return {"numberOfResults": len(found), **({"pagination": pagination} if pagination else {}), "items": rows}

    def one(self, call: Call, sku: str) -> dict[str, Any]:
        """One listing. Raises: Refusal."""
        self._marketplace(call.params)
        sets = arguments.words(call.params, "includedData", allowed=SETS) or ["summaries"]
        found = self._catalogue.find(sku)
        if found is None:
            raise not_found(f"SKU '{sku}' not found in marketplace {self._market}")
        return self._row(*found, sets)

    @property
    def _market(self) -> str:
        return MARKETPLACES[self._shop.spec.currency][0]

    def _marketplace(self, params: arguments.Params) -> None:
        arguments.marketplaces(params, self._market)

    def _product(self, number: int) -> Product:
        product = self._shop.products.get(number)
        assert product is not None  # its number comes from the list of those that there are
        return product

    def _chosen(self, params: arguments.Params) -> list[Listing]:
        asked = arguments.words(params, "identifiers", most=20)
        parent = params.get("variationParentSku")
        if asked and parent:
            raise invalid("'identifiers' cannot be used with 'variationParentSku'.")
        if asked or "identifiersType" in params:
            if arguments.one_of(params, "identifiersType", IDENTIFIERS) != "SKU" or not asked:
                raise invalid("'identifiers' and 'identifiersType' are required together; the sandbox knows SKU alone.")
            named = [found[0] for sku in dict.fromkeys(asked) if (found := self._catalogue.find(sku)) is not None]
        else:
            named = self._catalogue.all()
        if parent is not None:
            found = self._catalogue.find(parent)
            named = [one for one in named if found and one.number == found[0].number and one.variant is not None]
        bounds = {name: arguments.moment(params, name) for name in _TIMES}
        if all(bound is None for bound in bounds.values()):
            return list(named)
        low, high = float("-inf"), float("inf")
        made = bounds["createdAfter"], bounds["createdBefore"]
        moved = bounds["lastUpdatedAfter"], bounds["lastUpdatedBefore"]
        return [
            one
            for one in named
            if (low if made[0] is None else made[0]) <= one.created <= (high if made[1] is None else made[1])
            and (low if moved[0] is None else moved[0]) <= one.updated <= (high if moved[1] is None else moved[1])
        ]

    def _row(self, listing: Listing, product: Product, sets: list[str]) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "summaries": lambda: [self._summary(listing, product)],
            "attributes": lambda: self._attributes(listing, product),
            "issues": list,
            "offers": lambda: self._offers(listing, product),
            "fulfillmentAvailability": lambda: self._availability(listing, product),
            "procurement": list,
            "relationships": lambda: self._relationships(listing, product),
            "productTypes": lambda: [{"marketplaceId": self._market, "productType": _product_type(product)}],
        }
        return {"sku": listing.sku, **{name: parts[name]() for name in SETS if name in sets}}

    def _summary(self, listing: Listing, product: Product) -> dict[str, Any]:
        variant = _variant(listing, product)
        title = product.title if listing.variant is None or variant is None else f"{product.title} {variant.title}".strip()
        is_parent = variant is None
        return {
            "marketplaceId": self._market,
            "asin": f"B{listing.number * 3000 + (0 if listing.variant is None else listing.variant + 1):09d}",
            "productType": _product_type(product),
            "conditionType": "new_new",
            "status": ["DISCOVERABLE"] if is_parent and product.status == "active" else STATUS.get(product.status, []),
            **({"itemName": title} if title else {}),
            "createdDate": time(listing.created),
            "lastUpdatedDate": time(listing.updated),
            "mainImage": {"link": f"https://m.media-amazon.example/{listing.number}.jpg", "height": 500, "width": 500},
        }

    def _attributes(self, listing: Listing, product: Product) -> dict[str, Any]:
        here = {"marketplace_id": self._market}
        tagged = {"language_tag": "en_GB", **here}
        found: dict[str, Any] = {
            "item_name": [{"value": product.title, **tagged}],
            "product_description": [{"value": product.description, **tagged}],
            "brand": [{"value": product.vendor, **tagged}],
            "recommended_browse_nodes": [{"value": "1234", **here}],
        }
        variant = _variant(listing, product)
        if variant is not None and variant.barcode:
            found["externally_assigned_product_identifier"] = [{"type": "ean", "value": variant.barcode, **here}]
        if variant is not None and variant.compare_at:
            amount = {"value": variant.compare_at, "value_with_tax": variant.compare_at, "currency": self._shop.spec.currency}
            found["list_price"] = [{**amount, **here}]
        return found

    def _offers(self, listing: Listing, product: Product) -> list[dict[str, Any]]:
        variant = _variant(listing, product)
        if variant is None:
            return []
        price = money(variant.price, self._shop.spec.currency)
        audience = {"value": "ALL", "displayName": "Sell on Amazon"}
        return [{"marketplaceId": self._market, "offerType": "B2C", "price": price, "audience": audience}]

    def _availability(self, listing: Listing, product: Product) -> list[dict[str, Any]]:
        variant = _variant(listing, product)
        if variant is None:
            return []
        if is_fba(listing.number):
            return [{"fulfillmentChannelCode": channel(self._shop.spec.currency)}]
        quantity = {"quantity": max(variant.stock[0], 0)} if variant.is_tracked else {}
        return [{"fulfillmentChannelCode": "DEFAULT", **quantity}]

    def _relationships(self, listing: Listing, product: Product) -> list[dict[str, Any]]:
        theme = {"attributes": ["size"], "theme": "SIZE_NAME"}
        if listing.variant is not None:
            relation = [{"type": "VARIATION", "parentSkus": [sku_of(listing.number, None)], "variationTheme": theme}]
        elif len(product.variants) > 1:
            children = [sku_of(listing.number, one.number) for one in product.variants]
            relation = [{"type": "VARIATION", "childSkus": children, "variationTheme": theme}]
        else:
            relation = []
        return [{"marketplaceId": self._market, "relationships": relation}]


def _variant(listing: Listing, product: Product) -> Variant | None:
    if listing.variant is None:
        return product.variants[0] if len(product.variants) == 1 else None
    return next(one for one in product.variants if one.number == listing.variant)


def _product_type(product: Product) -> str:
    return product.category.upper().replace(" ", "_")
