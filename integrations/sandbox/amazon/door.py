"""The routes of a seller's Selling Partner API, with Login with Amazon and the report storage below the same address."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from integrations.sandbox.amazon import lwa, orders, stock
from integrations.sandbox.amazon.catalogue import Catalogue
from integrations.sandbox.amazon.limits import Quotas
from integrations.sandbox.amazon.listings import Listings
from integrations.sandbox.amazon.refusal import Refusal, invalid, no_role, not_found, quota
from integrations.sandbox.amazon.reports import Reports
from integrations.sandbox.amazon.seller import MARKETPLACES, SETTLED_S, Seller, number_of, record_id
from integrations.sandbox.chance import hexadecimal
from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.shop import ShopSpec

PEOPLE = "Direct-to-Consumer Shipping"  # the role for buyers' data
ROUTES = (  # method, path, operation, role
    ("GET", r"/orders/2026-01-01/orders", "searchOrders", "Inventory and Order Tracking"),
    ("GET", r"/orders/2026-01-01/orders/([^/]+)", "getOrder", "Inventory and Order Tracking"),
    ("GET", r"/listings/2021-08-01/items/([^/]+)", "searchListingsItems", "Product Listing"),
    ("GET", r"/listings/2021-08-01/items/([^/]+)/(.+)", "getListingsItem", "Product Listing"),
    ("GET", r"/fba/inventory/v1/summaries", "getInventorySummaries", "Amazon Fulfillment"),
    ("POST", r"/reports/2021-06-30/reports", "createReport", "Product Listing"),
    ("GET", r"/reports/2021-06-30/reports/([^/]+)", "getReport", "Product Listing"),
    ("GET", r"/reports/2021-06-30/documents/([^/]+)", "getReportDocument", "Product Listing"),
)
Work = Callable[..., Any]


class Amazon(Door):
    """A seller in one marketplace, which the currency chooses. With the plan "documented" the usage plans are Amazon's defaults."""

    impossible: ClassVar[Mapping[str, str]] = {}

    def __init__(self, spec: ShopSpec, now: int) -> None:
        if spec.currency not in MARKETPLACES:
            raise ValueError(f"the sandbox's Amazon sells in {', '.join(MARKETPLACES)}, not in {spec.currency}")
        self.clock: Callable[[], float] = time.time
        # What happens is dated two minutes back: Amazon tells no order that changed later, and a test need not wait for it.
        self.shop: Seller = Seller(
            spec,
            now=now - SETTLED_S,
            locations=["Fulfilment"],
            id_of=record_id,
            number_of=number_of,
            has_broken_prices=False,
            foreign_currencies=False,
            stock_moves_product=False,
            left_out=("trashed", "draft"),
            clock=lambda: self.clock() - SETTLED_S,
        )
        self.scopes = {role for _, _, _, role in ROUTES} | {PEOPLE}
        self.lwa = lwa.Lwa(self.shop.secret)
        self.quotas = Quotas(spec.plan)
        catalogue = Catalogue(self.shop)
        self.listings, self.reports = Listings(self.shop, catalogue), Reports(self.shop, catalogue)
        self.fba_page = stock.PAGE
        self.seller_id = "A" + self.shop.secret("seller", 13).upper()
        self._requests = 0
        self._work: dict[str, Work] = {
            "searchOrders": lambda call: orders.search(self.shop, call, self.clock(), may_see_people=PEOPLE in self.scopes),
            "getOrder": lambda call, order_id: orders.one(self.shop, call, order_id, may_see_people=PEOPLE in self.scopes),
            "searchListingsItems": lambda call, seller: self._listings_of(seller).search(call),
            "getListingsItem": lambda call, seller, sku: self._listings_of(seller).one(call, sku),
            "getInventorySummaries": lambda call: stock.summaries(self.shop, catalogue, call, self.clock(), page=self.fba_page),
            "createReport": lambda call: self.reports.create(call, self.clock()),
            "getReport": lambda call, report_id: self.reports.look(report_id),
            "getReportDocument": lambda call, document_id: self.reports.document(call, document_id, self.clock()),
        }

    def credentials(self) -> dict[str, str]:
        """The application, the seller's authorisation of it, and where the seller sells."""
        return {
            "client_id": self.lwa.client_id,
            "client_secret": self.lwa.client_secret,
            "refresh_token": self.lwa.refresh_token,
            "seller_id": self.seller_id,
            "marketplace_id": MARKETPLACES[self.shop.spec.currency][0],
        }

    def stream_of(self, call: Call) -> str:
        """Lists of listings are products when they ask for attributes, else inventory."""
        if call.path == lwa.PATH:
            return "token"
        if call.path.startswith("/orders/"):
            return "orders"
        if call.path.startswith("/fba/"):
            return "inventory"
        if not re.fullmatch(ROUTES[2][1], call.path):
            return ""
        if call.params.get("pageSize") == "1":
            return "identity"
        return "products" if "attributes" in call.params.get("includedData", "") else "inventory"

    def expire(self) -> None:
        """See Door."""
        self.lwa.expire()

    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """QuotaExceeded; Amazon promises no Retry-After, and sends no rate with it."""
        answer = quota().answer
        answer.headers |= {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
        return answer

    def failure(self, status: int) -> Answer:
        """An error of Amazon's own is JSON."""
        code = "ServiceUnavailable" if status == 503 else "InternalFailure"
        return Refusal(status, code, "We encountered an internal error. Please try again.").answer

    def respond(self, call: Call) -> Answer:
        """In Amazon's order: token, route, role, quota, then the work."""
        now = self.clock()
        if call.path == lwa.PATH and call.method == "POST":
            return self.lwa.answer(dict(parse_qsl(call.body.decode())), now, is_revoked=self.is_revoked)
        if call.path.startswith("/_documents/"):
            return self.reports.fetch(call, call.path.rpartition("/")[2], now)
        self._requests += 1
        operation = ""
        try:
            self.lwa.check(call.headers.get("x-amz-access-token", ""), now, is_revoked=self.is_revoked)
            if not call.headers.get("user-agent"):
                raise invalid("The User-Agent header is required.")
            operation, role, groups = self._route(call)
            if role not in self.scopes:
                raise no_role()
            self.quotas.take(operation, now)
            done = self._work[operation](call, *groups)
            answer = done if isinstance(done, Answer) else Answer.of(done)
        except Refusal as refusal:
            answer = refusal.answer
        answer.headers["x-amzn-RequestId"] = hexadecimal(32, self.shop.seed, self._requests)
        if operation and answer.status in (200, 202, 400, 404):
            answer.headers["x-amzn-RateLimit-Limit"] = self.quotas.told(operation)
        return answer

    @staticmethod
    def _route(call: Call) -> tuple[str, str, tuple[str, ...]]:
        for method, pattern, operation, role in ROUTES:
            found = re.fullmatch(pattern, call.path, re.DOTALL)
            if found and method == call.method:
                return operation, role, found.groups()
        raise not_found("The requested resource doesn't exist.")

    def _listings_of(self, seller_id: str) -> Listings:
        if seller_id != self.seller_id:
            raise invalid("Invalid sellerId.")
        return self.listings
