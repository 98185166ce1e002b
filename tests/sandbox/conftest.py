"""Shops to read from (one server for all tests) and shops to change (one for each)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from integrations.sandbox import Sandbox, ShopSpec, running

CONTRACTS = Path(__file__).parents[2] / "../shared/contracts"
TIMEOUT = 10


def contract(name: str) -> Path:
    """A reference file beside the project, or a skip."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"the reference material {name} is not beside the project (../shared/contracts)")
    return path


class WooShop:
    """A shop asked over http with OAuth 1.0a, signed here by RFC 5849 and not with the sandbox's own code."""

    platform = "woocommerce"

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.visits = sandbox.visits("woocommerce", name)
        self.shop = self.visits.door.shop
        self.root = sandbox.address("woocommerce", name) + "/wp-json/wc/v3/"
        self.keys = self.visits.door.credentials()

    def signed(self, path: str, **params: Any) -> dict[str, str]:
        given = {
            "oauth_consumer_key": self.keys["consumer_key"],
            "oauth_nonce": secrets.token_hex(8),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(time.time())),
            **{name: str(value) for name, value in params.items()},
        }
        pairs = "&".join(f"{quote(k, '')}={quote(v, '')}" for k, v in sorted(given.items()))
        base = "&".join(("GET", quote(self.root + path, ""), quote(pairs, "")))
        digest = hmac.new((self.keys["consumer_secret"] + "&").encode(), base.encode(), hashlib.sha256).digest()
        return {**given, "oauth_signature": base64.b64encode(digest).decode()}

    def get(self, path: str, **params: Any) -> requests.Response:
        return requests.get(self.root + path, params=self.signed(path, **params), timeout=TIMEOUT)

    def ids(self, path: str, **params: Any) -> list[int]:
        """Ids of all pages."""
        found: list[int] = []
        page = 1
        while True:
            rows = self.get(path, per_page=100, page=page, **params).json()
            if not rows:
                return found
            found += [row["id"] for row in rows]
            page += 1

    def list(self, stream: str) -> requests.Response:
        return self.get(stream, per_page=5, orderby="id", order="asc")


class ShopifyShop:
    """A shop asked with a token."""

    platform = "shopify"

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.visits = sandbox.visits("shopify", name)
        self.door = self.visits.door
        self.shop = self.door.shop
        self.address = sandbox.address("shopify", name)

    def post(self, query: str, *, version: str = "2026-10", token: str | None = None, **variables: Any) -> requests.Response:
        url = f"{self.address}/admin/api/{version}/graphql.json"
        headers = {"X-Shopify-Access-Token": self.door.credentials()["access_token"] if token is None else token}
        return requests.post(url, json={"query": query, "variables": variables}, headers=headers, timeout=TIMEOUT)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data. Fails on errors."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def nodes(self, field: str, args: str = "", fields: str = "id", size: int = 50) -> list[dict[str, Any]]:
        """All pages of a root list."""
        text = f"query($a: String) {{ {field}(first: {size}, after: $a {args}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.ask(text, a=cursor)[field]
            found += page["nodes"]
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    def list(self, stream: str) -> requests.Response:
        return self.post(f"{{ {stream}(first: 5) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}")


READ_ONLY = (
    ShopSpec(platform="woocommerce", name="berlin", theme="tea", time_zone="America/New_York", size=400, seed=7),
    ShopSpec(platform="shopify", name="atlas", currency="USD", size=400, seed=7, plan="enterprise"),
)
SMALL = (
    ShopSpec(platform="woocommerce", name="small", size=40, time_zone="Asia/Kolkata"),
    ShopSpec(platform="shopify", name="small", size=40, plan="enterprise"),
)


@pytest.fixture(scope="session")
def read_only() -> Iterator[Sandbox]:
    with running(*READ_ONLY) as sandbox:
        yield sandbox


@pytest.fixture
def changing() -> Iterator[Sandbox]:
    with running(*SMALL) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def berlin(read_only: Sandbox) -> WooShop:
    return WooShop(read_only, "berlin")


@pytest.fixture(scope="session")
def atlas(read_only: Sandbox) -> ShopifyShop:
    return ShopifyShop(read_only, "atlas")


@pytest.fixture
def woo(changing: Sandbox) -> WooShop:
    return WooShop(changing, "small")


@pytest.fixture
def shopify(changing: Sandbox) -> ShopifyShop:
    return ShopifyShop(changing, "small")


@pytest.fixture(params=["woocommerce", "shopify"])
def any_shop(request: pytest.FixtureRequest, changing: Sandbox) -> WooShop | ShopifyShop:
    return WooShop(changing, "small") if request.param == "woocommerce" else ShopifyShop(changing, "small")
