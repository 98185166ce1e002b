"""A busy afternoon of twelve invented shops, for screenshots and for tests that need full pages."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db.schema import (
    consumers,
    job_attempts,
    jobs,
    products,
    rejected_records,
    store_stream_counts,
    store_stream_stats,
    stores,
    sync_runs,
    unknown_values,
    users,
)
from tests.console.demo_goods import seed_goods

SHOPS = [
    ("atlas", "Atlas Outdoor", "shopify"), ("zurich", "Café Zürich", "woocommerce"), ("verde", "Casa Verde", "woocommerce"),
    ("fjord", "Fjord & Sønn", "shopify"), ("harbor", "Harbor & Pine", "shopify"), ("kiosk", "Kiosk 24", "ebay"),
    ("melo", "Melo Música", "woocommerce"), ("north", "North Supply Co", "amazon"), ("origin", "Origin Goods", "tiktok"),
    ("paper", "Paper Lantern", "shopify"), ("tokyo", "Tōkyō Goods", "shopify"), ("lodz", "Łódź Outlet", "woocommerce"),
]  # fmt: skip
STREAMS = ("products", "orders", "inventory", "customers")
ERRORS = [
    ("AuthRefused", "Harbor & Pine: Shopify refused the access token (401).", "Paste a new token under Stores → Credentials."),
    ("Unavailable", "The shop did not answer within 20 s.", "It is tried again; look at the shop if this goes on."),
    ("RateLimited", "Too many requests (429); the platform asked to wait 30 s.", ""),
    ("ContractBroken", "Order 88213 came without a currency.", "The record is kept aside under Rejected."),
]
WORKERS = ("ops-1/6587", "ops-2/16204", "ops-1/6077")  # host and consumer
TRACEBACK = (
    'Traceback (most recent call last):\n  File "tasks/ledger.py", line 118, in execute\n    told = kind.function(run, **args)\n'
    '  File "tasks/copy.py", line 74, in copy_stream\n    page = connector.fetch_page(stream, window, cursor)\n'
    "integrations.errors.{kind}: {error}\n"
)


def add(conn: Connection, table: Any, **values: Any) -> Any:
    """One row; its key."""
    return conn.execute(insert(table).values(**values)).inserted_primary_key[0]


def add_job(conn: Connection, **values: Any) -> int:
    """A job row with what every job has."""
    now = datetime.now(UTC)
    told = {"name": "sync_orders", "queue": "sync-orders", "args": {}, "metadata": {}, "state": "queued", "max_attempts": 3, "run_at": now, "push_at": now,
            "requested_by": "schedule", "created_at": values.get("run_at", now)} | values  # fmt: skip
    return add(conn, jobs, **told)


def seed(conn: Connection, *, finished: int = 1_800) -> None:
    """Fill the tables."""
    chance, now = random.Random(7), datetime.now(UTC)
    ids = {name: add(conn, stores, name=name, title=title, platform=platform, address=f"https://{name}.example.test", currency="EUR") for name, title, platform in SHOPS}  # fmt: skip
    _finished(conn, chance, now, list(ids.values()), finished)
    _stats(conn, chance, now, ids)
    _tags_and_notes(conn, now, ids)
    _checks(conn, now, ids)
    _unfinished(conn, chance, now, list(ids.values()))
    _told(conn, now, ids)
    for number, name in enumerate(
        ("Ana Kovač", "Bjørn Dahl", "Chiara Rossi", "Đorđe Ilić", "Nguyễn Thị Hoa", "<script>alert(1)</script>"), 1
    ):
        user = add(conn, users, name=name, email=f"person{number}@example.com", created_at=now - timedelta(days=9 - number, hours=number))
        for goods in range(number % 3):
            add(conn, products, name=f"Product for {name}", price=Decimal("19.90") + goods, quantity=12 + goods, category="Books", user_id=user,
                created_at=now - timedelta(hours=goods + 1))  # fmt: skip
    for host, pid, age, version in (
        ("ops-1", 6587, 3, "0.1.0"),
        ("ops-1", 6077, 4, "0.1.0"),
        ("ops-2", 16204, 9, "0.1.0"),
        ("ops-3", 7069, 540, "0.1.0"),
    ):
        add(conn, consumers, id=f"{host}:{pid}:1", host=host, pid=pid, version=version, workers=4, worker_type="process", broker="redis",
            memory_bytes=180_000_000 + pid * 1000, started_at=now - timedelta(hours=14, minutes=pid % 60), beat_at=now - timedelta(seconds=age))  # fmt: skip
    seed_goods(conn)


def _finished(conn: Connection, chance: random.Random, now: datetime, ids: list[int], count: int) -> None:
    rows, moment = [], now - timedelta(minutes=125)
    for _ in range(count):
        moment += timedelta(seconds=chance.expovariate(count / (125 * 60 - 30)))
        if moment > now:
            break
        stream = chance.choices(STREAMS, (3, 6, 3, 1))[0]
        took, failed = chance.uniform(0.4, 24), chance.random() < 0.055
        error = chance.choices(ERRORS, (8, 3, 2, 1))[0] if failed else (None, None, None)
        rows.append(
            {
                "name": f"sync_{stream}", "queue": f"sync-{stream}", "store_id": chance.choice(ids), "stream": stream, "args": {}, "metadata": {},
                "state": "failed" if failed else "succeeded", "failures": 3 if failed else 0, "max_attempts": 3, "verdict": "failed" if failed else "success",
                "run_at": moment - timedelta(seconds=took + 2), "push_at": moment, "created_at": moment - timedelta(seconds=took + chance.uniform(0.1, 6)),
                "started_at": moment - timedelta(seconds=took), "finished_at": moment, "progress": chance.randint(5, 900), "progress_total": None,
                "error_class": error[0], "error": error[1], "hint": error[2], "requested_by": chance.choice(("schedule", "schedule", "ana")),
                "worker": f"{WORKERS[len(rows) % len(WORKERS)]}:{7000 + len(rows) % 4}",
            }
        )  # fmt: skip
    if rows:
        conn.execute(insert(jobs), rows)


def _stats(conn: Connection, chance: random.Random, now: datetime, ids: dict[str, int]) -> None:
    for name, _, platform in SHOPS:
        for stream in STREAMS:
            if stream == "customers" and platform in ("amazon", "ebay", "tiktok"):
                add(conn, store_stream_stats, store_id=ids[name], stream=stream, live=int(19_000 * chance.uniform(0.2, 1.6)))
                continue
            verdict, said, row = "success", "Everything since the last run is here.", 0
            age = {"orders": 14, "inventory": 45, "products": 190, "customers": 3_000}[stream] * chance.uniform(0.2, 1.0)
            if name == "harbor":
                verdict, row, age = "blocked", 6, 1_700
                said = "Shopify refused the access token (401). Paste a new token under Stores → Credentials."
            if name == "verde":
                verdict, row, age = "failed", 2, 70
                said = "The shop did not answer within 20 s. It is tried again; look at the shop if this goes on."
            if name == "paper" and stream == "inventory":
                age = 205
            if name == "kiosk" and stream == "orders":
                verdict, row, said = "partial", 0, "3 of 1,204 orders were cut short by the platform; the next full sync reads them again."
            live = {"products": 14_250, "orders": 88_000, "inventory": 31_000, "customers": 27_500}[stream]
            add(conn, store_stream_stats, store_id=ids[name], stream=stream, live=int(live * chance.uniform(0.05, 2.4)), last_verdict=verdict,
                last_reason=said, last_success_at=now - timedelta(minutes=age), last_finished_at=now - timedelta(minutes=age / 3), failed_in_a_row=row,
                rejected=4 if (name, stream) == ("zurich", "orders") else 0, watermark=now - timedelta(minutes=age), platform_total=None)  # fmt: skip
    for number in range(4):
        add(conn, rejected_records, store_id=ids["zurich"], stream="orders", external_id=f"8821{number}", reason_code="currency_missing",
            reason=f"Order 8821{number} came without a currency; an amount without one means nothing.", job_id=12)  # fmt: skip
    conn.execute(update(stores).where(stores.c.id == ids["verde"]).values(paused_at=now - timedelta(minutes=4), failed_in_a_row=5,
        pause_reason="The shop did not answer within 20 s.", probe_at=now + timedelta(seconds=40)))  # fmt: skip
    for field, value, seen in (("raw_status", "CUSTOMS_HOLD", 12), ("raw_payment_status", "PARTIALLY_HELD", 3)):
        add(conn, unknown_values, store_id=ids["kiosk"], field=field, value=value, seen=seen)


def _tags_and_notes(conn: Connection, now: datetime, ids: dict[str, int]) -> None:
    """What people call some stores, and what was here of each a day ago; one is younger."""
    for name, tags in (("zurich", ["b2b", "eu"]), ("fjord", ["eu"]), ("lodz", ["eu", "outlet"]), ("tokyo", ["apac"]), ("atlas", ["us"])):
        conn.execute(update(stores).where(stores.c.id == ids[name]).values(tags=tags))
    chance = random.Random(11)
    stats = conn.execute(select(store_stream_stats.c.store_id, store_stream_stats.c.stream, store_stream_stats.c.live)).all()
    for store_id, stream, live in stats:
        at = now - timedelta(hours=5 if store_id == ids["paper"] else 24, minutes=20)
        change = {"products": 3, "orders": 900, "inventory": 40, "customers": 120}[stream] * chance.uniform(-0.2, 1.6)
        add(conn, store_stream_counts, at_hour=at.replace(minute=0, second=0, microsecond=0), store_id=store_id, stream=stream,
            live=max(0, live - int(change)), noted_at=at)  # fmt: skip


def _checks(conn: Connection, now: datetime, ids: dict[str, int]) -> None:
    """Looks for deletions and a connection test, as workers leave them."""
    check = {"queue": "system", "requested_by": "ana", "args": {}, "fence": 1, "max_attempts": 3, "store_id": ids["zurich"]}
    ago = {name: now - timedelta(minutes=minutes) for name, minutes in (("test", 2), ("products", 95), ("orders", 30))}
    add_job(conn, **check, name="try_connection", state="succeeded", run_at=ago["test"], started_at=ago["test"], finished_at=ago["test"] + timedelta(seconds=1.4),
            result={"name": "Café Zürich", "currency": "CHF", "api_version": "wc/v3", "granted": ["read", "write"], "missing": {}, "history_days": None,
                    "clock_difference_s": 2.4})  # fmt: skip
    for stream, state, result, why in (
        ("products", "succeeded", {"read": 14_066, "deleted": 3, "sentence": "Asked for 14,066 records by their ids: 3 are gone."}, {}),
        ("orders", "failed", None, {"reason_code": "too_many_deletions", "error_class": "JobFailed", "failures": 1,
                                    "error": "More than 4994 of 99888 orders of Café Zürich are gone from the platform; nothing was marked as deleted.",
                                    "hint": "Look at the shop. If it is right, run it again with the deletions confirmed."}),
    ):  # fmt: skip
        add_job(conn, **check, name="reconcile", stream=stream, state=state, result=result, run_at=ago[stream], started_at=ago[stream], finished_at=ago[stream] + timedelta(seconds=96), **why)  # fmt: skip


def _unfinished(conn: Connection, chance: random.Random, now: datetime, ids: list[int]) -> None:
    for number in range(6):
        stream, age = STREAMS[number % 3], chance.uniform(4, 70)
        job = add_job(conn, name=f"sync_{stream}", queue=f"sync-{stream}", store_id=ids[number], stream=stream, state="running", fence=1,
                      run_at=now - timedelta(seconds=age + 2), started_at=now - timedelta(seconds=age), worker=f"{WORKERS[number % 3]}:{7000 + number}",
                      progress=int(age * 31), progress_total=2_600, lease_until=now + timedelta(hours=1))  # fmt: skip
        add(
            conn,
            job_attempts,
            job_id=job,
            fence=1,
            worker=f"{WORKERS[number % 3]}:{7000 + number}",
            started_at=now - timedelta(seconds=age),
        )
    for number in range(5):
        stream = STREAMS[number % 4]
        add_job(
            conn,
            name=f"sync_{stream}",
            queue=f"sync-{stream}",
            store_id=ids[6 + number],
            stream=stream,
            run_at=now - timedelta(seconds=11 - 2 * number),
        )
    add_job(conn, name="sync_products", queue="sync-products", store_id=ids[11], stream="products", run_at=now + timedelta(minutes=9))
    kind, error, hint = ERRORS[2]
    add_job(conn, store_id=ids[9], stream="orders", run_at=now + timedelta(seconds=28), created_at=now - timedelta(seconds=40), failures=1,
            error_class=kind, error=error, hint=hint, started_at=now - timedelta(seconds=38))  # fmt: skip


def _told(conn: Connection, now: datetime, ids: dict[str, int]) -> None:
    """One failed sync with all that a job can tell."""
    kind, error, hint = ERRORS[0]
    start = now - timedelta(seconds=96)
    job = add_job(conn, store_id=ids["harbor"], stream="orders", state="failed", fence=3, failures=3, run_at=start, created_at=start, verdict="blocked",
                  started_at=start + timedelta(seconds=4), finished_at=now - timedelta(seconds=6), worker="ops-1:7003", error_class=kind, error=error,
                  hint=hint, requested_by="ana", args={"limit": 5_000}, metadata={"reason": "customer asked for order 88213"}, progress=1_250,
                  progress_total=3_000)  # fmt: skip
    for number, (begin, end) in enumerate(((4, 21), (30, 52), (70, 90)), 1):
        add(conn, job_attempts, job_id=job, fence=number, worker=f"ops-1:{7000 + number}", started_at=start + timedelta(seconds=begin), outcome="failed",
            finished_at=start + timedelta(seconds=end), error_class=kind, error=error, traceback=TRACEBACK.format(kind=kind, error=error))  # fmt: skip
    add(conn, sync_runs, job_id=job, store_id=ids["harbor"], stream="orders", mode="incremental", window_start=now - timedelta(days=2), window_end=start,
        pages=5, read=1_250, created=310, updated=402, unchanged=534, duplicate=1, rejected=3, total=3_000, verdict="blocked", reason_code="auth",
        sentence="The shop refused the access token after 1,250 of 3,000 orders. What was read is stored; a retry goes on from there.")  # fmt: skip
