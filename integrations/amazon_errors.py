"""How the Selling Partner API and Login with Amazon say no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.errors import AuthRefused, ContractBroken, IntegrationError, NotThere, RateLimited, ScopeMissing, Unavailable
from integrations.http_errors import retry_after_s
from integrations.http_session import Answer

_DEAD_TOKEN = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})
_ROLE_HINT = "Give the application the role in Seller Central → Develop Apps, then authorise it again."
_TOKEN_HINT = "Authorise the application again and enter the new refresh token under Stores → Credentials."  # noqa: S105  # a sentence


class InputRefused(ContractBroken):
    """400: a parameter that Amazon does not take; of a request with a page token, perhaps the token."""


class MaybeRole(AuthRefused):
    """403 "Unauthorized" without a word about the token: said of dead tokens and of missing roles alike. `said` is Amazon's text."""

    def __init__(self, message: str, *, said: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.said = said


def api_error(who: str, quote: Callable[[object], str], answer: Answer, wait_s: float) -> IntegrationError | None:
    """What an answer of the API means; `wait_s` is how long until the operation has a call left, for a 429 that does not say.

    None leaves it to the HTTP status.
    """
    if answer.status < 400:
        return None
    error = _first(answer.json)
    code = str(error.get("code") or "")
    words = " ".join(str(error[name]) for name in ("message", "details") if error.get(name))
    request = answer.headers.get("x-amzn-RequestId")
    said = (
        ", ".join(filter(None, (quote(": ".join(filter(None, (code, words)))), f"request {quote(request)}" if request else "")))
        or "no reason"
    )
    if answer.status == 429:
        after = retry_after_s(answer.headers) if "Retry-After" in answer.headers else wait_s
        return RateLimited(f"{who} asked us to wait {after:.0f} s ({said}).", retry_after_s=after)
    if answer.status in (401, 403) and "token" in words.lower():
        return AuthRefused(f"{who} refused the access token ({said}).", hint=_TOKEN_HINT)
    if answer.status == 401 or (answer.status == 403 and code == "Unauthorized"):
        return MaybeRole(f"{who} refused us ({said}).", said=said, hint=_TOKEN_HINT)
    if answer.status == 403:
        return role_missing(who, said)
    if answer.status == 404 and code.replace("_", "").lower() == "notfound":  # NotFound or NOT_FOUND, by API
        return NotThere(f"{who}: {said}")
    if answer.status == 400:
        return InputRefused(
            f"{who} did not take our request ({said}).", hint="Check seller_id and marketplace_id under Stores → Credentials."
        )
    if answer.status >= 500 and "Retry-After" not in answer.headers:
        return Unavailable(f"{who} failed ({answer.status}: {said}).", hint="Try again later.")
    return None


def role_missing(who: str, said: str) -> ScopeMissing:
    """The token is good and this is not allowed."""
    return ScopeMissing(f"{who} does not allow this application to read this ({said}).", scope="", hint=_ROLE_HINT)


def token_error(who: str, quote: Callable[[object], str], answer: Answer) -> IntegrationError | None:
    """What an answer of Login with Amazon means (RFC 6749: `{"error", "error_description"}`)."""
    if not 400 <= answer.status < 500 or not isinstance(answer.json, dict) or not isinstance(answer.json.get("error"), str):
        return None
    code, words = answer.json["error"], answer.json.get("error_description", "")
    said = quote(f"{code}: {words}")
    if code in _DEAD_TOKEN:
        hint = _TOKEN_HINT if code == "invalid_grant" else "Enter the application's client id and secret under Stores → Credentials."
        return AuthRefused(f"{who} gave no access token ({said}).", hint=hint)
    if answer.status in (400, 401):
        return ContractBroken(f"{who} gave no access token ({said}).", hint="Report it; the platform may have changed.")
    return None


def _first(body: Any) -> Mapping[str, Any]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
