"""Reads N made-up products through the real copy into the real tables; prints the resident memory (bytes) after the first 10,000 and the peak."""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import tasks
from db import jobs, migrate, stores
from db.engine import begin, reading
from integrations.connector import Connector, Identity, Page, Stream
from integrations.records import Product, Variant
from tasks import identity
from tasks.copy import copy_stream
from tasks.ledger import KINDS, submit
from tasks.run import Run

PAGE = 250
BEGAN = datetime.now(UTC) - timedelta(days=30)


class Endless(Connector):
    platform, title, secret_names = "shopify", "Endless", ()
    streams: ClassVar = {"products": Stream(incremental=True), "customers": Stream(incremental=False)}

    def __init__(self, count):
        self.count, self.after_10_000 = count, 0

    def identify(self):
        return Identity(name="endless", currency="EUR", platform_time=datetime.now(UTC))

    def fetch_page(self, stream, window, cursor):
        start = cursor or 0
        if start == 10_000:
            self.after_10_000 = resident()
        rows = [
            {"id": f"p{number}", "title": f"Product {number} " + "x" * 200, "at": number}
            for number in range(start, min(start + PAGE, self.count))
        ]
        return Page(rows, cursor=start + PAGE, has_more=start + PAGE < self.count, total=self.count)

    def to_records(self, stream, row):
        at = BEGAN + timedelta(seconds=row["at"])
        variants = tuple(
            Variant(external_id=f"{row['id']}-{each}", sku=row["id"], price=Decimal("4.20"), currency="EUR") for each in range(2)
        )
        return [Product(external_id=row["id"], name=row["title"], currency="EUR", source_updated_at=at, variants=variants)]

    def fetch_row(self, stream, external_id):
        return None


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main(count):
    migrate.upgrade()
    name = f"endless{datetime.now(UTC):%H%M%S%f}"
    with begin() as conn:
        store_id = stores.add(conn, name=name, title=name, platform="shopify", address="https://endless.example")
    job_id = submit("sync_products", {}, requested_by="test", store_id=store_id, stream="products")
    with begin() as conn:
        claimed = jobs.claim(conn, job_id, name="sync_products", worker=identity.worker(), lease_s=3600, time_limit_s=36_000)
    assert claimed is not None
    connector = Endless(count)
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, store_id)
    run = Run(claimed, time_limit_s=36_000)
    run.pause_point = lambda: None  # alone on this machine
    began = datetime.now(UTC)
    copy_stream(run, store, connector, "products")
    assert KINDS
    peak = next(int(line.split()[1]) * 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    seconds = (datetime.now(UTC) - began).total_seconds()
    created = tasks.job(job_id).result["created"]
    print(json.dumps({"after_10_000": connector.after_10_000, "peak": peak, "created": created, "records_per_s": round(created / seconds)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
