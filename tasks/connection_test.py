"""Test connection: who we are at a platform, what we may do there, and how far our clocks are apart."""

from __future__ import annotations

from typing import Any

from db import jobs, secrets, stores
from db.engine import begin, reading
from integrations.permissions import permissions
from tasks.bad_request import BadRequest
from tasks.connections import open_connector
from tasks.ledger import Requested, job, submit
from tasks.run import Run


def test_connection(store: str, *, requested_by: str, idempotency_key: str | None = None) -> Requested:  # noqa: PT028  # not a test
    """Ask a worker to try a store's credentials; the job's id. Its result has name, currency, api_version, api_version_until, granted, missing, credentials_until, clock_difference_s.

    Raises: BadRequest, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        known = stores.by_name(conn, store)
    if known is None:
        raise BadRequest("store", f"There is no store {store!r}. Stores are listed on the page Stores.")
    return submit(
        "try_connection", {}, requested_by=requested_by, store_id=known.id, dedupe_key=f"connection:{known.id}", priority=30, idempotency_key=idempotency_key
    )  # fmt: skip


test_connection.__test__ = False  # type: ignore[attr-defined]  # its name is no invitation to pytest


@job(queue="system", attempts=1, retry_delay_s=1.0, time_limit_s=120.0)
def try_connection(run: Run) -> dict[str, Any]:
    """One call to the platform, and one for each permission that it does not tell."""
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, run.job.store_id or 0)
    connector = open_connector(store)
    identity = connector.identify()
    with begin() as conn:
        now, ends = jobs.clock(conn), secrets.expires_at(conn, store.id)
    may = permissions(connector, identity)
    return {
        "name": identity.name,
        "currency": identity.currency,
        "api_version": identity.api_version,
        "api_version_until": identity.api_version_until.isoformat() if identity.api_version_until else None,
        "granted": sorted(may.granted) if may.granted is not None else None,
        "missing": {stream: sorted(scopes) for stream, scopes in may.missing.items()},
        "history_days": identity.history_days,
        "credentials_until": ends.isoformat() if ends else None,
        "clock_difference_s": round((identity.platform_time - now).total_seconds(), 1) if identity.platform_time else None,
    }
