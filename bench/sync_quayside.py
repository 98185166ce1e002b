"""Our contestant: `python -m bench.sync_quayside ADDRESS STORE` syncs the shop's products through the ledger and the real connector.

The environment names the database. Prints a line of JSON for the sync.
"""

from __future__ import annotations

import sys
from typing import Any

from bench.child import measured, resident_bytes
from db import jobs, stores
from db.engine import begin, reading
from integrations import connect
from integrations.connector import Credentials, Page
from tasks import catalog, identity
from tasks.copy import copy_stream
from tasks.ledger import submit
from tasks.run import Run


def sync(address: str, name: str) -> None:
    """One full sync of the store `name`, which is made when it is not there."""
    assert catalog.MODULES
    with begin() as conn:
        known = stores.by_name(conn, name)
        store_id = known.id if known else stores.add(conn, name=name, title=name, platform="shopify", address=address)
    job_id = submit("sync_products", {"sync_all": True}, requested_by="bench", store_id=store_id, stream="products")
    with begin() as conn:
        claimed = jobs.claim(conn, job_id, name="sync_products", worker=identity.worker(), lease_s=3600, time_limit_s=36_000)
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, store_id)
    assert claimed is not None
    connector: Any = connect("shopify", Credentials(store=name, address=address, secrets={"access_token": "bench"}), allow_private=True)
    connector.bulk_threshold = 10**9  # pages, as the others read
    run = Run(claimed, time_limit_s=36_000)
    run.pause_point = lambda: None  # type: ignore[method-assign]  # alone on this machine
    seen, after_10_000 = 0, 0
    fetch = connector.fetch_page

    def counting(*asked: Any) -> Page:
        nonlocal seen, after_10_000
        page: Page = fetch(*asked)
        seen += len(page.rows)
        if not after_10_000 and seen >= 10_000:
            after_10_000 = resident_bytes()
        return page

    connector.fetch_page = counting
    with measured() as told:
        done = copy_stream(run, store, connector, "products", sync_all=True)
        told |= {"records": done.read - done.duplicate, "created": done.created, "updated": done.updated, "unchanged": done.unchanged}
        told["after_10_000_mb"] = after_10_000 / 1e6


if __name__ == "__main__":
    sync(*sys.argv[1:3])
