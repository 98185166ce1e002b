"""The root of Shopify's graph: which lists there are, what they can be asked, and who may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from integrations.sandbox.model import Product, Variant
from integrations.sandbox.shelf import Shelf
from integrations.sandbox.shop import Shop
from integrations.sandbox.shopify import search
from integrations.sandbox.shopify.catalog import OFFERED, item_row, level_row, location_row, product_row, variant_row
from integrations.sandbox.shopify.filters import FILTERS, easy
from integrations.sandbox.shopify.ids import VARIANTS, gid, number_of, type_of
from integrations.sandbox.shopify.pages import connection
from integrations.sandbox.shopify.rows import time
from integrations.sandbox.shopify.sales import OFFERED_ORDERS, customer_row, event_row, order_row

HISTORY_S = 60 * 86_400
YEAR_S = 365 * 86_400
SORTS = {"UPDATED_AT": "updated", "CREATED_AT": "created", "PROCESSED_AT": "created"}


class Graph:
    """One query's view of a shop: what resolvers get as `info.context`, and the root value."""

    def __init__(self, shop: Shop, scopes: set[str], bends: frozenset[str]) -> None:
        self.shop, self.scopes, self.bends = shop, scopes, bends
        self.warnings: list[dict[str, Any]] = []

    def needs(self, field: str, *scopes: str) -> None:
        """Raises: GraphQLError unless the token has one of `scopes`."""
        if not self.scopes & set(scopes):
            wanted = " or ".join(f"`{scope}` access scope" for scope in scopes) + "."
            raise GraphQLError(
                f"Access denied for {field} field. Required access: {wanted}",
                extensions={
                    "code": "ACCESS_DENIED",
                    "documentation": "https://shopify.dev/api/usage/access-scopes",
                    "requiredAccess": wanted,
                },
            )

    def root(self) -> dict[str, Any]:
        """The fields of QueryRoot."""
        return {
            "shop": lambda _info: self._shop(),
            "currentAppInstallation": lambda _info: {
                "__typename": "AppInstallation",
                "id": "gid://shopify/AppInstallation/1",
                "accessScopes": [{"handle": scope, "description": scope.replace("_", " ")} for scope in sorted(self.scopes)],
            },
            "node": lambda _info, id: self.node(id),
            "nodes": lambda _info, ids: [self.node(one) for one in ids],
            **{
                field: lambda _info, id="", kind=kind: self.node(id) if type_of(id) == kind else None
                for field, kind in (
                    ("product", "Product"),
                    ("order", "Order"),
                    ("customer", "Customer"),
                    ("inventoryItem", "InventoryItem"),
                    ("location", "Location"),
                )
            },
            "products": lambda _info, **args: self._list("products", "read_products", args, product_row),
            "orders": lambda _info, **args: self._list("orders", "read_orders", args, order_row),
            "customers": lambda _info, **args: self._list("customers", "read_customers", args, customer_row),
            "productVariants": lambda _info, **args: self.items_page("variants", args),
            "inventoryItems": lambda _info, **args: self.items_page("items", args),
            "locations": lambda _info, **args: self._locations(args),
            "events": lambda _info, **args: self._events(args),
            "productVariantsCount": lambda _info, **args: self._variants_count(args),
            "productsCount": lambda _info, **args: self._count("products", "read_products", args),
            "ordersCount": lambda _info, **args: self._count("orders", "read_orders", args),
            "customersCount": lambda _info, **args: self._count("customers", "read_customers", args),
        }

    def node(self, text: str) -> dict[str, Any] | None:
        """Any record by its id, or None."""
        kind = type_of(text)
        if kind == "Product":
            self.needs("product", "read_products")
        number = number_of(kind, text) if kind in {"Product", "Order", "Customer", "ProductVariant", "InventoryItem", "Location"} else None
        if number is None:
            return None
        if kind == "Order":
            self.needs("order", "read_orders")
            order = self.shop.orders.get(number)
            return order_row(self.shop, order) if order and order.status in OFFERED_ORDERS and order.created >= self._oldest() else None
        if kind == "Customer":
            self.needs("customer", "read_customers")
            customer = self.shop.customers.get(number)
            return customer_row(self.shop, customer) if customer else None
        if kind == "Location":
            self.needs("location", "read_locations", "read_inventory")
            return location_row(self.shop, number) if number in range(len(self.shop.locations)) else None
        return self._goods(kind, number)

    def items_page(self, what: str, args: Mapping[str, Any], place: int = 0) -> dict[str, Any]:
        """A page of all variants (`variants`), of all inventory items (`items`) or of one location's `levels`."""
        scopes = {"variants": ("read_products",), "items": ("read_inventory", "read_products"), "levels": ("read_inventory",)}[what]
        self.needs({"variants": "productVariants", "items": "inventoryItems", "levels": "inventoryLevels"}[what], *scopes)
        rows: dict[str, Callable[[Product, Variant], dict[str, Any]]] = {
            "variants": lambda product, variant: variant_row(self.shop, product, variant),
            "items": lambda product, variant: item_row(self.shop, product, variant),
            "levels": lambda product, variant: level_row(self.shop, product, variant, place),
        }

        def node(number: int) -> dict[str, Any]:
            product = self.shop.products.get(number // VARIANTS)
            assert product is not None  # its number came from the list
            return rows[what](product, next(one for one in product.variants if one.number == number % VARIANTS))

        numbers = self.shop.variant_numbers(VARIANTS, OFFERED)
        query = args.get("query") or ""
        if query:
            condition = self._read(what, query)
            numbers = [number for number in numbers if self._fits(what, condition, number)]
        return self._page(numbers, args, lambda number: 0, node, (what, query, place))

    def _shop(self) -> dict[str, Any]:
        spec = self.shop.spec
        return {
            "__typename": "Shop",
            "id": "gid://shopify/Shop/1",
            "name": spec.title or spec.name,
            "email": f"owner@{spec.name}.example",
            "myshopifyDomain": f"{spec.name}.myshopify.com",
            "currencyCode": spec.currency,
            "ianaTimezone": spec.time_zone,
            "createdAt": time(self.shop.now - 1000 * 86_400),
            "updatedAt": time(self.shop.now - 86_400),
            "enabledPresentmentCurrencies": sorted({spec.currency, "JPY", "KWD"}),
            "plan": {"partnerDevelopment": True, "publicDisplayName": "Development", "shopifyPlus": False},
            "taxesIncluded": False,
        }

    def _goods(self, kind: str, number: int) -> dict[str, Any] | None:
        self.needs("node", "read_products", "read_inventory")
        place, variant = (number, 0) if kind == "Product" else divmod(number, VARIANTS)
        product = self.shop.products.get(place)
        if product is None or product.status not in OFFERED:
            return None
        if kind == "Product":
            return product_row(self.shop, product)
        found = next((one for one in product.variants if one.number == variant), None)
        row: Callable[..., dict[str, Any]] = variant_row if kind == "ProductVariant" else item_row
        return row(self.shop, product, found) if found else None

    def _oldest(self) -> int:
        return 0 if "read_all_orders" in self.scopes else int(self.shop.clock()) - HISTORY_S

    def _list(self, kind: str, scope: str, args: Mapping[str, Any], row: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        self.needs(kind, scope)
        by = SORTS.get(args.get("sortKey", "ID"), "number")
        shelf: Shelf[Any] = getattr(self.shop, kind)
        numbers, value = self._numbers(kind, args.get("query") or "", by), {"updated": shelf.updated, "created": shelf.created}.get(by)
        if args.get("sortKey") == "TITLE":
            titles = {number: record.title for number in numbers if (record := shelf.get(number))}
            return self._page(
                sorted(titles, key=lambda n: (titles[n], n)), args, titles.__getitem__, lambda n: row(self.shop, shelf.get(n))
            )
        sort_value = value.__getitem__ if value is not None else lambda _: 0
        question = (kind, args.get("query") or "", args.get("sortKey"))
        return self._page(numbers, args, sort_value, lambda number: row(self.shop, shelf.get(number)), question)

    def _numbers(self, kind: str, query: str, by: str) -> Sequence[int]:
        shelf: Shelf[Any] = getattr(self.shop, kind)
        condition = self._read(kind, query)
        statuses: Sequence[str] | None = {"products": OFFERED, "orders": OFFERED_ORDERS}.get(kind)
        if kind == "products" and not any(term.field == "status" for term in search.terms(condition)):
            statuses = ("active",)  # the documented default of the filter
        created = (self._oldest() if kind == "orders" else None, None)
        found = easy(kind, condition)
        if found is not None:
            start = max((one for one in (created[0], found.created[0]) if one is not None), default=None)
            if found.states is not None:
                statuses = tuple(sorted(found.states))
            return shelf.numbers(by=by, statuses=statuses, created=(start, found.created[1]), updated=found.updated)
        now = int(self.shop.clock())
        keep = (lambda record: search.matches(condition, record, FILTERS[kind], now)) if condition.parts else None
        has_now = any(term.value == "now" for term in search.terms(condition))
        return shelf.numbers(by=by, statuses=statuses, created=created, keep=keep, key=(query, now if has_now else 0) if keep else None)

    def _read(self, kind: str, query: str) -> search.Group:
        condition = search.parsed(query)
        unknown = [term.field for term in search.terms(condition) if term.field not in FILTERS[kind]]
        if unknown:
            warnings = [{"field": field or "default", "message": "Invalid search field for this query."} for field in unknown]
            self.warnings.append({"path": [kind], "query": query, "warnings": warnings})
        return condition

    def _fits(self, what: str, condition: search.Group, number: int) -> bool:
        product = self.shop.products.get(number // VARIANTS)
        assert product is not None  # its number came from the list
        variant = next(one for one in product.variants if one.number == number % VARIANTS)
        return search.matches(condition, (product, variant), FILTERS[what], int(self.shop.clock()))

    def _locations(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.needs("locations", "read_locations", "read_inventory")
        places = range(len(self.shop.locations))
        return self._page(places, args, lambda place: 0, lambda place: location_row(self.shop, place), ("locations",))

    def _events(self, args: Mapping[str, Any]) -> dict[str, Any]:
        query, now = args.get("query") or "", int(self.shop.clock())
        condition, deletions = self._read("events", query), self.shop.deletions
        numbers = [
            number
            for number, deletion in enumerate(deletions)
            if deletion.at > now - YEAR_S and search.matches(condition, deletion, FILTERS["events"], now)
        ]
        if args.get("sortKey") == "CREATED_AT":
            numbers.sort(key=lambda number: (deletions[number].at, number))
            return self._page(numbers, args, lambda n: deletions[n].at, lambda n: event_row(deletions[n], n), ("events", query, "at"))
        return self._page(numbers, args, lambda _: 0, lambda n: event_row(deletions[n], n), ("events", query))

    def _count(self, kind: str, scope: str, args: Mapping[str, Any]) -> dict[str, Any]:
        self.needs(f"{kind}Count", scope)
        return _counted(len(self._numbers(kind, args.get("query") or "", "number")), args)

    def _variants_count(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.needs("productVariantsCount", "read_products")
        return _counted(len(self.shop.variant_numbers(VARIANTS, OFFERED)), args)

    def _page(
        self,
        numbers: Sequence[int],
        args: Mapping[str, Any],
        sort_value: Callable[[int], Any],
        node: Callable[[int], dict[str, Any]],
        question: object = None,
    ) -> dict[str, Any]:
        return connection(
            numbers, args=args, sort_value=sort_value, node=node, question=question, bends=self.bends, seed=self.shop.seed
        )  # fmt: skip


def _counted(count: int, args: Mapping[str, Any]) -> dict[str, Any]:
    limit = args.get("limit", 10_000)
    is_cut = limit is not None and count > limit
    return {"count": limit if is_cut else count, "precision": "AT_LEAST" if is_cut else "EXACT"}


def shop_gid(kind: str, number: int) -> str:
    """The id of a record by the sandbox's name of its kind."""
    return gid({"products": "Product", "orders": "Order", "customers": "Customer"}[kind], number)
