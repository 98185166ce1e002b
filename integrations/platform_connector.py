"""A connector that speaks HTTP: wires a platform's facts to one HttpSession. What every platform's class derives from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from integrations.connector import Connector, Credentials
from integrations.errors import AuthRefused, ConfigWrong, IntegrationError
from integrations.http_session import Answer, Call, HttpSession, Limits
from integrations.throttle import Budget, BudgetStore, MemoryBudgets
from integrations.tokens import RenewOnce, Secrets, Tokens, TokenSaver


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All that a connector is given: who we are, whose turn it is, what we may call, where new tokens go."""

    credentials: Credentials
    budgets: BudgetStore = field(default_factory=MemoryBudgets)
    allow_private: bool = False
    save_tokens: TokenSaver | None = None
    renew_once: RenewOnce | None = None
    limits: Limits = field(default_factory=Limits)
    requests_per_second: float | None = None  # what this store's owner allows, where that is not the platform's usual rate


class PlatformConnector(Connector):
    """Facts about the calls, and three seams: `sign`, `classify`, `renewed`."""

    requests_per_second: ClassVar[float] = 5.0
    burst: ClassVar[float] = 10.0
    skip_notices: ClassVar[bool] = False  # the platform may chatter before its JSON
    can_renew: ClassVar[bool] = False  # `renewed` is written

    def __init__(self, access: Access) -> None:
        credentials = access.credentials
        for name in self.secret_names:
            if not credentials.secrets.get(name):
                raise ConfigWrong(f"{credentials.store}: the secret {name} is missing.", hint=f"Enter {name} under Stores → Credentials.")
        self.what = f"{credentials.store}: {self.title}"
        self.tokens = Tokens(
            credentials.secrets, self.renewed if self.can_renew else None, save=access.save_tokens, renew_once=access.renew_once
        )
        self.http = HttpSession(
            self.what,
            credentials.address,
            tokens=self.tokens,
            sign=self.sign,
            classify=self.classify,
            budget=Budget(
                store=access.budgets,
                key=f"{self.platform}:{credentials.store}",
                capacity=max(self.burst, access.requests_per_second or 0),
                rate_per_s=access.requests_per_second or self.requests_per_second,
                patience_s=access.limits.patience_s,
            ),
            allow_private=access.allow_private,
            limits=access.limits,
            skip_notices=self.skip_notices,
        )

    def sign(self, call: Call) -> Call:
        """The call with our credentials in it; asked for each attempt. Reads `self.tokens.current`."""
        return call

    def classify(self, answer: Answer) -> IntegrationError | None:
        """What the platform's own codes say; None leaves it to the HTTP status."""
        return None

    def renewed(self, secrets: Secrets) -> Secrets:
        """Ask the platform for new tokens (with `is_signed=False`); only those that changed. Raises: AuthRefused, Retriable."""
        raise AuthRefused(f"{self.what} has no tokens that could be renewed.", hint="Enter new credentials under Stores → Credentials.")
