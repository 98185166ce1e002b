"""eBay's OpenAPI documents, sharpened by what their texts say, and a listener that holds every call to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from integrations.sandbox.visits import Visits
from tests.contracts import Contract, Spoken, contract_file

FILES = {
    "/sell/inventory/v1": "sell_inventory_v1_oas3.json",
    "/sell/fulfillment/v1": "sell_fulfillment_v1_oas3.json",
    "/developer/analytics/v1_beta": "developer_analytics_v1_beta_oas3.json",
}
NUMBER_TO_200 = r"^([1-9]|[1-9]\d|1\d\d|200)$"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
# The documents have no enums, no patterns and no limits of their own: these stand in their texts.
PATTERNS = {
    ("/inventory_item", "limit"): NUMBER_TO_200,
    ("/inventory_item", "offset"): r"^\d+$",
    ("/offer", "sku"): r"^.{1,50}$",
    ("/order", "limit"): NUMBER_TO_200,
    ("/order", "offset"): r"^\d+$",
    ("/order", "filter"): rf"^(lastmodifieddate|creationdate):\[{TIME}\.\.({TIME})?\]$",
    ("/order", "fieldGroups"): r"^TAX_BREAKDOWN$",
}
ENUMS = {
    ("EbayOfferDetailsWithAll", "status"): ["PUBLISHED", "UNPUBLISHED"],
    ("EbayOfferDetailsWithAll", "format"): ["AUCTION", "FIXED_PRICE"],
    ("Order", "orderFulfillmentStatus"): ["NOT_STARTED", "IN_PROGRESS", "FULFILLED"],
    ("LineItem", "lineItemFulfillmentStatus"): ["NOT_STARTED", "IN_PROGRESS", "FULFILLED"],
    ("Order", "orderPaymentStatus"): ["FAILED", "FULLY_REFUNDED", "PAID", "PARTIALLY_REFUNDED", "PENDING"],
    ("CancelStatus", "cancelState"): ["CANCELED", "IN_PROGRESS", "NONE_REQUESTED"],
    ("OrderRefund", "refundStatus"): ["FAILED", "PENDING", "REFUNDED"],
    ("Error", "category"): ["APPLICATION", "BUSINESS", "REQUEST"],
}
ALWAYS_THERE = {
    "Order": ["orderId", "lineItems", "cancelStatus", "paymentSummary"],
    "LineItem": ["lineItemId", "taxes", "refunds", "appliedPromotions"],
    "CancelStatus": ["cancelState", "cancelRequests"],
    "PaymentSummary": ["payments", "refunds"],
    "Amount": ["value", "currency"],
}
TOKEN_ANSWER = {"access_token", "expires_in", "token_type"}
ERROR_KEYS = {"errorId", "domain", "subdomain", "category", "message", "longMessage", "inputRefIds", "outputRefIds", "parameters"}


def contracts() -> dict[str, Contract]:
    """The documents by base path; skips where they are absent."""
    found = {}
    for base, name in FILES.items():
        document = json.loads(contract_file(f"ebay/{name}").read_text(encoding="utf-8"))
        schemas = document["components"]["schemas"]
        for (path, parameter), pattern in PATTERNS.items():
            for each in document["paths"].get(path, {}).get("get", {}).get("parameters", ()):
                if each["name"] == parameter:
                    each["schema"]["pattern"] = pattern
                    each["required"] = (path, parameter) == ("/offer", "sku")  # "required", says the text
        for (schema, field), values in ENUMS.items():
            if field in schemas.get(schema, {}).get("properties", {}):
                schemas[schema]["properties"][field]["enum"] = values
        for schema, fields in ALWAYS_THERE.items():
            if schema in schemas:
                schemas[schema]["required"] = fields
        for schema in ("Product", "InventoryItemGroup"):  # called a string, but an object in eBay's own samples
            if "aspects" in schemas.get(schema, {}).get("properties", {}):
                values = {"type": "array", "items": {"type": "string"}}
                schemas[schema]["properties"]["aspects"] = {"type": "object", "additionalProperties": values}
        found[base] = Contract(document, base=base)
    return found


@contextmanager
def listening(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Spoken]]:
    """What is said to a shop by `requests` while the block runs, one call at a time, and what it answers."""
    spoken: list[Spoken] = []
    answers = []
    door, send = visits.door, requests.Session.send
    base = f"/{door.shop.spec.platform}/{door.shop.spec.name}"

    def answering(call, *, respond=door.respond):
        answers.append(respond(call))
        return answers[-1]

    def sending(session, request, **options):
        got = send(session, request, **options)
        target, answer = urlsplit(request.url), answers.pop()
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = tuple(parse_qsl(target.query, keep_blank_values=True))
        path = target.path.removeprefix(base)
        spoken.append(Spoken(request.method, path, query, headers, body, answer.status, answer.body, answer.headers))
        return got

    with monkeypatch.context() as patch:
        patch.setattr(door, "respond", answering)
        patch.setattr(requests.Session, "send", sending)
        yield spoken


def check_all(spoken: list[Spoken]) -> None:
    """Fails unless each call and each answer is as eBay's documents and guides say."""
    documents = contracts()
    for each in spoken:
        if each.path == "/identity/v1/oauth2/token":
            check_token(each)
            continue
        base = next(base for base in documents if each.path.startswith(base))
        documents[base].check_call(each)
        assert each.headers["authorization"].startswith("Bearer v^1.1#")
        if each.status < 400:
            documents[base].check_answer(each)
        else:
            check_errors(each)


def check_token(each: Spoken) -> None:
    """The token endpoint stands in a guide, not in a document."""
    assert each.method == "POST"
    assert not each.query
    assert each.headers["authorization"].startswith("Basic ")
    assert each.headers["content-type"].partition(";")[0] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(each.body.decode(), strict_parsing=True))
    wanted = {"refresh_token": {"grant_type", "refresh_token"}, "client_credentials": {"grant_type", "scope"}}[form["grant_type"]]
    assert wanted <= set(form) <= wanted | {"scope"}
    answer = json.loads(each.answer)
    assert set(answer) == (TOKEN_ANSWER if each.status == 200 else {"error", "error_description"})


def check_errors(each: Spoken) -> None:
    """An error's body, which the documents know as the schema Error only."""
    content = json.loads(each.answer)
    assert set(content) == {"errors"}
    for error in content["errors"]:
        assert set(error) <= ERROR_KEYS
        assert isinstance(error["errorId"], int)
        assert error["category"] in ENUMS["Error", "category"]
