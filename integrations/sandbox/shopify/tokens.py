"""Access tokens of a Shopify app: a fixed one, and those its client id and secret are exchanged for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox.contract import Answer

LIFE_S = 86_399


class Tokens:
    """Which tokens open the shop. `fixed` belongs to an app made in the shop's admin and does not expire."""

    def __init__(self, secret: Callable[[str, int], str], clock: Callable[[], float]) -> None:
        self.fixed = "shpat_" + secret("token", 32)
        self.client_id, self.client_secret = secret("client id", 32), "shpss_" + secret("client secret", 32)
        self._secret, self._clock = secret, clock
        self._given: dict[str, float] = {}  # token → when it ends
        self._count = 0

    def opens(self, token: str) -> bool:
        """Whether `token` is good now."""
        return token == self.fixed or self._given.get(token, 0.0) > self._clock()

    def expire(self) -> None:
        """End every token given out so far."""
        self._given.clear()

    def exchange(self, form: Mapping[str, str], scopes: set[str]) -> Answer:
        """The client credentials grant: a new token that lives a day, no refresh token."""
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "Only client_credentials is built in the sandbox.")
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused("invalid_client", "The client id or secret is wrong.")
        self._count += 1
        token = "shpat_" + self._secret(f"given {self._count}", 32)
        self._given[token] = self._clock() + LIFE_S
        content: dict[str, Any] = {"access_token": token, "scope": ",".join(sorted(scopes)), "expires_in": LIFE_S}
        return Answer.of(content)


def _refused(error: str, description: str) -> Answer:
    return Answer.of({"error": error, "error_description": description}, 400)
