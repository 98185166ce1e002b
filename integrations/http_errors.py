"""What went wrong, told from an HTTP status or from a failed connection, in the classes of errors.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema

from integrations.clock import parse_http_date
from integrations.errors import AuthRefused, ConfigWrong, ContractBroken, IntegrationError, RateLimited, ScopeMissing, Unavailable

UNSTATED_RETRY_AFTER_S = 5.0  # a 429 that does not say when
LONGEST_RETRY_AFTER_S = 86_400.0

_REASONS = {  # words in the libraries' own texts → what we say
    "timed out": "did not answer in time",
    "resolve": "could not be found by its name",
    "refused": "refused the connection",
    "incompleteread": "sent half an answer",
    "broken": "cut the connection",
    "aborted": "cut the connection",
    "reset": "cut the connection",
    "decod": "sent an answer that cannot be unpacked",
}


def is_passing(status: int) -> bool:
    """Whether a status says that the server is in trouble: what it says besides, that something is gone or refused, is then no answer."""
    return status in (408, 425) or status >= 500


def status_error(who: str, status: int, headers: Mapping[str, str]) -> IntegrationError | None:
    """What a status means where the platform has not said more in the body; None below 400."""
    if status < 400:
        return None
    if status == 401:
        return AuthRefused(f"{who} refused the credentials (401).", hint="Enter new ones under Stores → Credentials.")
    if status in (402, 404, 410, 423):
        return ConfigWrong(
            f"{who} has no shop to read at this address ({status}).", hint="Check the address under Stores, and the shop itself."
        )
    if status == 403:
        return ScopeMissing(
            f"{who} does not allow these credentials to read this (403).", scope="", hint="Give the credentials more rights."
        )
    if status in (429, 430) or (status == 503 and "Retry-After" in headers):
        after = retry_after_s(headers)
        return RateLimited(f"{who} asked us to wait {after:.0f} s ({status}).", retry_after_s=after)
    if is_passing(status):
        return Unavailable(f"{who} failed ({status}).", hint="Try again later.")
    return ContractBroken(f"{who} refused our request ({status}).", hint="Report it; the platform may have changed.")


def connection_error(who: str, error: Exception) -> IntegrationError:
    """What a failure of requests or urllib3 means; its own text is read but never repeated, since it holds URLs with queries."""
    if isinstance(error, InvalidHeader | UnicodeError):
        return ConfigWrong(f"{who}: the credentials hold characters that cannot be sent.", hint="Paste them again.")
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema):
        return ConfigWrong(f"{who}: the address cannot be called.", hint="Correct it under Stores.")
    text = str(error).lower()
    if "certificate verify failed" in text:
        return ConfigWrong(f"{who}: its certificate is not valid.", hint="The shop's owner must renew it.")
    for sign, reason in _REASONS.items():
        if sign in text:
            return Unavailable(f"{who} {reason}.", hint="Try again later.")
    return Unavailable(f"{who}: the connection failed.", hint="Try again later.")


def retry_after_s(headers: Mapping[str, str]) -> float:
    """`Retry-After` in seconds, given as seconds or as an HTTP date (measured from the answer's own `Date`)."""
    text = headers.get("Retry-After", "").strip()
    seconds = UNSTATED_RETRY_AFTER_S
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        seconds = float(text)
    elif (then := parse_http_date(text)) is not None:
        seconds = (then - (parse_http_date(headers.get("Date")) or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)
