"""The token endpoint: a seller's consent gives access tokens for two hours each, and so does the application's own secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from integrations.sandbox.contract import Answer, Call
from integrations.sandbox.ebay.refusal import of_oauth, refused

LIFE_S = 7200
CONSENT_S = 47_304_000
PUBLIC = "https://api.ebay.com/oauth/api_scope"
INVENTORY, FULFILLMENT = f"{PUBLIC}/sell.inventory", f"{PUBLIC}/sell.fulfillment"
SELLING = frozenset({INVENTORY, f"{INVENTORY}.readonly", FULFILLMENT, f"{FULFILLMENT}.readonly"})


@dataclass(frozen=True, slots=True)
class Token:
    """An access token's rights and end; `is_user` is False for the application's own."""

    scopes: frozenset[str]
    ends: float
    is_user: bool


class Tokens:
    """One application and one seller's consent, which ends after 18 months and whose refresh token never changes."""

    def __init__(self, secret: Callable[[str, int], str], clock: Callable[[], float]) -> None:
        self.client_id = f"Quayside-sandbox-{secret('client', 8)}"
        self.client_secret = f"PRD-{secret('client secret', 32)}"
        self.refresh_token = f"v^1.1#i^1#r^1#p^3#I^3#f^0#t^{secret('consent', 60)}"
        self.given = 0
        self._secret, self._clock = secret, clock
        self._consent_ends = clock() + CONSENT_S
        self._tokens: dict[str, Token] = {}

    def expire(self) -> None:
        """End all access tokens given so far."""
        self._tokens.clear()

    def expire_consent(self) -> None:
        """Let the 18 months be over."""
        self._consent_ends = self._clock()

    def opened(self, call: Call, *, is_revoked: bool) -> Token:
        """The token that `call` carries. Raises: Refusal when it carries none, or one that does not open anything."""
        kind, _, text = call.headers.get("authorization", "").partition(" ")
        if not kind:
            message = "Access token is missing in the Authorization HTTP request header."
            raise refused(400, 1002, message, domain="OAuth")
        if kind != "Bearer":
            raise refused(400, 1003, f"Token type in the Authorization header is invalid:{kind}", domain="OAuth")
        token = self._tokens.get(text)
        if token is None or token.ends <= self._clock() or (token.is_user and is_revoked):
            message = "Invalid access token. Check the value of the Authorization HTTP request header."
            raise refused(401, 1001, message, domain="OAuth")
        return token

    def exchange(self, call: Call, granted: Iterable[str], *, is_revoked: bool) -> Answer:
        """A token request. Raises: Refusal."""
        if call.basic() != (self.client_id, self.client_secret):
            raise of_oauth(401, "invalid_client", "client authentication failed")
        if "application/x-www-form-urlencoded" not in call.headers.get("content-type", ""):
            raise of_oauth(400, "invalid_request", "request is missing a required parameter or malformed.")
        form = dict(parse_qsl(call.body.decode()))
        wanted = frozenset(form.get("scope", "").split())
        if form.get("grant_type") == "client_credentials":
            if wanted != {PUBLIC}:
                raise of_oauth(400, "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted")
            return self._give(wanted, "Application Access Token", is_user=False)
        if form.get("grant_type") != "refresh_token":
            raise of_oauth(400, "unsupported_grant_type", "grant type in request is not supported by the authorization server")
        if form.get("refresh_token") != self.refresh_token or is_revoked or self._consent_ends <= self._clock():
            description = "the provided authorization refresh token is invalid or was issued to another client"
            raise of_oauth(400, "invalid_grant", description)
        if not wanted <= frozenset(granted) | {PUBLIC}:
            raise of_oauth(400, "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted")
        return self._give(wanted or frozenset(granted), "User Access Token", is_user=True)

    def _give(self, scopes: frozenset[str], kind: str, *, is_user: bool) -> Answer:
        self.given += 1
        text = f"v^1.1#i^1#{'p^3' if is_user else 'p^1'}#t^{self._secret(f'token {self.given}', 60)}"
        self._tokens[text] = Token(scopes, self._clock() + LIFE_S, is_user)
        content: dict[str, Any] = {"access_token": text, "expires_in": LIFE_S, "token_type": kind}
        return Answer.of(content)
