"""Stores with products, orders and customers in them, written as a sync writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from db import stores
from db.engine import begin
from db.job_state import JobState
from db.jobs import NewJob, add
from db.record_pages import Incoming, Source, write_page
from db.store_stats import ensure
from integrations.records import InventoryLevel, Order, OrderLine, Product, Refund, Variant

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
STREAMS = ("products", "orders", "inventory", "customers")


def shop(name="s"):
    with begin() as conn:
        number = stores.add(conn, name=name, title=name.upper(), platform="shopify", address=f"https://{name}.example")
        for stream in STREAMS:
            ensure(conn, number, stream)
    return number


def a_job(name="sync_orders", queue="sync-orders", *, error=None, **more):
    """The id of a job in the ledger, waiting; with `error` one that failed and waits again."""
    from sqlalchemy import update

    from db.schema import jobs

    new = NewJob(name=name, queue=queue, args=more.pop("args", {}), requested_by="ana", max_attempts=3, **more)
    with begin() as conn:
        job_id, _ = add(conn, new, repush_s=30)
        if error:
            conn.execute(update(jobs).where(jobs.c.id == job_id).values(error=error, error_class="Unavailable", state=JobState.FAILED))
    return job_id


def write(shop_id, stream, *records, job_id=1, seen=T0):
    source = Source(store_id=shop_id, stream=stream, job_id=job_id, observed_at=seen)
    with begin() as conn:
        return write_page(conn, source, [Incoming(each, f"{hash(repr(each)):x}", '{"as": "it came"}') for each in records], [])


def product(number, name=None, *, sku=None, variants=1, **more):
    own = tuple(
        Variant(
            external_id=f"v{number}-{i}", sku=sku or f"SKU-{number}-{i}", price=Decimal("4.20"), currency="EUR", position=i,
            inventory_item_id=f"i{number}-{i}",
        )
        for i in range(variants)
    )  # fmt: skip
    return Product(external_id=f"p{number}", name=name or f"Product {number}", currency="EUR", price=Decimal("4.20"), variants=own, **more)


def level(number, available=3):
    return InventoryLevel(external_id=f"i{number}-0@here", inventory_item_id=f"i{number}-0", location_id="here", available=available)


def order(number, *, minutes=0, email=None, placed=True, lines=1, refunded=None, **more):
    own = tuple(
        OrderLine(external_id=f"l{number}-{i}", title=f"Line {i}", quantity=1, sku=f"SKU-{number}-{i}", position=i) for i in range(lines)
    )
    back = (Refund(external_id=f"r{number}", amount=Decimal(refunded)),) if refunded else ()
    return Order(
        external_id=f"o{number}", number=f"#{number}", currency="EUR", total=Decimal("10.00"), email=email,
        placed_at=T0 + timedelta(minutes=minutes) if placed else None, lines=own, refunds=back, **more,
    )  # fmt: skip
