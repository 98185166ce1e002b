"""A Shopify shop's HTTP side: versions, tokens, throttling and GraphQL over POST."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.shop import Shop, ShopSpec
from integrations.sandbox.shopify.bulk import Bulk
from integrations.sandbox.shopify.cost import SINGLE_QUERY_MAX, Bill, Bucket
from integrations.sandbox.shopify.graph import Graph, shop_gid
from integrations.sandbox.shopify.ids import TYPES, number_of
from integrations.sandbox.shopify.schema import SCHEMA
from integrations.sandbox.shopify.tokens import Tokens

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
GRAPHQL = re.compile(r"/admin/api/(\d{4}-\d{2}|unstable)/graphql\.json")
SCOPES = frozenset({"read_products", "read_inventory", "read_locations", "read_orders", "read_all_orders", "read_customers"})
STREAMS = {
    "products": "products", "product": "products", "productVariants": "products",
    "orders": "orders", "order": "orders",
    "customers": "customers", "customer": "customers",
    "inventoryItems": "inventory", "inventoryItem": "inventory", "locations": "inventory", "location": "inventory",
    "productsCount": "count", "productVariantsCount": "count", "ordersCount": "count", "customersCount": "count",
    "bulkOperation": "bulk", "bulkOperations": "bulk", "bulkOperationRunQuery": "bulk",
    "shop": "identity", "currentAppInstallation": "identity", "events": "events",
}  # fmt: skip
LIMITS_PAGE = "https://shopify.dev/api/usage/rate-limits"
TOO_COSTLY = """Query cost is {cost}, which exceeds the single query max cost limit ({limit}).

See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the
cost of a query is calculated.

