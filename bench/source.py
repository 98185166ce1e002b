"""One shop for all contestants: `python -m bench.source COUNT` serves COUNT products, each with two variants, as Shopify's GraphQL does.

Rows are made beforehand and joined, so that the shop is not the limit. The first line that it prints is its address.
`GET /change?every=100` changes each hundredth product, `GET /latency?ms=50` slows each page.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

PAGE = 250
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
_TEXT = "Loose leaf from the first flush of spring, packed at the dock and counted twice. " * 4
_VARIANT = (
    '{"id":"gid://shopify/ProductVariant/%d","title":"%s","sku":"SKU-%d","barcode":null,"price":"%d.90","compareAtPrice":"%d.90","inventoryQuantity":%d,'
    '"position":%d,"updatedAt":"%s","inventoryItem":{"id":"gid://shopify/InventoryItem/%d","tracked":true}}'
)
_PRODUCT = (
    '{"id":"gid://shopify/Product/%d","title":"Product %d","descriptionHtml":"<p>'
    + _TEXT
    + '</p>","status":"ACTIVE","vendor":"Harbour Tea",'
    '"productType":"Tea %d","createdAt":"2025-01-01T00:00:00Z","updatedAt":"%s","totalInventory":%d,"tracksInventory":true,'
    '"category":{"fullName":"Food > Tea"},"variants":{"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[%s]}}'
)
_KEPT = 120_000  # rows kept as bytes; a longer list is rendered as it is asked for
_IDENTITY = {
    "shop": {"name": "Bench", "myshopifyDomain": "bench.myshopify.com", "currencyCode": "EUR"},
    "currentAppInstallation": {"accessScopes": [{"handle": "read_products"}]},
}
_CHANGEABLE = re.compile(rb'"after": ?"(\d+)"')
_FIRST = re.compile(rb'"first": ?(\d+)')


def row(number: int, second: int, edition: int = 0) -> bytes:
    """One product; `second` is when it was changed, counted from BEGAN."""
    at = (BEGAN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    price, stock = 3 + (number + edition) % 90, (number + edition) % 50
    variants = ",".join(
        _VARIANT % (2 * number + place, title, 2 * number + place, price + place, price + 4, stock, place + 1, at, 2 * number + place)
        for place, title in enumerate(("100 g", "250 g"))
    )
    return (_PRODUCT % (number, number, number % 20, at, 2 * stock, variants)).encode()


class Shop:
    """The rows in the order of their change."""

    def __init__(self, count: int) -> None:
        self.latency_s = 0.0
        self._edition = 0
        self._rows = [(second, second + 1, 0) for second in range(count)]  # (changed at, id, edition)
        self._bytes = self._rendered(0, count) if count <= _KEPT else []

    def _rendered(self, start: int, end: int) -> list[bytes]:
        return [row(number, second, edition) for second, number, edition in self._rows[start:end]]

    def change(self, every: int) -> None:
        """Give each `every`th product another price and stock, and move it to the end of the list, as a change does."""
        self._edition += 1
        last = self._rows[-1][0]
        chosen = [one[1] for one in self._rows if one[1] % every == 0]
        self._rows = [one for one in self._rows if one[1] % every]
        self._rows += [(last + 1 + place, number, self._edition) for place, number in enumerate(chosen)]
        if self._bytes:
            self._bytes = self._rendered(0, len(self._rows))

    def graphql(self, body: bytes) -> bytes:
        """The answer to a query: the shop, its number of products, or a page of them."""
        if b"accessScopes" in body:
            return json.dumps({"data": _IDENTITY}).encode()
        if b"productsCount" in body:
            return b'{"data":{"productsCount":{"count":%d,"precision":"EXACT"},"count":{"count":%d,"precision":"EXACT"}}}' % (
                len(self._rows),
                len(self._rows),
            )
        after, first = _CHANGEABLE.search(body), _FIRST.search(body)
        start, size = int(after[1]) if after else 0, int(first[1]) if first else PAGE
        if self.latency_s:
            time.sleep(self.latency_s)
        end = min(start + size, len(self._rows))
        rows = self._bytes[start:end] or self._rendered(start, end)
        cost = (
            b'"cost":{"requestedQueryCost":%d,"actualQueryCost":%d,"throttleStatus":'
            b'{"maximumAvailable":1000000000.0,"currentlyAvailable":1000000000,"restoreRate":1000000000.0}}' % (size * 3.6, size * 3.6)
        )
        more = b"true" if end < len(self._rows) else b"false"
        return b'{"data":{"products":{"pageInfo":{"hasNextPage":%s,"endCursor":"%d"},"nodes":[%s]}},"extensions":{%s}}' % (
            more, end, b",".join(rows), cost,
        )  # fmt: skip

    def answer(self, target: str, body: bytes) -> bytes:
        """What is said to a request."""
        path, _, value = target.partition("=")
        if path.startswith("/change"):
            self.change(int(value))
            return b"{}"
        if path.startswith("/latency"):
            self.latency_s = float(value) / 1000
            return b"{}"
        return self.graphql(body)


def _serve(shop: Shop, connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in waiting:
                piece = connection.recv(65_536)
                if not piece:
                    return
                waiting += piece
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: ?(\d+)", head.lower())
            due = int(length[1]) if length else 0
            while len(waiting) < due:
                waiting += connection.recv(65_536)
            body, waiting = waiting[:due], waiting[due:]
            said = shop.answer(head.split(b" ", 2)[1].decode(), body)
            top = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\nDate: {formatdate(usegmt=True)}\r\n\r\n"
            connection.sendall(top.encode() + said)


def main(count: int) -> None:
    """Serve until killed."""
    shop = Shop(count)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_serve, args=(shop, connection), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
