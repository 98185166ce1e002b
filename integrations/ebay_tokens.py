"""eBay's tokens: the seller's access token from the refresh token, the application's own, and the day's quota that it may ask for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from integrations.ebay_errors import TooManyRequests
from integrations.errors import IntegrationError, Unavailable, Unmappable
from integrations.fields import moment, whole
from integrations.http_errors import LONGEST_RETRY_AFTER_S
from integrations.http_session import Call, HttpSession

TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105  # a path
RATE_LIMIT_PATH = "/developer/analytics/v1_beta/rate_limit/"
PUBLIC_SCOPE = "https://api.ebay.com/oauth/api_scope"


def seller_token(http: HttpSession, secrets: Mapping[str, str]) -> str:
    """A new access token (2 h) for the seller, with all the scopes of the consent: `scope` is left out, which eBay allows.

    The refresh token stays as it is: eBay gives no new one, and it ends 18 months after the consent.
    Raises: AuthRefused, ConfigWrong, Retriable.
    """
    return _granted(http, secrets, {"grant_type": "refresh_token", "refresh_token": secrets["refresh_token"]})


def with_quota(http: HttpSession, secrets: Mapping[str, str], api: str, limited: TooManyRequests, now: datetime) -> TooManyRequests:
    """`limited`, or one that waits for the end of the day's quota where eBay says that `api` (inventory, …) has none left.

    Asked for only after a 429 without Retry-After: the application may ask 5,000 times a day at most, and for 1,000 tokens.
    `http` must not stand in the line that the 429 has closed; `now` is eBay's time.
    """
    if limited.is_timed:
        return limited
    try:
        token = _granted(http, secrets, {"grant_type": "client_credentials", "scope": PUBLIC_SCOPE})
        query = (("api_context", "sell"), ("api_name", api))
        call = Call("GET", http.base + RATE_LIMIT_PATH, query, {"Authorization": f"Bearer {token}"})
        resets = _exhausted(http.send(call, is_signed=False, is_repeatable=False).json)
    except (IntegrationError, LookupError, TypeError, AttributeError):
        return limited  # the quota is a bonus: without it the caller backs off
    if not resets or (left := (max(resets) - now).total_seconds()) <= 0:
        return limited
    return TooManyRequests(
        f"{http.what}: the day's quota of the {api} API is used up until {max(resets):%Y-%m-%d %H:%M} UTC.",
        retry_after_s=min(left, LONGEST_RETRY_AFTER_S),
        is_timed=True,
    )


def _exhausted(content: Any) -> list[datetime]:
    """When those resources that have nothing left begin anew."""
    resources = [resource for limit in (content or {}).get("rateLimits") or [] for resource in limit.get("resources") or []]
    rates = [rate for resource in resources for rate in resource.get("rates") or []]
    try:
        return [reset for rate in rates if whole(rate, "remaining") == 0 and (reset := moment(rate, "reset")) is not None]
    except Unmappable:
        return []


def _granted(http: HttpSession, secrets: Mapping[str, str], form: Mapping[str, str]) -> str:
    basic = base64.b64encode(f"{secrets['client_id']}:{secrets['client_secret']}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    answer = http.send(Call("POST", http.base + TOKEN_PATH, (), headers, urlencode(form).encode()), is_signed=False)
    token = answer.json.get("access_token") if isinstance(answer.json, dict) else None
    if not isinstance(token, str) or not token:
        raise Unavailable(f"{http.what} gave no access token.", hint="Try again later.")
    return token
