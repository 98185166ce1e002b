"""Opens the connector of a store: its credentials from the environment or the database, its budget from Redis."""

from __future__ import annotations

import hashlib

from db import secrets, stores
from db.engine import begin
from db.stores import Store
from integrations import CONNECTORS, connect
from integrations.connector import Connector, Credentials
from integrations.tokens import FetchTokens, Secrets
from settings import platform_secret, settings
from tasks import budgets

GRANTED = {"access_token", "refresh_token"}  # what a platform replaces


def credentials_of(store: Store) -> Credentials:
    """The store's address and secrets; a variable such as SHOPIFY_ACCESS_TOKEN_store1 outweighs what the database keeps.

    Raises: SecretsUnreadable, DatabaseAway.
    """
    with begin() as conn:
        kept = secrets.get(conn, store.id)
    facts = CONNECTORS.get(store.platform)
    wanted = (*facts.secret_names, *facts.optional_secret_names) if facts else ()
    given = {
        name: value
        for name in wanted
        if (value := platform_secret(store.platform, name, store.name)) and kept.get(f"began:{name}") != _mark(value)
    }
    return Credentials(
        store=store.name, address=store.address, secrets={name: value for name, value in (kept | given).items() if ":" not in name}
    )


def _mark(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _beginnings(store: Store) -> dict[str, str]:
    """Marks of the tokens in the environment that have been renewed since: these do not outweigh what came of them."""
    return {f"began:{name}": _mark(value) for name in GRANTED if (value := platform_secret(store.platform, name, store.name))}


def open_connector(store: Store) -> Connector:
    """The connector of this store; calls nobody yet.

    Raises: ConfigWrong, SecretsUnreadable, DatabaseAway.
    """

    def renew_once(seen: Secrets, fetch: FetchTokens) -> Secrets:
        """Single flight over all workers: whoever holds the store's row asks; the others wait and find the answer there."""
        with begin() as conn:
            stores.lock(conn, store.id)
            kept = {**seen, **secrets.get(conn, store.id)}
            if any(kept[name] != seen[name] for name in seen if name in GRANTED):
                return {name: value for name, value in kept.items() if ":" not in name}
            renewed = {**seen, **fetch(seen)}
            secrets.put(conn, store.id, {**renewed, **_beginnings(store)})  # before use: a rotated refresh token that is not kept is lost
        return renewed

    return connect(
        store.platform,
        credentials_of(store),
        budgets=budgets.shared(),
        allow_private=settings().allow_private_addresses,
        renew_once=renew_once,
        requests_per_second=(store.options or {}).get("requests_per_second"),
    )
