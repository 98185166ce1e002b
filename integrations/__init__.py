"""The world outside: the platforms' connectors. Knows HTTP; knows nothing of our database, queue or settings."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.amazon import Amazon
from integrations.connector import Connector, Credentials
from integrations.ebay import Ebay
from integrations.errors import ConfigWrong
from integrations.platform_connector import Access, PlatformConnector
from integrations.shopify import Shopify
from integrations.throttle import BudgetStore, MemoryBudgets
from integrations.tiktok import TikTok
from integrations.tokens import RenewOnce, TokenSaver
from integrations.woocommerce import WooCommerce

CONNECTORS: Mapping[str, type[PlatformConnector]] = {
    connector.platform: connector for connector in (Amazon, Ebay, Shopify, TikTok, WooCommerce)
}


def connect(
    platform: str,
    credentials: Credentials,
    *,
    budgets: BudgetStore | None = None,
    allow_private: bool = False,
    save_tokens: TokenSaver | None = None,
    renew_once: RenewOnce | None = None,
    requests_per_second: float | None = None,
) -> Connector:
    """The connector of `platform` for one store; calls nobody yet.

    `budgets` is shared by all workers (default: this connector alone). `allow_private` lets the address be http and in our
    own network (the sandbox). `save_tokens` stores renewed secrets before they are used; `renew_once` does that for many
    workers at once (tokens.py). Raises: ConfigWrong.
    """
    if platform not in CONNECTORS:
        raise ConfigWrong(
            f"{credentials.store}: there is no platform {platform!r}.", hint=f"Choose one of {', '.join(sorted(CONNECTORS))} under Stores."
        )
    access = Access(
        credentials=credentials,
        budgets=budgets or MemoryBudgets(),
        allow_private=allow_private,
        save_tokens=save_tokens,
        renew_once=renew_once,
        requests_per_second=requests_per_second,
    )
    return CONNECTORS[platform](access)


__all__ = ["CONNECTORS", "connect"]
