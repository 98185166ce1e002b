"""What the invented shops sell, and what people and Quayside did about them: products, orders, failures, schedules, pauses, bulk operations."""

from __future__ import annotations

import json
import random
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db.schedules import key_of
from db.schema import (
    audit_log,
    bulk_operations,
    bulk_targets,
    customers,
    failure_groups,
    inventory_levels,
    job_log,
    jobs,
    order_lines,
    orders,
    products,
    queue_pauses,
    refunds,
    schedules,
    store_credentials,
    stores,
    variants,
)

GOODS = (
    "Enamel mug",
    "Wool blanket",
    "Canvas tote",
    "Brass lamp",
    "Linen shirt",
    "Trail stove",
    "Tea tin",
    "Oak board",
    "Rain jacket",
    "Paper lantern",
)
COLOURS = ("Blue", "Sand", "Moss", "Black")
CURRENCIES = ("EUR", "CHF", "EUR", "NOK", "USD", "GBP", "EUR", "USD", "USD", "SGD", "JPY", "PLN")
PEOPLE = ("ana@example.com", "bjorn@example.com", "chiara@example.com", "hoa@example.com", "<script>@example.com")


def packed(row: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(row).encode())


def seed_goods(conn: Connection) -> None:
    """Fill the tables; the stores are there."""
    chance, now = random.Random(11), datetime.now(UTC)
    ids = [int(i) for i in conn.scalars(select(stores.c.id).order_by(stores.c.id))]
    writer = conn.scalar(select(jobs.c.id).where(jobs.c.name == "sync_orders", jobs.c.state == "succeeded").limit(1))
    for number in range(60):
        _product(conn, chance, now, number, ids[number % len(ids)], CURRENCIES[number % len(CURRENCIES)], writer)
    for number in range(60):
        _order(conn, chance, now, number, ids[number % len(ids)], CURRENCIES[number % len(CURRENCIES)], writer)
    _failures(conn, now)
    _schedules(conn, now, ids)
    _bulk(conn, now)
    _deeds(conn, now, writer)
    conn.execute(
        insert(queue_pauses).values(
            queue="sync-customers", paused_by="ana", reason="The platform counts them anew", resume_at=now + timedelta(hours=2)
        )
    )
    conn.execute(insert(store_credentials).values(store_id=ids[0], ciphertext="x", expires_at=now + timedelta(days=12)))


def _synced(store: int, number: int, now: datetime, writer: Any, **raw: Any) -> dict[str, Any]:
    changed = now - timedelta(minutes=7 * number + 3)
    return {"store_id": store, "external_id": f"gid-{number:05d}", "source_created_at": changed, "source_updated_at": changed,
            "observed_at": changed + timedelta(minutes=2), "raw": packed({"id": f"gid-{number:05d}", **raw}), "last_job_id": writer}  # fmt: skip


