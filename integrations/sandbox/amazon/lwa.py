"""Login with Amazon: access tokens for a refresh token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox.amazon.refusal import bad_token
from integrations.sandbox.contract import Answer

PATH = "/auth/o2/token"
LIFE_S = 3600


class Lwa:
    """The tokens of one seller's authorisation of one application."""

    def __init__(self, secret: Callable[[str, int], str]) -> None:
        self.client_id = f"amzn1.application-oa2-client.{secret('client', 32)}"
        self.client_secret = f"amzn1.oa2-cs.v1.{secret('client secret', 64)}"
        self.refresh_token = f"Atzr|{secret('refresh', 60)}"
        self._secret = secret
        self._ends: dict[str, float] = {}
        self.given = 0

    def answer(self, form: Mapping[str, str], now: float, *, is_revoked: bool) -> Answer:
        """The refresh grant (RFC 6749); the refresh token stays the same."""
        if form.get("grant_type") != "refresh_token":
            return _refused("unsupported_grant_type", "The authorization grant type is not supported by the authorization server")
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused("invalid_client", "Client authentication failed", 401)
        if is_revoked or form.get("refresh_token") != self.refresh_token:
            return _refused("invalid_grant", "The request has an invalid grant parameter : refresh_token")
        self.given += 1
        token = f"Atza|{self._secret(f'access {self.given}', 60)}"
        self._ends[token] = now + LIFE_S
        content: dict[str, Any] = {"access_token": token, "refresh_token": self.refresh_token, "token_type": "bearer", "expires_in": LIFE_S}
        return Answer.of(content, headers={"Cache-Control": "no-store"})

    def check(self, token: str, now: float, *, is_revoked: bool) -> None:
        """Raises: Refusal unless `token` is good now."""
        if not token:
            raise bad_token("Access token is missing in the request header.")
        if is_revoked or token not in self._ends:
            raise bad_token("The access token you provided is revoked, malformed or invalid.")
        if self._ends[token] <= now:
            raise bad_token("The access token you provided has expired.")

    def expire(self) -> None:
        """End every token given so far."""
        self._ends = dict.fromkeys(self._ends, 0.0)


def _refused(error: str, description: str, status: int = 400) -> Answer:
    return Answer.of({"error": error, "error_description": description}, status)
