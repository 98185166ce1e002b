"""Reports 2021-06-30: asked for, made after some looks at it, and fetched from a place that takes no access token."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from integrations.sandbox.amazon.catalogue import Catalogue
from integrations.sandbox.amazon.refusal import Refusal, not_found
from integrations.sandbox.amazon.seller import MARKETPLACES, Seller, channel, is_fba
from integrations.sandbox.amazon.seller import time as stamp
from integrations.sandbox.contract import Answer, Call

REPORT_TYPES = ("GET_MERCHANT_LISTINGS_ALL_DATA",)
COLUMNS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "item-condition", "asin1", "product-id",
    "fulfillment-channel", "status",
)  # fmt: skip
URL_LIFE_S = 300
CHARSET = "Cp1252"


@dataclass(slots=True)
class Report:
    """One report; `looks` counts how often its status was asked."""

    report_id: str
    report_type: str
    created: float
    document: bytes = b""
    looks: int = 0
    status: str = "IN_QUEUE"


class Reports:
    """A seller's reports. A report is done at the `looks_needed`-th look at it; `ends_as` says how the next ones end."""

    def __init__(self, shop: Seller, catalogue: Catalogue) -> None:
        self._shop, self._catalogue = shop, catalogue
        self.looks_needed = 2
        self.ends_as = "DONE"
        self.is_packed = True
        self.made: dict[str, Report] = {}

    def create(self, call: Call, now: float) -> Answer:
        """202 with the id. Raises: Refusal."""
        try:
            wish = call.json()
            kind, markets = wish["reportType"], wish["marketplaceIds"]
        except (ValueError, KeyError, TypeError):
            raise Refusal(400, "InvalidInput", "Invalid Input", "reportType and marketplaceIds are required.") from None
        if kind not in REPORT_TYPES or MARKETPLACES[self._shop.spec.currency][0] not in markets:
            raise Refusal(400, "InvalidInput", "Invalid Input", "Unknown reportType or marketplaceIds.")
        report = Report(str(50_000_000_000 + len(self.made)), kind, now, document=self._document())
        self.made[report.report_id] = report
        return Answer.of({"reportId": report.report_id}, 202)

    def look(self, report_id: str) -> dict[str, Any]:
        """The status of a report. Raises: Refusal."""
        report = self.made.get(report_id)
        if report is None:
            raise not_found(f"Report with id {report_id} not found.")
        report.looks += 1
        report.status = self.ends_as if report.looks >= self.looks_needed else "IN_PROGRESS" if report.looks > 1 else "IN_QUEUE"
        content: dict[str, Any] = {
            "reportId": report.report_id,
            "reportType": report.report_type,
            "marketplaceIds": [MARKETPLACES[self._shop.spec.currency][0]],
            "createdTime": stamp(int(report.created)),
            "processingStatus": report.status,
        }
        return content | ({"reportDocumentId": f"amzn1.spdoc.1.4.eu.{report.report_id}"} if report.status == "DONE" else {})

    def document(self, call: Call, document_id: str, now: float) -> dict[str, Any]:
        """Where the document can be fetched for five minutes. Raises: Refusal."""
        report = self._of(document_id)
        signature = self._shop.secret(f"{report.report_id} {int(now)}", 40)
        url = f"{call.address}/_documents/{report.report_id}?X-Amz-Date={int(now)}&X-Amz-Expires={URL_LIFE_S}&X-Amz-Signature={signature}"
        packed = {"compressionAlgorithm": "GZIP"} if self.is_packed else {}
        return {"reportDocumentId": document_id, "url": url, **packed}

    def fetch(self, call: Call, report_id: str, now: float) -> Answer:
        """The document, as the storage behind Amazon gives it."""
        params = dict(parse_qsl(call.query_string))
        given = params.get("X-Amz-Date", "0")
        is_signed = params.get("X-Amz-Signature") == self._shop.secret(f"{report_id} {given}", 40)
        report = self.made.get(report_id)
        if "x-amz-access-token" in call.headers or "authorization" in call.headers:
            return _denied("InvalidArgument", 400)  # the storage takes one kind of credentials, and the address has them
        if report is None or not is_signed or not 0 <= now - int(given) <= URL_LIFE_S:
            return _denied("AccessDenied", 403)
        body = gzip.compress(report.document, mtime=0) if self.is_packed else report.document
        return Answer(200, body, {"Content-Type": f"text/plain;charset={CHARSET}"})

    def _of(self, document_id: str) -> Report:
        report = self.made.get(document_id.rpartition(".")[2])
        if report is None or report.status != "DONE" or not document_id.startswith("amzn1.spdoc."):
            raise not_found(f"Report document with id {document_id} not found.")
        return report

    def _document(self) -> bytes:
        lines = ["\t".join(COLUMNS)]
        for listing in self._catalogue.all():
            product = self._shop.products.get(listing.number)
            if product is None or (listing.variant is None and len(product.variants) > 1):
                continue  # parents are not for sale, and not in the report
            variant = next(one for one in product.variants if listing.variant in (None, one.number))
            fulfilled = channel(self._shop.spec.currency) if is_fba(listing.number) else "DEFAULT"
            cells = {
                "item-name": product.title,
                "item-description": product.description,
                "listing-id": f"L{listing.number}",
                "seller-sku": listing.sku,
                "price": variant.price,
                "quantity": "" if is_fba(listing.number) else str(max(variant.stock[0], 0)),
                "open-date": stamp(listing.created),
                "item-condition": "11",
                "fulfillment-channel": fulfilled,
                "status": "Active" if product.status in {"active", "unlisted"} else "Inactive",
            }
            lines.append("\t".join(" ".join(cells.get(name, "").split("\t")) for name in COLUMNS))
        return ("\r\n".join(lines) + "\r\n").encode(CHARSET, "replace")


def _denied(code: str, status: int) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})
