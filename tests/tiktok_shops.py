"""A TikTok sandbox shop, connected; all that is said to it is held against TikTok's specification when the test ends."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import attrs
import httpx
import pytest
import requests
from tiktok_shop_api.generated.models import (
    SearchCancellationsRequest,
    SearchCancellationsResponse,
    SearchReturnsRequest,
    SearchReturnsResponse,
)

from integrations.connector import Connector, Credentials, Window
from integrations.platform_connector import Access
from integrations.sandbox import ShopSpec, running
from integrations.sandbox.shop import Shop
from integrations.sandbox.tiktok import TikTok as Door
from integrations.sandbox.visits import Visits
from integrations.tiktok import TikTok
from tests.contracts import Contract, Spoken, contract_file
from tests.integrations.conftest import QUICK

AFTERSALES = {  # in the specification's list of paths, their schemas in the generated client alone
    "/return_refund/202602/returns/search": (SearchReturnsRequest, SearchReturnsResponse),
    "/return_refund/202602/cancellations/search": (SearchCancellationsRequest, SearchCancellationsResponse),
}
PRODUCTS, ORDERS = "/product/202502/products/search", "/order/202309/orders/search"
AFTERSALES_QUERY = {"app_key", "timestamp", "sign", "shop_cipher", "page_size", "page_token", "sort_field", "sort_order"}


SECRETS = {"app_key": "k1234", "app_secret": "secret-1", "access_token": "TTP_1", "refresh_token": "TTR_1"}


def access_to(address: str, **secrets: str) -> Access:
    """Access to whatever answers at `address`, with made-up secrets where none are given."""
    credentials = Credentials(store="store1", address=address, secrets={**SECRETS, **secrets})
    return Access(credentials=credentials, allow_private=True, limits=QUICK)


@dataclass
class Lab:
    door: Door
    shop: Shop
    visits: Visits
    address: str
    spoken: list[Spoken] = field(default_factory=list)
    saved: list[dict[str, str]] = field(default_factory=list)

    def connector(self, **more: Any) -> TikTok:
        secrets = {**self.door.credentials(), **more.pop("secrets", {})}
        access = {
            "credentials": Credentials(store="store1", address=self.address, secrets=secrets), "allow_private": True,
            "limits": replace(QUICK, read_s=20, patience_s=5), "requests_per_second": 10_000, "save_tokens": lambda fresh: self.saved.append(dict(fresh)),
        }  # fmt: skip
        return TikTok(Access(**{**access, **more}))

    def read(self, stream: str, connector: Connector | None = None, *, since: datetime | None = None, cursor: Any = None) -> dict[str, Any]:
        """Everything of a stream, or what changed `since`: external id → record; none may be kept aside or left unread."""
        connector = connector or self.connector()
        found = {}
        for page in connector.pages(stream, Window(since, now() + timedelta(seconds=1)), cursor):
            assert not page.rejected
            assert not page.truncated
            found.update({read.record.external_id: read.record for read in page.records})
        return found


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_lab(monkeypatch: pytest.MonkeyPatch, *, page_size: int = 20, **spec: Any) -> Iterator[Lab]:
    """A shop of its own; `spec`: fields of ShopSpec."""
    monkeypatch.setattr(TikTok, "page_size", page_size)
    spoken = overheard(monkeypatch)
    given = {"size": 50, "orders": 50, "customers": 20, "big_variants": 30, **spec}
    with running(ShopSpec(platform="tiktok", name="lab", **given)) as sandbox:
        visits = sandbox.visits("tiktok", "lab")
        yield Lab(visits.door, visits.door.shop, visits, sandbox.address("tiktok", "lab"), spoken)
    for each in spoken:
        check(each)


def overheard(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """What is said to all TikTok shops from now on."""
    spoken: list[Spoken] = []
    respond = Door.respond

    def listen(self, call):
        answer = respond(self, call)
        query = tuple(parse_qsl(call.query_string, keep_blank_values=True))
        spoken.append(Spoken(call.method, call.path, query, call.headers, call.body, answer.status, answer.body))
        return answer

    monkeypatch.setattr(Door, "respond", listen)
    return spoken


def check(spoken: Spoken) -> None:
    """Fails unless the call, and its answer where it succeeded, are as TikTok's specification says."""
    answer = json.loads(spoken.answer)
    assert set(answer) <= {"code", "message", "request_id", "data"}
    if spoken.path.startswith("/api/v2/token/"):
        check_tokens(spoken, answer)
    elif spoken.path in AFTERSALES:
        check_aftersales(spoken, answer)
    elif answer["code"] == 0:
        _specification().check(spoken)
    else:
        _specification().check_call(spoken)


