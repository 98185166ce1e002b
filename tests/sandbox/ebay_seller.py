"""A sandbox seller, asked by an independent OAuth client (Authlib), and its generated API clients (ebay_rest) pointed here."""

from __future__ import annotations

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from integrations.sandbox import Sandbox

TIMEOUT = 10
TOKEN, ITEMS, ORDERS = "/identity/v1/oauth2/token", "/sell/inventory/v1/inventory_item", "/sell/fulfillment/v1/order"
PUBLIC = "https://api.ebay.com/oauth/api_scope"


class Seller:
    """A seller asked with a token."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.visits = sandbox.visits("ebay", name)
        self.door: Any = self.visits.door
        self.shop = self.door.shop
        self.address = sandbox.address("ebay", name)
        self.token = self.renewed()["access_token"]

    def renewed(self) -> dict[str, Any]:
        keys = self.door.credentials()
        session = OAuth2Session(keys["client_id"], keys["client_secret"], token_endpoint_auth_method="client_secret_basic")
        return session.refresh_token(self.address + TOKEN, refresh_token=keys["refresh_token"])

    def granted(self, **form: str) -> requests.Response:
        keys = self.door.credentials()
        return requests.post(self.address + TOKEN, data=form, auth=(keys["client_id"], keys["client_secret"]), timeout=TIMEOUT)

    def ask(self, path: str, *, token: str | None = None, **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return requests.get(self.address + path, params=params, headers=headers, timeout=TIMEOUT)

    def bulk(self, *skus: str) -> requests.Response:
        body = {"requests": [{"sku": sku} for sku in skus]}
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(f"{self.address}/sell/inventory/v1/bulk_get_inventory_item", json=body, headers=headers, timeout=TIMEOUT)

    def client(self, package: Any, base: str, token: str | None = None) -> Any:
        """The independent client's, pointed here."""
        configuration = package.Configuration()
        configuration.host, configuration.access_token = f"{self.address}{base}", token or self.token
        return package.ApiClient(configuration)

    @staticmethod
    def number_of(answer: requests.Response) -> int:
        """The error that an answer tells."""
        number: int = answer.json()["errors"][0]["errorId"]
        return number
