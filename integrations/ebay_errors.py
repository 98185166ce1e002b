"""What eBay's answers mean: `{"errors": [{errorId, domain, category, message, …}]}`, and OAuth's `{"error", "error_description"}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.errors import (
    AuthRefused,
    ConfigWrong,
    ContractBroken,
    CursorExpired,
    IntegrationError,
    NotThere,
    RateLimited,
    ScopeMissing,
    Unavailable,
)
from integrations.http_errors import is_passing, retry_after_s
from integrations.http_session import Answer

BAD_TOKENS = {1001, 1002, 1003}  # 1002 and 1003 come with 400 (eBay's list of common errors); 1001 is unverified
TOO_FEW_RIGHTS = 1100  # unverified; any 403 is taken for it
# 404 or 400, by method: no such SKU (25702), group (25705), resource (25710), offer (25713, unverified), order (32100)
NO_SUCH_THING = {25702, 25705, 25710, 25713, 32100}
IN_THE_FUTURE = 30850
NO_SUCH_PAGE = {25706, 31000}
CONSENT = "Let the seller consent again, and enter the new refresh token under Stores → Credentials; consents end after 18 months."


class TooManyRequests(RateLimited):
    """eBay answered 429; `is_timed` says that it told when to come back."""

    def __init__(self, message: str, *, retry_after_s: float, is_timed: bool) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.is_timed = is_timed


class WindowInFuture(ContractBroken):
    """A filter's time is later than eBay's clock (30850)."""


def ebay_error(what: str, answer: Answer, quote: Callable[[object], str]) -> IntegrationError | None:
    """The error in an answer; None below 400, or when eBay itself did not speak. `quote` makes eBay's words fit for an error."""
    if answer.status < 400:
        return None
    if answer.status == 429:
        after = retry_after_s(answer.headers)
        return TooManyRequests(
            f"{what} asked us to wait {after:.0f} s (429).", retry_after_s=after, is_timed="Retry-After" in answer.headers
        )
    content: Any = answer.json
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("error"), str):
        return _oauth_error(what, content["error"], quote(content.get("error_description") or ""), answer.status)
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    return None if first is None else _api_error(what, first, answer.status, quote)


def _api_error(what: str, error: dict[str, Any], status: int, quote: Callable[[object], str]) -> IntegrationError:
    number = error.get("errorId")
    says = f"{quote(error.get('longMessage') or error.get('message') or '')} ({status}, error {number})"
    if is_passing(status) or str(error.get("category", "")).upper() == "APPLICATION":
        return Unavailable(f"{what} failed: {says}.", hint="Try again later.")
    if status == 401 or number in BAD_TOKENS:
        return AuthRefused(f"{what} refused the access token: {says}.", hint=CONSENT)
    if status == 403 or number == TOO_FEW_RIGHTS:
        return ScopeMissing(
            f"{what}: the seller's consent does not cover this: {says}.",
            scope="",
            hint="Let the seller consent again with the missing scope, and enter the new refresh token.",
        )
    if number in NO_SUCH_THING:  # a 404 with another number is a gateway's, about the path
        return NotThere(f"{what}: {says}.")
    if number in NO_SUCH_PAGE:
        return CursorExpired(f"{what}: {says}.", hint="The list is read again from its beginning.")
    if number == IN_THE_FUTURE:
        return WindowInFuture(f"{what}: {says}.", hint="Check this machine's clock.")
    return ContractBroken(f"{what} refused our request: {says}.", hint="Report it; eBay may have changed.")


def _oauth_error(what: str, code: str, says: str, status: int) -> IntegrationError:
    says = f"{says or code} ({status}, {code})" if code else says
    if is_passing(status) or code in ("server_error", "temporarily_unavailable"):
        return Unavailable(f"{what}: no access token can be had now: {says}.", hint="Try again later.")
    if code in ("invalid_client", "unauthorized_client"):
        return AuthRefused(f"{what} refused the application: {says}.", hint="Check client_id and client_secret under Stores → Credentials.")
    if code == "invalid_scope":
        return ScopeMissing(f"{what}: the consent has not this scope: {says}.", scope="", hint=CONSENT)
    if code == "invalid_grant":
        return AuthRefused(f"{what} refused the refresh token: {says}.", hint=CONSENT)
    return ConfigWrong(f"{what} refused to give an access token: {says}.", hint="Check the credentials under Stores → Credentials.")
