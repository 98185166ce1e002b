"""Asks Shopify's GraphQL: sizes pages by what they cost, reads the errors that come with status 200."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations.errors import (
    AuthRefused,
    ConfigWrong,
    ContractBroken,
    CursorExpired,
    IntegrationError,
    PaginationNotAdvancing,
    RateLimited,
    ScopeMissing,
    Unavailable,
)
from integrations.http_errors import is_passing
from integrations.http_session import Answer, HttpSession
from integrations.shopify_tokens import refused

COST_AIMED_AT = 900.0  # a single query may cost 1,000 points
VERSION_HEADER = "X-Shopify-API-Version"
COST_GUESSED = 100.0  # of a document that was not asked yet
_FIRST_FIELD = re.compile(r"(?:query|mutation)\b[^{]*\{\s*(\w+)")  # under which name a document's first answer comes


class TooCostly(ContractBroken):
    """The query would cost more than one query may: the same with a smaller `first` will do."""

    reason_code = "max_cost_exceeded"


class ShopifyGraphQL:
    """One shop's GraphQL endpoint. Remembers what each document cost and how many rows of it fit into one query.

    `ready` is called before each query; `version` is the API version that Shopify says it answers with.
    """

    def __init__(self, http: HttpSession, path: str, max_page: int, ready: Callable[[], None] = lambda: None) -> None:
        self.version: str | None = None
        self._ready = ready
        self._http = http
        self._max_page = max_page
        self._path = path
        self._costs: dict[str, float] = {}
        self._sizes: dict[str, int] = {}

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of one query. Raises: any IntegrationError but Unmappable; TooCostly."""
        self._ready()
        answer = self._http.post_json(
            self._path, {"query": document, "variables": dict(variables)}, cost=self._costs.get(document, COST_GUESSED)
        )
        self.version = answer.headers.get(VERSION_HEADER, self.version)
        if (cost := _cost(answer)) and cost.get("requestedQueryCost") is not None:
            self._costs[document] = float(cost["requestedQueryCost"])
        data = answer.json.get("data") if isinstance(answer.json, dict) else None
        if not isinstance(data, dict):
            raise ContractBroken(f"{self._http.what} answered without data.", hint="Try again; if it stays, report it.")
        if (asked := _FIRST_FIELD.search(document)) and asked[1] not in data:
            raise ContractBroken(f"{self._http.what} answered another question than ours.", hint="Try again; if it stays, report it.")
        return data

    def ask_sized(self, document: str, variables: Mapping[str, Any], start_size: int) -> dict[str, Any]:
        """As `ask`, with `$first` as large as the cost of one query allows; begins with `start_size`."""
        while True:
            size = self._sizes.get(document, min(start_size, self._max_page))
            try:
                data = self.ask(document, {**variables, "first": size})
            except TooCostly:
                if size == 1:
                    raise
                self._sizes[document] = size // 2
                continue
            if cost := self._costs.get(document):
                self._sizes[document] = max(1, min(self._max_page, int(size * COST_AIMED_AT / cost)))
            return data

    def follow(self, document: str, variables: Mapping[str, Any], name: str, page_info: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The rows of the nested list `name` after `page_info`, to its end. Raises: as ask, PaginationNotAdvancing."""
        seen: set[str] = set()
        while page_info["hasNextPage"]:
            after = page_info["endCursor"]
            if after in seen:
                raise PaginationNotAdvancing(f"{self._http.what}: {name} gave the same page token twice.", hint="Try again.")
            seen.add(after)
            row = self.ask_sized(document, {**variables, "after": after}, self._max_page)["row"]
            if row is None:  # deleted since its list was read
                return
            page_info = row[name]["pageInfo"]
            yield from row[name]["nodes"]

    def classify(self, answer: Answer) -> IntegrationError | None:
        """Shopify's own errors, most of which come with status 200; learns the budget on the way."""
        body = answer.json
        if not isinstance(body, dict):
            return None
        self._learn(answer)
        if answer.status in (400, 401, 403) and isinstance(body.get("error"), str):  # of the token endpoint alone
            return refused(self._http.what, self._http.quote(body["error"]))
        errors = body.get("errors")
        if not errors:
            return None
        if not isinstance(errors, list):
            return self._plain_error(answer.status, str(errors))
        found = [error for error in errors if isinstance(error, dict)]
        codes = [str((error.get("extensions") or {}).get("code", "")) for error in found]
        says = self._http.quote("; ".join(str(error.get("message", "")) for error in found))
        what = self._http.what
        if "THROTTLED" in codes:
            wait = _wait_s(_cost(answer))
            return RateLimited(f"{what}: throttled, free again in {wait:.1f} s.", retry_after_s=wait)
        if is_passing(answer.status):
            return None
        if "MAX_COST_EXCEEDED" in codes:
            return TooCostly(f"{what}: {says}", hint="Report it: even one row costs too much.")
        if "ACCESS_DENIED" in codes:
            denied = found[codes.index("ACCESS_DENIED")]
            return self._denied(f"{(denied.get('extensions') or {}).get('requiredAccess', '')} {denied.get('message', '')}", says)
        if "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes:
            return Unavailable(f"{what} failed inside ({says}).", hint="Try again later.")
        if "cursor" in says.lower():
            return CursorExpired(f"{what}: {says}", hint="The window is read again from its beginning.")
        if answer.status >= 400:
            return self._plain_error(answer.status, says)
        return ContractBroken(f"{what} refused the query: {says}", hint="Report it; the API version may have changed.")

    def _plain_error(self, status: int, text: str) -> IntegrationError | None:
        says, what = self._http.quote(text), self._http.what
        if status == 401:
            return AuthRefused(f"{what} refused the access token ({says}).", hint="Paste a new token under Stores → Credentials.")
        if status == 403:
            return self._denied(text, says)
        if status in (402, 404, 423):
            return ConfigWrong(
                f"{what} is not open to us ({status}: {says}).", hint="Check the shop's address, and that the shop is active."
            )
        if status >= 400:
            return None
        return ContractBroken(f"{what} refused the query: {says}", hint="Report it; the API version may have changed.")

    def _denied(self, text: str, says: str) -> ScopeMissing:
        scope = match.group(0) if (match := re.search(r"\b(read|write)_[a-z_]+\b", text)) else ""
        hint = f"Grant {scope} to the app and install it again." if scope else "Grant the app access, protected customer data included."
        return ScopeMissing(f"{self._http.what}: access denied ({says}).", scope=scope, hint=hint)

    def _learn(self, answer: Answer) -> None:
        status = (_cost(answer) or {}).get("throttleStatus")
        if isinstance(status, dict):
            self._http.learn_budget(
                float(status["currentlyAvailable"]), float(status["maximumAvailable"]), max(float(status["restoreRate"]), 1.0)
            )


def _cost(answer: Answer) -> dict[str, Any] | None:
    extensions = answer.json.get("extensions") if isinstance(answer.json, dict) else None
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    return cost if isinstance(cost, dict) else None


def _wait_s(cost: Mapping[str, Any] | None) -> float:
    status = (cost or {}).get("throttleStatus")
    if not cost or not isinstance(status, dict) or cost.get("requestedQueryCost") is None:
        return 1.0
    missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
    return max(missing / max(float(status["restoreRate"]), 1.0), 0.1)