To query larger amounts of data with fewer limits, bulk operations should be used instead.
See https://shopify.dev/api/usage/bulk-operations/queries for usage details.
"""


class Shopify(Door):
    """A shop behind the Admin API."""

    impossible: ClassVar[Mapping[str, str]] = {}

    def __init__(self, spec: ShopSpec, now: int) -> None:
        self.shop = Shop(
            spec,
            now=now,
            locations=["Hamburg warehouse", "Shop floor"],
            id_of=shop_gid,
            number_of=_number_of,
            has_broken_prices=False,  # Money is always a number there
            foreign_currencies=False,  # an order is in the shop's currency; what the buyer saw is beside it
            stock_moves_product=False,
            left_out=("trashed", "draft"),
        )
        self.scopes = set(SCOPES)
        self.tokens = Tokens(self.shop.secret, lambda: self.shop.clock())
        self.bulk = Bulk(self.shop.secret("bulk", 32), lambda: self.shop.clock())
        self._buckets: dict[str, Bucket] = {}

    def credentials(self) -> dict[str, str]:
        """A fixed token, and a client that may ask for short ones."""
        return {
            "access_token": self.tokens.fixed,
            "client_id": self.tokens.client_id,
            "client_secret": self.tokens.client_secret,
        }

    def stream_of(self, call: Call) -> str:
        """By the first field of the query that names one."""
        if call.path == "/admin/oauth/access_token":
            return "token"
        if call.path.startswith("/bulk/"):
            return "bulk"
        try:
            document = _parsed(call.json()["query"])
        except (ValueError, KeyError, TypeError, GraphQLError):
            return ""
        fields = [
            field for one in document.definitions if isinstance(one, OperationDefinitionNode) for field in one.selection_set.selections
        ]
        names = [field.name.value for field in fields if hasattr(field, "name")]
        return next((STREAMS[name] for name in names if name in STREAMS), "")

    def expire(self) -> None:
        """End the tokens that were exchanged for the client's secret."""
        self.tokens.expire()

    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """THROTTLED with HTTP 200; with `retry_after_s` HTTP 429, as the edge in front of the API sometimes answers."""
        if retry_after_s is not None:
            headers = {"Retry-After": f"{retry_after_s:g}"}
            return Answer.of({"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume."}, 429, headers)
        return self._throttled(SINGLE_QUERY_MAX, self.bucket(call.headers.get("x-shopify-access-token", "")))

    def failure(self, status: int) -> Answer:
        """Refusals below 500 are JSON whose `errors` is a text, e.g. 402, 403, 423."""
        return Answer.of({"errors": HTTPStatus(status).phrase}, status) if status < 500 else super().failure(status)

    def respond(self, call: Call) -> Answer:
        """Token exchange or a GraphQL query."""
        if call.path == "/admin/oauth/access_token" and call.method == "POST":
            form = call.json() if "json" in call.headers.get("content-type", "") else dict(parse_qsl(call.body.decode()))
            return self.tokens.exchange(form, self.scopes)
        if call.path.startswith("/bulk/") and call.method == "GET":
            return self.bulk.file(call)
        found = GRAPHQL.fullmatch(call.path)
        if found is None:
            return Answer.of({"errors": "Not Found"}, 404)
        token = call.headers.get("x-shopify-access-token", "")
        if self.is_revoked or not self.tokens.opens(token):
            return Answer.of({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)
        version = found.group(1)
        if version > VERSIONS[-1] and version != "unstable":
            return Answer.of({"errors": "Not Found"}, 404)
        if call.method != "POST":
            return Answer.of({"errors": "Method Not Allowed"}, 405)
        answer = self._query(call, self.bucket(token))
        answer.headers["X-Shopify-API-Version"] = version if version in VERSIONS or version == "unstable" else VERSIONS[0]
        return answer

    def bucket(self, token: str) -> Bucket:
        """What is left of a token's points."""
        if token not in self._buckets:
            self._buckets[token] = Bucket(self.shop.spec.plan, lambda: self.shop.clock())
        return self._buckets[token]

    def _query(self, call: Call, bucket: Bucket) -> Answer:
        try:
            content = call.json()
            text, variables = content["query"], content.get("variables") or {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return Answer.of({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        try:
            document = _parsed(text)
        except GraphQLSyntaxError as error:
            return Answer.of({"errors": [error.formatted]})
        wrong = _validated(text)
        operation = get_operation_ast(document, content.get("operationName"))
        if wrong or operation is None:
            return Answer.of({"errors": wrong or [{"message": "An operation name is required"}]})
        bill = Bill(SCHEMA, document, operation, variables)
        cost = bill.requested()
        if cost > SINGLE_QUERY_MAX:
            return self._too_costly(cost)
        if cost > bucket.available + 1e-6:  # a client that waited exactly long enough is let in
            return self._throttled(cost, bucket)
        graph = Graph(self.shop, self.scopes, call.bends)
        root = {**graph.root(), **self.bulk.root(graph, call.address)}
        result = execute_sync(
            SCHEMA, document, root, graph, variable_values=variables, operation_name=content.get("operationName")
        )  # fmt: skip
        actual = bill.actual(result.data)
        bucket.take(actual)
        charged = {"requestedQueryCost": cost, "actualQueryCost": actual, "throttleStatus": bucket.status()}
        extensions: dict[str, Any] = {"cost": charged} | ({"search": graph.warnings} if graph.warnings else {})
        errors = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
        return Answer.of({"data": result.data, **errors, "extensions": extensions})

    @staticmethod
    def _too_costly(cost: int) -> Answer:
        error = {
            "message": TOO_COSTLY.format(cost=cost, limit=SINGLE_QUERY_MAX),
            "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": SINGLE_QUERY_MAX, "documentation": LIMITS_PAGE},
        }
        return Answer.of({"errors": [error]})

    @staticmethod
    def _throttled(cost: int, bucket: Bucket) -> Answer:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS_PAGE}}
        charged = {"requestedQueryCost": cost, "actualQueryCost": None, "throttleStatus": bucket.status()}
        return Answer.of({"errors": [error], "extensions": {"cost": charged}})


@lru_cache(maxsize=256)
def _parsed(text: str) -> DocumentNode:
    return parse(text)


@lru_cache(maxsize=256)
def _validated(text: str) -> list[dict[str, Any]]:
    """What Shopify says about a query that does not fit its schema."""
    return [_worded(error) for error in validate(SCHEMA, _parsed(text))]


def _worded(error: GraphQLError) -> dict[str, Any]:
    found = re.match(r"Cannot query field '(\w+)' on type '(\w+)'", error.message)
    if not found:
        return {**error.formatted, "extensions": {"code": "argumentLiteralsIncompatible"}}
    field, kind = found.groups()
    return {
        "message": f"Field '{field}' doesn't exist on type '{kind}'",
        "locations": [{"line": place.line, "column": place.column} for place in error.locations or ()],
        "extensions": {"code": "undefinedField", "typeName": kind, "fieldName": field},
    }


def _number_of(kind: str, text: str) -> int:
    number = number_of(TYPES[kind], text)
    if number is None:
        raise KeyError(text)
    return number
