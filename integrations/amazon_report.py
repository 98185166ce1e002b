"""The report GET_MERCHANT_LISTINGS_ALL_DATA: every SKU that a seller has in a marketplace, asked for, waited for and read.

It ends in one of three ways: with rows, proven empty (a whole document that has its header and no more), or not known
(cancelled, failed, cut off, without the column), which is an error and moves no cursor. The rows themselves are asked for
by SKU, so that a product reads the same whichever way it was found.

Cursors: {"report": ""} asks for one, {"report": id} waits for it, {"report": id, "document": id, "at": n} reads from SKU n on;
"tries" counts reports that came to nothing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from integrations.amazon_calls import CREATE_REPORT, GET_DOCUMENT, GET_REPORT, AmazonCalls
from integrations.connector import Cursor
from integrations.download import Download, open_download
from integrations.errors import ContractBroken, NotThere, RateLimited, Unavailable

API = "/reports/2021-06-30"
REPORT_TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"
SKU_COLUMNS = ("seller-sku", "出品者SKU")  # the header's words; in Japan they are Japanese (unverified)
BLOCK = 20  # SKUs of a page: one question to searchListingsItems
POLL_S = 30.0
TRIES = 3
_MAX_BYTES = 2_000_000_000  # on the wire, packed
_MAX_LINE = 4_000_000


class AllListings:
    """The report of one seller and marketplace. The SKUs of the last document are kept, in blocks, so that pages do not fetch it anew."""

    def __init__(self, calls: AmazonCalls, marketplace_id: str) -> None:
        self._calls, self._marketplace_id = calls, marketplace_id
        self._document = ""
        self._blocks: list[str] = []

    @staticmethod
    def begin() -> Cursor:
        """The cursor that asks for a report."""
        return {"report": "", "tries": 0}

    def page(self, cursor: Cursor) -> tuple[list[str], Cursor, bool]:
        """Some SKUs, where to go on, and whether there is more.

        Raises: RateLimited while the report is not ready; Unavailable when it comes to nothing; any IntegrationError but Unmappable.
        """
        if not cursor["report"]:
            body = {"reportType": REPORT_TYPE, "marketplaceIds": [self._marketplace_id]}
            made = self._calls.post(CREATE_REPORT, f"{API}/reports", body)
            return [], {"report": str(made["reportId"]), "tries": cursor["tries"]}, True
        if "document" not in cursor:
            return [], self._awaited(cursor), True
        try:
            self._read(cursor["document"])
        except NotThere:  # kept for 90 days
            return [], self._again(cursor, "its document is gone"), True
        at = cursor["at"]
        skus = self._blocks[at].split("\t") if at < len(self._blocks) else []
        return skus, {**cursor, "at": at + 1}, at + 1 < len(self._blocks)

    def _awaited(self, cursor: Cursor) -> Cursor:
        try:
            report = self._calls.get(GET_REPORT, f"{API}/reports/{cursor['report']}")
        except NotThere:
            report = {"processingStatus": "gone"}
        status = report.get("processingStatus")
        if status in ("IN_QUEUE", "IN_PROGRESS"):
            raise RateLimited(f"{self._calls.what} is still preparing the list of all listings.", retry_after_s=POLL_S)
        if status == "DONE" and report.get("reportDocumentId"):
            return {**cursor, "document": str(report["reportDocumentId"]), "at": 0}
        # CANCELLED may mean that there is no data, but a report is asked for only where there are listings: not known.
        return self._again(cursor, str(status))

    def _again(self, cursor: Cursor, why: str) -> Cursor:
        if cursor["tries"] + 1 >= TRIES:
            raise Unavailable(f"{self._calls.what} did not make the list of all listings ({why}, {TRIES} times).", hint="Try again later.")
        return {"report": "", "tries": cursor["tries"] + 1}

    def _read(self, document: str) -> None:
        if document == self._document:
            return
        told = self._calls.get(GET_DOCUMENT, f"{API}/documents/{document}")
        is_packed = told.get("compressionAlgorithm") == "GZIP"
        access = self._calls.access
        blocks: list[str] = []
        some: list[str] = []
        with open_download(
            self._calls.what, str(told["url"]), limits=access.limits, max_bytes=_MAX_BYTES, allow_private=access.allow_private
        ) as file:  # fmt: skip
            for sku in self._skus(file, is_packed=is_packed):
                some.append(sku)
                if len(some) == BLOCK:
                    blocks.append("\t".join(some))
                    some = []
        self._blocks, self._document = [*blocks, *(["\t".join(some)] if some else [])], document

    def _skus(self, file: Download, *, is_packed: bool) -> Iterator[str]:
        charset = _charset(file.content_type)
        lines = self._lines(self._unpacked(file.pieces) if is_packed else file.pieces)
        header = _decoded(next(lines, b""), charset).lstrip("\ufeff").split("\t")
        place = next((header.index(name) for name in SKU_COLUMNS if name in header), None)
        if place is None:
            raise Unavailable(
                f"{self._calls.what}: the list of all listings has no column {SKU_COLUMNS[0]}.", hint="Try again; then report it."
            )
        for line in lines:
            cells = _decoded(line, charset).split("\t")
            if len(cells) > place and cells[place]:
                yield cells[place]

    def _unpacked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        unpack = zlib.decompressobj(wbits=31)
        try:
            for piece in pieces:
                while piece:
                    yield unpack.decompress(piece, 1_000_000)
                    piece = unpack.unconsumed_tail
        except zlib.error:
            raise Unavailable(f"{self._calls.what}: the list of all listings cannot be unpacked.", hint="Try again later.") from None
        if not unpack.eof:
            raise Unavailable(f"{self._calls.what}: the list of all listings came cut off.", hint="Try again later.")

    def _lines(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line.rstrip(b"\r") for line in whole)
            if len(rest) > _MAX_LINE:
                raise ContractBroken(f"{self._calls.what}: the list of all listings has a line without an end.", hint="Report it.")
        if rest.strip():
            yield rest.rstrip(b"\r")


def _charset(content_type: str) -> str | None:
    found = re.search(r"charset=\"?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        return None if found is None or "".encode(found.group(1)) else found.group(1)
    except LookupError:
        return None


def _decoded(line: bytes, charset: str | None) -> str:
    # Amazon names the charset of each document; without one UTF-8 is tried first, since Western texts in it rarely pass by chance.
    for name in (charset, "utf-8"):
        try:
            return line.decode(name) if name else line.decode()
        except UnicodeDecodeError:
            continue
    return line.decode("cp1252", "replace")
