"""Each read of the console's pages, again and again on the database that the environment names; a line of JSON a read, in milliseconds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import quantiles

from sqlalchemy import select

import tasks
from db import activity, audit, board, failure_lists, history, orders, people, products, record_lists, rejected, search
from db.engine import primary, reading
from db.schema import jobs


def _newest() -> int:
    with reading() as conn:
        return int(conn.scalar(select(jobs.c.id).order_by(jobs.c.id.desc()).limit(1)) or 0)


def reads() -> dict[str, Callable[[], object]]:
    """By the page that asks."""
    top = _newest()
    middle, deep = top // 2, top // 20
    recent = list(range(top - 400, top - 382))
    fingerprint = next(iter(failure_lists.groups().rows), {}).get("fingerprint", "")
    return {
        "raw limit: 18 jobs by id, PyMySQL": _raw(recent),
        "jobs: newest": lambda: history.page(history.Wanted()),
        "jobs: failed": lambda: history.page(history.Wanted(states=("failed",))),
        "jobs: running": lambda: history.page(history.Wanted(states=("running",))),
        "jobs: cancelled, from the middle": lambda: history.page(history.Wanted(states=("cancelled",)), before=middle),
        "jobs: of one store": lambda: history.page(history.Wanted(store="s7")),
        "jobs: of one store and queue, deep": lambda: history.page(history.Wanted(store="s7", queue="sync-orders"), before=deep),
        "jobs: search of an error's text": lambda: history.page(history.Wanted(search="answered 503")),
        "jobs: search of a reference": lambda: history.page(history.Wanted(search="order:4711")),
        "jobs: by ids": lambda: history.by_ids(recent),
        "jobs: how many are newer": lambda: history.count_newer(history.Wanted(), top - 1000),
        "job: all of one": lambda: history.detail(middle),
        "overview: running": activity.running,
        "overview: waiting to retry": activity.waiting_to_retry,
        "overview: finished, 1 h by minute": lambda: activity.finished(1, 1),
        "overview: finished, 24 h": lambda: activity.finished(24, 5),
        "overview: came and started": lambda: activity.came_and_started(60),
        "overview: why jobs fail": activity.why_jobs_fail,
        "overview: status": tasks.status,
        "failures: groups": failure_lists.groups,
        "failures: jobs of one": lambda: failure_lists.jobs_of(fingerprint),
        "stores: the board": board.stores_and_streams,
        "stores: rejected records of one": lambda: rejected.page(rejected.WantedRejected(store="s7")),
        "products: newest": lambda: products.page(products.Wanted()),
        "products: one": lambda: products.detail(middle // 4),
        "products: totals": lambda: record_lists.totals("products"),
        "orders: newest": lambda: orders.page(orders.Wanted()),
        "orders: one": lambda: orders.detail(middle // 4),
        "search everywhere: an order number": lambda: search.find("#4711"),
        "search everywhere: a SKU": lambda: search.find("SKU-4711"),
        "search everywhere: a job": lambda: search.find(str(middle)),
        "users: newest": people.page,
        "users: search": lambda: people.page(search="Person 47"),
        "audit: newest": lambda: audit.page(audit.Wanted()),
    }


def _raw(ids: list[int]) -> Callable[[], object]:
    cursor = primary().raw_connection().cursor()
    statement = f"SELECT * FROM jobs WHERE id IN ({', '.join(map(str, ids))})"

    def ask() -> object:
        cursor.execute(statement)
        return cursor.fetchall()

    return ask


def main(times: int) -> None:
    """Measure each `times` times, in turns, so that all have the same neighbours."""
    asked = reads()
    seen: dict[str, list[float]] = {}
    broken: dict[str, str] = {}
    for number in range(times + 2):
        for name, ask in asked.items():
            began = time.perf_counter()
            try:
                ask()
            except Exception as error:  # noqa: BLE001  # a read that another version of the console has otherwise is named, not hidden
                broken[name] = f"{type(error).__name__}: {error}"[:200]
                continue
            if number >= 2:  # the first ones warm caches and connections
                seen.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    for name, values in seen.items():
        cuts = quantiles(values, n=20)
        print(json.dumps({"name": name, "p50": cuts[9], "p95": cuts[18], "max": max(values)}))
    for name, why in broken.items():
        print(json.dumps({"name": name, "broken": why}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
