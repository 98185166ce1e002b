"""Tokens of a merchant's own app: its client id and secret are exchanged for one that lives a day (the client credentials grant).

There is no refresh token: a token near its end, or refused, is asked for anew. Only for apps and shops of one organisation.
Source: shopify.dev, "Using the client credentials grant".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.errors import AuthRefused, ContractBroken
from integrations.http_session import Call, HttpSession

TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105  # a path
CLIENT = ("client_id", "client_secret")
ENDS_AT = "access_token_ends_at"  # Unix seconds, kept beside the token
MARGIN_S = 300  # asked for anew so long before its end


def can_ask(secrets: Mapping[str, str]) -> bool:
    """Whether new tokens can be had."""
    return all(secrets.get(name) for name in CLIENT)


def is_worn(secrets: Mapping[str, str], now: float) -> bool:
    """Whether a new token should be had before the next call: there is none, or it ends within `MARGIN_S`. `now` in Unix seconds."""
    if not can_ask(secrets):
        return False
    if not secrets.get("access_token"):
        return True
    ends_at = secrets.get(ENDS_AT, "")
    return ends_at.isdigit() and int(ends_at) - MARGIN_S <= now


def exchanged(http: HttpSession, secrets: Mapping[str, str], now: float) -> dict[str, str]:
    """A new access token and when it ends.

    Raises: AuthRefused when the client is refused or there is none; ConfigWrong where there is no shop; Retriable.
    """
    if not can_ask(secrets):
        raise AuthRefused(f"{http.what} refused the access token.", hint="Paste a new token under Stores → Credentials.")
    form = {"grant_type": "client_credentials", **{name: secrets[name] for name in CLIENT}}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.send(Call("POST", http.base + TOKEN_PATH, (), headers, urlencode(form).encode()), is_signed=False)
    except ContractBroken:  # a page of HTML with 400: what is wrong with the client stands in its title
        raise refused(http.what, "400") from None
    given: Any = answer.json if isinstance(answer.json, dict) else {}
    token = given.get("access_token")
    if not isinstance(token, str) or not token:
        raise ContractBroken(f"{http.what} gave no access token.", hint="Report it; the platform may have changed.")
    lives_s = given.get("expires_in")
    return {"access_token": token, ENDS_AT: str(int(now) + lives_s) if isinstance(lives_s, int) else ""}


def refused(what: str, says: str) -> AuthRefused:
    """The client was refused."""
    return AuthRefused(
        f"{what} refused the client id or secret ({says}).",
        hint="Enter the app's client id and secret under Stores → Credentials; app and shop have to be of one organisation.",
    )
