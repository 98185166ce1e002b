"""Opens the connector of a store: its credentials from the environment or the database, its budget from Redis."""

from __future__ import annotations

from collections.abc import Mapping

from db import secrets
from db.engine import begin
from db.stores import Store
from integrations import CONNECTORS, connect
from integrations.connector import Connector, Credentials
from settings import platform_secret, settings
from tasks import budgets


def credentials_of(store: Store) -> Credentials:
    """The store's address and secrets; a variable such as SHOPIFY_ACCESS_TOKEN_store1 outweighs what the database keeps.

    Raises: SecretsUnreadable, DatabaseAway.
    """
    with begin() as conn:
        kept = secrets.get(conn, store.id)
    facts = CONNECTORS.get(store.platform)
    wanted = (*facts.secret_names, *facts.optional_secret_names) if facts else ()
    given = {name: value for name in {*wanted, *kept} if (value := platform_secret(store.platform, name, store.name))}
    return Credentials(store=store.name, address=store.address, secrets={**kept, **given})


def open_connector(store: Store) -> Connector:
    """The connector of this store; calls nobody yet.

    Raises: ConfigWrong, SecretsUnreadable, DatabaseAway.
    """

    def save(renewed: Mapping[str, str]) -> None:
        with begin() as conn:
            secrets.put(conn, store.id, renewed)

    return connect(
        store.platform,
        credentials_of(store),
        budgets=budgets.shared(),
        allow_private=settings().allow_private_addresses,
        save_tokens=save,
        requests_per_second=(store.options or {}).get("requests_per_second"),
    )  # fmt: skip
