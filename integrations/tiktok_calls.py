"""TikTok Shop's endpoints, each with its own version in its path; answers are unwrapped from their envelope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from integrations.connector import Row
from integrations.errors import ContractBroken, NotThere, PaginationNotAdvancing, ScopeMissing
from integrations.http_session import Answer, HttpSession
from integrations.tiktok_errors import UnknownCode, says_gone, scope_of

SHOPS = "/authorization/202309/shops"
PRODUCTS = "/product/202502/products/search"
PRODUCT = "/product/202309/products/{}"
INVENTORY = "/product/202309/inventory/search"
ORDERS = "/order/202309/orders/search"
ORDER_DETAILS = "/order/202507/orders"
RETURNS = "/return_refund/202602/returns/search"
CANCELLATIONS = "/return_refund/202602/cancellations/search"
WAREHOUSES = "/logistics/202309/warehouses"
REFRESH = "/api/v2/token/refresh"

MOST_ORDER_IDS = 50  # of order details; taken for the searches of returns too, whose limit is not documented (unverified)
AFTERSALES_PAGE = 50

Params = Mapping[str, str | int]


class TikTokCalls:
    """Calls of one shop. `cipher` names the shop in each call but the one that finds it out."""

    def __init__(self, http: HttpSession, cipher: Callable[[], str]) -> None:
        self._http = http
        self._cipher = cipher

    def shops(self) -> list[Row]:
        """The shops that the seller authorised the app for."""
        return self._rows(SHOPS, self._data(SHOPS, lambda: self._http.get(SHOPS)), "shops")

    def search(self, path: str, body: Mapping[str, Any], params: Params) -> Mapping[str, Any]:
        """One page of a search: its `data`. Values that are empty are left out of the query."""
        given = {name: value for name, value in {**params, "shop_cipher": self._cipher()}.items() if value != ""}
        return self._data(path, lambda: self._http.post_json(path, body, params=given))

    def product(self, product_id: str) -> Row:
        """A product with its description and its SKUs' attributes. Raises: NotThere."""
        path = PRODUCT.format(product_id)
        try:
            return dict(self._data(path, lambda: self._http.get(path, {"shop_cipher": self._cipher()})))
        except UnknownCode as error:
            if not says_gone("product", error.says):
                raise
            raise NotThere(str(error)) from None

    def inventory(self, ids: Sequence[str], by: str) -> list[Row]:
        """The stock of at most 100 products (`by` "product_ids") or 600 SKUs ("sku_ids")."""
        return self._rows(INVENTORY, self.search(INVENTORY, {by: list(ids)}, {}), "inventory") if ids else []

    def orders(self, ids: Sequence[str]) -> list[Row]:
        """Orders by id, as the search gives them; those that do not exist are left out."""
        return [row for some in _chunks(ids, MOST_ORDER_IDS) for row in self._some_orders(some)]

    def warehouses(self) -> list[Row]:
        """The places that hold stock."""
        return self._rows(
            WAREHOUSES, self._data(WAREHOUSES, lambda: self._http.get(WAREHOUSES, {"shop_cipher": self._cipher()})), "warehouses"
        )

    def of_orders(self, path: str, key: str, ids: Sequence[str]) -> list[Row]:
        """All returns, or all cancellations, of these orders."""
        return [row for some in _chunks(ids, MOST_ORDER_IDS) for row in self._all(path, key, {"order_ids": some})]

    def _some_orders(self, ids: Sequence[str]) -> list[Row]:
        query: Params = {"ids": ",".join(ids), "shop_cipher": self._cipher()}
        try:
            return self._rows(ORDER_DETAILS, self._data(ORDER_DETAILS, lambda: self._http.get(ORDER_DETAILS, query)), "orders")
        except UnknownCode as error:
            if len(ids) == 1 and says_gone("order", error.says):
                return []
            raise  # of many orders it does not say which

    def _all(self, path: str, key: str, body: Mapping[str, Any]) -> Iterator[Row]:
        token, seen = "", {""}
        while True:
            data = self.search(path, body, {"page_size": AFTERSALES_PAGE, "page_token": token})
            yield from self._rows(path, data, key)
            token = data.get("next_page_token") or ""
            if not token:
                return
            if token in seen:
                raise PaginationNotAdvancing(f"{self._http.what} {path}: the same page token came twice.", hint="Try again.")
            seen.add(token)

    def _data(self, path: str, ask: Callable[[], Answer]) -> Mapping[str, Any]:
        try:
            data = ask().json.get("data")
        except ScopeMissing as error:
            scope = error.scope or scope_of(path)
            raise ScopeMissing(
                str(error), scope=scope, hint=f"Give the app the permission {scope} and let the seller authorise it again."
            ) from None
        if data is None:
            return {}
        if not isinstance(data, dict):
            raise ContractBroken(f"{self._http.what} {path}: data is no object.", hint="Report it; the platform may have changed.")
        return data

    def _rows(self, path: str, data: Mapping[str, Any], key: str) -> list[Row]:
        return rows_of(self._http.what, path, data, key)


def rows_of(what: str, path: str, data: Mapping[str, Any], key: str) -> list[Row]:
    """The list `key` of an answer; TikTok leaves out empty ones. Raises: ContractBroken."""
    rows = data.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContractBroken(f"{what} {path}: {key} is no list of objects.", hint="Report it; the platform may have changed.")
    return rows


def _chunks(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    return (list(ids[start : start + size]) for start in range(0, len(ids), size))
