"""Opens the connector of a store: its credentials from the environment or the database, its budget from Redis."""

from __future__ import annotations

from functools import partial

from db import secrets
from db.engine import reading
from db.stores import Store
from integrations import connect
from integrations.connector import Connector, Credentials
from settings import settings
from tasks import budgets
from tasks.in_force import in_force
from tasks.renewals import renew


def credentials_of(store: Store) -> Credentials:
    """The store's address, and the secrets that are in force.

    Raises: SecretsUnreadable, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        kept = secrets.get(conn, store.id)
    return Credentials(store=store.name, address=store.address, secrets=in_force(store, kept))


def open_connector(store: Store) -> Connector:
    """The connector of this store; calls nobody yet.

    Raises: ConfigWrong, SecretsUnreadable, DatabaseAway.
    """
    return connect(
        store.platform,
        credentials_of(store),
        budgets=budgets.shared(),
        allow_private=settings().allow_private_addresses,
        renew_once=partial(renew, store),
        requests_per_second=(store.options or {}).get("requests_per_second"),
    )
