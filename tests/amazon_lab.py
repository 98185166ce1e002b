"""A seller of the sandbox whose every call and answer is held against Amazon's own documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from integrations.amazon import Amazon
from integrations.connector import Credentials, Window
from integrations.errors import RateLimited
from integrations.platform_connector import Access
from integrations.sandbox import ShopSpec, running
from integrations.sandbox.amazon import Amazon as AmazonDoor
from integrations.sandbox.contract import Answer, Call
from integrations.sandbox.visits import Visits
from tests.contracts import Contract, Spoken
from tests.integrations.conftest import QUICK, Reply

DOCUMENTS = {
    "/orders/": "amazon/orders_2026-01-01.json",
    "/listings/": "amazon/listingsItems_2021-08-01.json",
    "/fba/": "amazon/fbaInventory.json",
    "/reports/": "amazon/reports_2021-06-30.json",
}
SECRETS = {
    "client_id": "amzn1.app",
    "client_secret": "s3cret",
    "refresh_token": "Atzr|r",
    "seller_id": "A1",
    "marketplace_id": "A1PA6795UKMFR9",
}
NO_BODY_SCHEMA = ("/auth/", "/_documents/")


class Recorder:
    """Keeps what went over the wire, for `check`."""

    def __init__(self, door: AmazonDoor) -> None:
        self.spoken: list[Spoken] = []
        self._respond = door.respond
        door.respond = self.respond  # type: ignore[method-assign]  # listens in

    def respond(self, call: Call) -> Answer:
        answer = self._respond(call)
        if not call.path.startswith(NO_BODY_SCHEMA):
            query = tuple(parse_qsl(call.query_string, keep_blank_values=True))
            spoken = Spoken(call.method, _encoded(call.path), query, call.headers, call.body, answer.status, answer.body, answer.headers)
            self.spoken.append(spoken)
        return answer

    def check(self, *, answers_alone: bool = False) -> set[str]:
        """Holds all of it against the documents; the beginnings of the paths that were called."""
        contracts = {start: Contract.load(name) for start, name in DOCUMENTS.items()}
        used = set()
        for spoken in self.spoken:
            start = next(start for start in DOCUMENTS if spoken.path.startswith(start))
            used.add(start)
            contracts[start].check_answer(spoken)
            if not answers_alone:
                contracts[start].check_call(spoken)
        return used


@dataclass
class Seller:
    """The shop, and ways in."""

    visits: Visits
    door: AmazonDoor
    address: str
    wire: Recorder

    def connector(self, *, secrets: dict[str, str] | None = None, **access: Any) -> Amazon:
        credentials = Credentials(store="store1", address=self.address, secrets={**self.door.credentials(), **(secrets or {})})
        return Amazon(
            Access(**{"credentials": credentials, "allow_private": True, "limits": replace(QUICK, read_s=20, patience_s=5), **access})
        )

    def window(self, connector: Amazon, start: datetime | None = None) -> Window:
        end = connector.identify().platform_time
        assert end is not None
        return Window(start, end + timedelta(seconds=1))

    def read(self, stream: str, connector: Amazon | None = None, start: datetime | None = None) -> dict[str, Any]:
        """All records by id."""
        connector = connector or self.connector()
        pages = connector.pages(stream, self.window(connector, start))
        return {read.record.external_id: read.record for page in pages for read in page.records}


@contextmanager
def selling(**spec: Any) -> Iterator[Seller]:
    """A seller of the sandbox, with raised limits unless `plan` says otherwise."""
    with running(ShopSpec(**{"platform": "amazon", "name": "quay", "size": 40, "orders": 60, "big_variants": 25, **spec})) as sandbox:
        visits = sandbox.visits("amazon", "quay")
        door = visits.door
        assert isinstance(door, AmazonDoor)
        yield Seller(visits, door, sandbox.address("amazon", "quay"), Recorder(door))


def scripted(address: str) -> Amazon:
    """A connector whose every answer the test writes itself; its access token is there to begin with."""
    credentials = Credentials(store="store1", address=address, secrets={**SECRETS, "access_token": "Atza|first"})
    return Amazon(Access(credentials=credentials, allow_private=True, limits=QUICK))


def refusal(status: int, code: str, details: str = "", **headers: str) -> Reply:
    body = {"errors": [{"code": code, "message": "Access to requested resource is denied.", "details": details}]}
    return Reply(json.dumps(body).encode(), status, headers)


def walk(connector: Amazon, stream: str, window: Window, cursor: Any = None) -> Iterator[Any]:
    """Pages of the platform as a job walks them that is postponed whenever it has to wait."""
    while True:
        try:
            page = connector.fetch_page(stream, window, cursor)
        except RateLimited:
            continue
        yield page
        if not page.has_more:
            return
        cursor = page.cursor


def _encoded(path: str) -> str:
    """The path with the slashes inside a SKU written as on the wire: the server hands them over decoded."""
    start, items, rest = path.partition("/items/")
    seller, slash, sku = rest.partition("/")
    return f"{start}{items}{quote(unquote(seller), safe='')}{slash}{quote(sku, safe='')}" if items else path