def _product(conn: Connection, chance: random.Random, now: datetime, number: int, store: int, currency: str, writer: Any) -> None:
    name = f"{GOODS[number % len(GOODS)]}{'' if number < 10 else f' No. {number}'}"
    price = Decimal(chance.randint(400, 24_000)) / (1 if currency == "JPY" else 100)
    told = _synced(store, number, now, writer, title=name, status="ACTIVE", vendor="Harbor Goods")
    stock = chance.randint(-2, 240)
    conn.execute(insert(products).values(**told, name=name, price=price, currency=currency, quantity=stock, category=chance.choice(("Home", "Outdoor", "Kitchen")),
                 vendor="Harbor Goods", status=chance.choice(("active", "active", "active", "draft", "archived")), raw_status="ACTIVE", created_at=now,
                 description="Made to be used every day. Washable, and repaired for free."))  # fmt: skip
    for place in range(1 + number % 4):
        own = {**told, "external_id": f"v-{number}-{place}"}
        conn.execute(insert(variants).values(**own, product_external_id=told["external_id"], title=COLOURS[place], sku=f"SKU-{number:03d}-{place}", price=price,
                     currency=currency, quantity=stock // (place + 1), position=place, inventory_item_id=f"i-{number}-{place}"))  # fmt: skip
        conn.execute(insert(inventory_levels).values(**{**told, "external_id": f"l-{number}-{place}"}, inventory_item_id=f"i-{number}-{place}",
                     sku=f"SKU-{number:03d}-{place}", location_id="main", location_name="Main warehouse", is_tracked=True, available=stock, on_hand=stock + 3,
                     committed=3, incoming=12, product_external_id=told["external_id"]))  # fmt: skip


def _order(conn: Connection, chance: random.Random, now: datetime, number: int, store: int, currency: str, writer: Any) -> None:
    told = _synced(store, number, now, writer, name=f"#{1_042 + number}")
    status, payment, fulfilment = chance.choice((("open", "paid", "unfulfilled"), ("completed", "paid", "fulfilled"), ("open", "pending", "unfulfilled"),
                                                 ("completed", "partially_refunded", "fulfilled"), ("cancelled", "refunded", "unfulfilled")))  # fmt: skip
    step = Decimal(1) if currency == "JPY" else Decimal("0.01")
    each = (Decimal(chance.randint(900, 9_000)) * step).quantize(step)
    count, total, email = 1 + number % 3, Decimal(0), PEOPLE[number % len(PEOPLE)]
    for place in range(count):
        amount = each * (place + 1)
        total += amount
        conn.execute(insert(order_lines).values(**{**told, "external_id": f"ol-{number}-{place}"}, order_external_id=told["external_id"], quantity=place + 1,
                     title=f"{GOODS[(number + place) % len(GOODS)]}, {COLOURS[place]}", sku=f"SKU-{number:03d}-{place}", unit_price=each, total=amount,
                     position=place))  # fmt: skip
    back = each if payment == "partially_refunded" else None
    if back is not None:
        conn.execute(insert(refunds).values(**{**told, "external_id": f"r-{number}"}, order_external_id=told["external_id"], amount=back, reason="Came broken",
                     refunded_at=now - timedelta(hours=3)))  # fmt: skip
    conn.execute(insert(orders).values(**told, number=f"#{1_042 + number}", currency=currency, status=status, payment_status=payment, fulfillment_status=fulfilment,
                 raw_status=status.upper(), subtotal=total, shipping=step * 490, tax=step * 120, total=total + step * 610, refunded=back, is_test=number == 7,
                 email=email, customer_external_id=f"c-{number}", placed_at=now - timedelta(minutes=11 * number + 4)))  # fmt: skip
    conn.execute(
        insert(customers).values(
            **{**told, "external_id": f"c-{number}"}, email=email, first_name="Ana", last_name="Kovač", is_masked=False, is_derived=False
        )
    )


def _failures(conn: Connection, now: datetime) -> None:
    groups = (("AuthRefused", "Shopify refused the access token (401).", "person", "new"), ("Unavailable", "The shop did not answer within 20 s.", "passing", "known"),
              ("RateLimited", "Too many requests (429); the platform asked to wait 30 s.", "passing", "muted"),
              ("ContractBroken", "Order 88213 came without a currency.", "bug", "regressed"))  # fmt: skip
    for number, (kind_of_error, error, kind, state) in enumerate(groups):
        mark = f"mark{number}"
        conn.execute(update(jobs).where(jobs.c.error_class == kind_of_error, jobs.c.state == "failed").values(fingerprint=mark))
        last = conn.scalar(select(jobs.c.id).where(jobs.c.fingerprint == mark).order_by(jobs.c.id.desc()).limit(1))
        conn.execute(insert(failure_groups).values(fingerprint=mark, name="sync_orders", error_class=kind_of_error, example=error, kind=kind, state=state,
                     seen=900 - 200 * number, first_seen_at=now - timedelta(days=6), last_seen_at=now - timedelta(minutes=4 + 9 * number), last_job_id=last,
                     muted_until=now + timedelta(hours=5) if state == "muted" else None, assigned_to="ana" if number == 3 else None))  # fmt: skip


def _schedules(conn: Connection, now: datetime, ids: list[int]) -> None:
    usual = (
        ("products", "0 2 * * *"),
        ("orders", "*/30 * * * *"),
        ("inventory", "0 * * * *"),
        ("customers", "30 4 * * 1"),
        ("all", "0 3 * * 0"),
    )
    for number, (stream, cron) in enumerate(usual):
        made = conn.execute(insert(schedules).values(slot=f"all:{stream}", stream=stream, cron=cron, time_zone="Europe/Zurich", is_enabled=True,
                     next_at=now + timedelta(minutes=12 + 30 * number), last_at=now - timedelta(minutes=18 + 31 * number), missed=2 if stream == "inventory" else 0,
                     paused_until=now + timedelta(days=1) if stream == "customers" else None, changed_by="ana" if stream == "customers" else None))  # fmt: skip
        _ran(conn, made.inserted_primary_key[0], stream)
    conn.execute(insert(schedules).values(slot=f"{ids[0]}:orders", store_id=ids[0], stream="orders", cron="*/5 * * * *", time_zone="Europe/Zurich", is_enabled=True,
                 next_at=now + timedelta(minutes=3), changed_by="ana"))  # fmt: skip


def _ran(conn: Connection, schedule_id: int, stream: str) -> None:
    """The newest of the stream's jobs are this schedule's last runs."""
    ended = select(jobs.c.id, jobs.c.created_at).where(
        jobs.c.stream == stream, jobs.c.name == f"sync_{stream}", jobs.c.finished_at.is_not(None)
    )
    for row in conn.execute(ended.order_by(jobs.c.id.desc()).limit(30)).all():
        key = f"{key_of(schedule_id, row.created_at)}{row.id}:{stream}"
        conn.execute(jobs.update().where(jobs.c.id == row.id).values(idempotency_key=key))


def _bulk(conn: Connection, now: datetime) -> None:
    for number, (action, total, done, refused, reason) in enumerate(
        (("retry", 312, 298, 14, "The token was renewed"), ("cancel", 48, 48, 0, "Wrong shop"))
    ):
        began = now - timedelta(hours=1 + number)
        made = conn.execute(insert(bulk_operations).values(action=action, filter={"states": ["failed"], "store": "harbor"}, reason=reason, requested_by="ana",
                            total=total, done=done, refused=refused, created_at=began, finished_at=began + timedelta(seconds=21))).inserted_primary_key[0]  # fmt: skip
        for target in range(refused):
            said = "Job is running; only failed or cancelled jobs can be retried."
            conn.execute(insert(bulk_targets).values(operation_id=made, target_id=100 + target, outcome="refused", said=said))


def _deeds(conn: Connection, now: datetime, writer: Any) -> None:
    for minutes, person, action, target, detail in reversed((
        (4, "ana", "pause_queue", "queue:sync-customers", {"reason": "The platform counts them anew"}), (31, "quayside", "pause_store", "store:verde", {}),
        (58, "bjorn", "change_store", "store:harbor", {"secrets": True}), (75, "ana", "run_schedule", "store:atlas", {"stream": "orders"}),
        (160, "ana", "retry", "job:1204", {}),
    )):  # fmt: skip
        conn.execute(
            insert(audit_log).values(
                at=now - timedelta(minutes=minutes), person=person, action=action, target=target, detail=detail, source="console"
            )
        )
    told = (
        conn.scalar(select(jobs.c.id).where(jobs.c.metadata.is_not(None), jobs.c.verdict == "blocked").order_by(jobs.c.id.desc()).limit(1))
        or writer
    )
    for second, level, line in ((4, "INFO", "job started name=sync_orders store=harbor attempt=1"), (9, "INFO", "page read page=1 records=250 took=0.8s"),
                                (21, "WARNING", "request refused status=401 path=/admin/api/2026-10/graphql.json"),
                                (21, "ERROR", "job failed error=AuthRefused reason=auth")):  # fmt: skip
        conn.execute(insert(job_log).values(job_id=told, at=now - timedelta(seconds=96 - second), level=level, line=line))
