"""Calls to the Selling Partner API: each operation has a token bucket of its own, shared by all who work for the same seller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from integrations.amazon_errors import MaybeRole, api_error, role_missing
from integrations.errors import ContractBroken, IntegrationError
from integrations.http_session import Answer, HttpSession, Signer
from integrations.platform_connector import Access
from integrations.throttle import Budget
from integrations.tokens import Tokens

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation and its documented default: calls a second, and how many may come at once."""

    name: str
    rate_per_s: float
    burst: float


SEARCH_ORDERS = Operation("searchOrders", 0.0056, 20)
GET_ORDER = Operation("getOrder", 0.5, 30)
SEARCH_LISTINGS = Operation("searchListingsItems", 5, 5)
GET_LISTING = Operation("getListingsItem", 5, 10)
FBA_SUMMARIES = Operation("getInventorySummaries", 2, 2)
CREATE_REPORT = Operation("createReport", 0.0167, 15)
GET_REPORT = Operation("getReport", 2, 15)
GET_DOCUMENT = Operation("getReportDocument", 0.0167, 15)


class AmazonCalls:
    """One seller's calls. `account` names the buckets: they belong to seller and application, however many stores these are here."""

    def __init__(self, what: str, base: str, *, tokens: Tokens, sign: Signer, access: Access, account: str) -> None:
        self.what = what
        self.access = access
        self._base, self._tokens, self._sign, self._account = base, tokens, sign, account
        self._sessions: dict[str, HttpSession] = {}
        self._budgets: dict[str, Budget] = {}
        self._rates: dict[str, float] = {}  # as Amazon told them last: never on a 429, which is when they are needed

    def get(self, operation: Operation, path: str, params: Params | None = None) -> dict[str, Any]:
        """GET; the body. Raises: any IntegrationError but Unmappable; InputRefused on 400, NotThere on 404."""
        return self._read(operation, lambda session: session.get(path, params))

    def post(self, operation: Operation, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST `body` as JSON; the body of the answer. Raises: as get."""
        return self._read(operation, lambda session: session.post_json(path, body))

    def time(self) -> datetime | None:
        """Amazon's time now; None before the first answer."""
        return next((time for session in self._sessions.values() if (time := session.clock.time()) is not None), None)

    def _read(self, operation: Operation, call: Any) -> dict[str, Any]:
        session = self._session(operation)
        if not self._tokens.current.get("access_token"):
            self._tokens.renew(self._tokens.current)  # none to begin with
        try:
            answer: Answer = call(session)
        except MaybeRole as error:  # with a token renewed a moment ago it can only be the role
            raise role_missing(self.what, error.said) from None
        self._learn(operation, answer.headers)
        if not isinstance(answer.json, dict):
            raise ContractBroken(
                f"{self.what}: {operation.name} answered with no object.", hint="Report it; the platform may have changed."
            )
        return answer.json

    def _session(self, operation: Operation) -> HttpSession:
        name = operation.name
        if name not in self._sessions:
            self._budgets[name] = Budget(
                store=self.access.budgets,
                key=f"amazon:{self._account}:{name}",
                capacity=operation.burst,
                rate_per_s=self._allowed(operation.rate_per_s),
                patience_s=self.access.limits.patience_s,
            )
            self._sessions[name] = HttpSession(
                self.what,
                self._base,
                tokens=self._tokens,
                sign=self._sign,
                classify=partial(self._classify, operation),
                budget=self._budgets[name],
                allow_private=self.access.allow_private,
                limits=self.access.limits,
            )
        return self._sessions[name]

    def _classify(self, operation: Operation, answer: Answer) -> IntegrationError | None:
        rate = self._rates.get(operation.name, operation.rate_per_s)
        return api_error(self.what, self._sessions[operation.name].quote, answer, 1 / rate)

    def _learn(self, operation: Operation, headers: Mapping[str, str]) -> None:
        try:
            rate = float(headers.get("x-amzn-RateLimit-Limit", ""))
        except ValueError:
            return
        if 0 < rate < float("inf") and rate != self._rates.get(operation.name):
            self._rates[operation.name] = rate
            self._budgets[operation.name].learn_rate(self._allowed(rate))

    def _allowed(self, rate: float) -> float:
        return min(rate, self.access.requests_per_second or rate)
