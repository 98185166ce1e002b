"""What TikTok Shop's codes mean. Errors come with HTTP 200 as often as not: the code in the body decides, not the status.

Codes: TikTok's official index and the Partner Center's pages, as gathered in our contract. An unknown one is never taken for
"does not exist": only who asked for one thing may read that in its message (`says_gone`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from integrations.clock import PlatformClock
from integrations.errors import (
    AuthRefused,
    ConfigWrong,
    ContractBroken,
    IntegrationError,
    RateLimited,
    ScopeMissing,
    Unavailable,
)
from integrations.http_errors import is_passing, retry_after_s
from integrations.http_session import Answer

TOO_MANY = 36009002
BAD_CREDENTIALS = 36009004  # overloaded: the message tells which
EXPIRED = 105002
BAD_SIGNATURE = 106001
NOT_ALLOWED = 105005
NO_CIPHER = 106013
NO_SUCH_PATH = (36009009, 36009010)
NOT_ALLOWED_ADDRESS = 36009033
# internal, timed out, and the named passing troubles of the product and order services
PASSING = frozenset(
    {36009003, 36009007, 12001000, 12052881, 33001002, 10002014, 10002015, 10037002, 10037003, 10037004, 10006402}
)  # fmt: skip
AUTHORISE_AGAIN = "Let the seller authorise the app again; enter its tokens under Stores → Credentials."
UNSTATED_RETRY_AFTER_S = 1.0  # TikTok names no time: quotas are per second

_SCOPES = {  # first part of the path → what the Partner Center calls the permission; all but the order's unverified
    "authorization": "seller.authorization.info",
    "product": "seller.product.basic",
    "order": "seller.order.info",
    "return_refund": "seller.return_refund.basic",
    "logistics": "seller.logistics",
}


class UnknownCode(ContractBroken):
    """A code that is not in the index; `says` is TikTok's message."""

    def __init__(self, message: str, *, says: str) -> None:
        super().__init__(message, hint="Report it; the platform may have changed.")
        self.says = says


def says_gone(what: str, says: str) -> bool:
    """Whether a message says that the one `what` (a product, an order) asked for does not exist.

    Unverified: the codes for that are not in the index, so the thing itself has to be what a sentence is about. "The service was
    not found" and "not available, try later" are said of products that live.
    """
    subject = rf"(?:^|[.:;,] *)(?:(?:the|this|that|your|requested) )*{what}(?:[ _]?id)?[\s:#\d\[\]()'\"]*"
    missing = r"(?:(?:does|do|did|is|was|can|could|has)? ?n[o']t(?: be| been)? (?:exist|found)|no longer exists?)\b"
    return re.search(f"{subject} {missing}", says, re.IGNORECASE) is not None


def scope_of(path: str) -> str:
    """The permission that calls to `path` need."""
    return _SCOPES.get(path.strip("/").partition("/")[0], "")


def code_error(what: str, answer: Answer, quote: Callable[[object], str], clock: PlatformClock) -> IntegrationError | None:
    """What an answer with a `code` means; None when it succeeded or has no code. `quote` makes TikTok's words fit for an error."""
    code = answer.json.get("code") if isinstance(answer.json, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        if answer.status < 300 and answer.is_json:
            return ContractBroken(f"{what} sent an answer without a code.", hint="Check the address under Stores.")
        return None
    if code == 0:
        return None  # with a failing status, HTTP's own view counts
    says = str(answer.json.get("message", ""))
    told = f"{quote(says)} (code {code}, request {str(answer.json.get('request_id', ''))[:60] or 'without id'})"
    if code == TOO_MANY or answer.status == 429:
        after = retry_after_s(answer.headers) if answer.headers.get("Retry-After") else UNSTATED_RETRY_AFTER_S
        return RateLimited(f"{what} asked us to slow down: {told}", retry_after_s=after)
    if code in PASSING or is_passing(answer.status):
        return Unavailable(f"{what} failed: {told}", hint="Try again later.")
    return _needs_person(what, code, says.lower(), told, clock) or _by_status(what, answer.status, says, told)


def _needs_person(what: str, code: int, says: str, told: str, clock: PlatformClock) -> IntegrationError | None:
    enter = "under Stores → Credentials"
    if code == EXPIRED or (code == BAD_CREDENTIALS and "access-token" in says.replace("_", "-")):
        return AuthRefused(f"{what} refused the access token: {told}", hint=AUTHORISE_AGAIN)
    if code == BAD_CREDENTIALS and "timestamp" in says:
        return _clock_wrong(what, told, clock)
    if code == BAD_CREDENTIALS and "app_key" in says:
        return ConfigWrong(f"{what} does not know the app: {told}", hint=f"Check app_key {enter}.")
    if code == BAD_SIGNATURE:
        return ConfigWrong(f"{what} refused our signature: {told}", hint=f"Check app_secret {enter}; it belongs to app_key.")
    if code == NOT_ALLOWED:
        return ScopeMissing(f"{what} does not let the app read this: {told}", scope="", hint="")
    if code == NO_CIPHER:
        return ConfigWrong(f"{what}: no shop was named: {told}", hint="Let the seller authorise the app for the shop again.")
    if code == NOT_ALLOWED_ADDRESS:
        return ConfigWrong(
            f"{what} refuses calls from this machine: {told}", hint="Add its address to the app's IP allow list in Partner Center."
        )
    if code in NO_SUCH_PATH:
        return ContractBroken(f"{what} has no such endpoint: {told}", hint="Check the address; TikTok may have retired the version.")
    return None


def _clock_wrong(what: str, told: str, clock: PlatformClock) -> ConfigWrong:
    hint = "Set this machine's clock (NTP); TikTok accepts calls from 5 minutes ago to 30 seconds ahead."
    theirs = clock.time()
    if theirs is None:
        return ConfigWrong(f"{what} refused the time of our call: {told}", hint=hint)
    ahead = (datetime.now(UTC) - theirs).total_seconds()
    way = "ahead of" if ahead > 0 else "behind"
    return ConfigWrong(f"{what}: this machine's clock is {abs(ahead):.0f} s {way} TikTok's: {told}", hint=hint)


def _by_status(what: str, status: int, says: str, told: str) -> IntegrationError:
    if status == 401:
        return AuthRefused(f"{what} refused the credentials: {told}", hint=AUTHORISE_AGAIN)
    if status == 403:
        return ScopeMissing(f"{what} does not let the app read this: {told}", scope="", hint="")
    return UnknownCode(f"{what} refused our request: {told}", says=says)