def check_tokens(spoken: Spoken, answer: dict[str, Any]) -> None:
    """Token endpoints are not in the specification, but there is an official answer."""
    official = json.loads(contract_file("tiktok/official_samples.json").read_text())["GET auth.tiktok-shops.com/api/v2/token/refresh"]
    assert spoken.method == "GET"
    assert {name for name, _ in spoken.query} == {"app_key", "app_secret", "refresh_token", "grant_type"}
    if answer["code"] == 0:
        assert {name: type(value) for name, value in answer["data"].items()} == {
            name: type(value) for name, value in official["data"].items()
        }


def check_aftersales(spoken: Spoken, answer: dict[str, Any]) -> None:
    """Against the generated client's models: an unknown name lands in `additional_properties`, an unknown enum value raises."""
    operations = json.loads(contract_file("tiktok/tiktok_shop_subset.json").read_text())["all_operations"]
    assert {"method": spoken.method.lower(), "path": spoken.path, "requiresShopCipher": True} in [
        {name: each[name] for name in ("method", "path", "requiresShopCipher")} for each in operations
    ]
    query = dict(spoken.query)
    assert set(query) <= AFTERSALES_QUERY
    assert query.get("sort_field", "update_time") in ("create_time", "update_time")
    assert query.get("sort_order", "ASC") in ("ASC", "DESC")
    asked, told = AFTERSALES[spoken.path]
    assert unknown_names(asked.from_dict(json.loads(spoken.body))) == []
    if answer["code"] == 0:
        assert unknown_names(told.from_dict(answer)) == []


def unknown_names(model: Any) -> list[str]:
    """Names that a generated model did not know, at any depth."""
    if isinstance(model, list):
        return [name for each in model for name in unknown_names(each)]
    if not attrs.has(type(model)):
        return []
    found = list(model.additional_properties)
    return found + [
        name for own in attrs.fields(type(model)) if own.name != "additional_properties" for name in unknown_names(getattr(model, own.name))
    ]


def words_of(*path: str) -> set[str]:
    """The values that the specification lists in the description of a field; `path`: schema, field."""
    schema = json.loads(contract_file("tiktok/tiktok_shop_subset.oas3.json").read_text())["components"]["schemas"][path[0]]
    return set(re.findall(r"^\s*- `?([A-Z_]+)`?", schema["properties"][path[1]]["description"], re.MULTILINE))


@cache
def _specification() -> Contract:
    return Contract.load("tiktok/tiktok_shop_subset.oas3.json")


class ToTheSandbox(httpx.BaseTransport):
    """Brings a client's calls to another host, below a path; the client itself knows nothing of it."""

    def __init__(self, address: str) -> None:
        self._address = httpx.URL(address)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        at = self._address
        url = request.url.copy_with(scheme=at.scheme, host=at.host, port=at.port, raw_path=at.raw_path.rstrip(b"/") + request.url.raw_path)
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        return self._inner.handle_request(httpx.Request(request.method, url, headers=headers, content=request.read()))


class Seller:
    """Calls signed here by the documented rules, with no code of the sandbox."""

    def __init__(self, door: Door, address: str) -> None:
        self.door, self.shop, self.address = door, door.shop, address

    def call(
        self, method: str, path: str, body: Any = None, *, sign: str | None = None, token: str | None = None, **params: Any
    ) -> requests.Response:
        keys = self.door.credentials()
        query = {
            "app_key": keys["app_key"],
            "timestamp": str(int(time.time())),
            "shop_cipher": self.door.cipher,
            **{k: str(v) for k, v in params.items()},
        }
        query = {name: value for name, value in query.items() if value}
        raw = b"" if body is None else json.dumps(body).encode()
        text = keys["app_secret"] + path + "".join(k + query[k] for k in sorted(query)) + raw.decode() + keys["app_secret"]
        query["sign"] = hmac.new(keys["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest() if sign is None else sign
        headers = {"Content-Type": "application/json", "x-tts-access-token": keys["access_token"] if token is None else token}
        return requests.request(
            method, self.address + path, params={k: v for k, v in query.items() if v}, data=raw, headers=headers, timeout=10
        )

    def ask(self, path: str, body: Any = None, **params: Any) -> dict[str, Any]:
        said = self.call("GET" if body is None else "POST", path, body, **params).json()
        assert said["code"] == 0, said
        return said["data"]

    def refusal(self, *args: Any, **more: Any) -> tuple[int, str]:
        said = self.call(*args, **more).json()
        assert set(said) == {"code", "message", "request_id"}
        return said["code"], said["message"]


@contextmanager
def open_seller() -> Iterator[Seller]:
    """A small shop of its own and its seller."""
    with running(ShopSpec(platform="tiktok", name="small", size=45, orders=60, title="Small Shop", currency="GBP")) as sandbox:
        door = sandbox.door("tiktok", "small")
        assert isinstance(door, Door)
        yield Seller(door, sandbox.address("tiktok", "small"))
