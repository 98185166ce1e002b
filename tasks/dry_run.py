"""Dry runs: a sync that reads, maps and compares as any other and writes nothing; its result tells what would have been written.

It is a job beside the sync, of its own name and with a key of its own, in the queue `system`: neither takes the other's place, schedules and the board
do not see it. What it reads goes through the same windows, budgets, slices and checkpoints. It is no sign of the store's health either: it neither
counts against the breaker or a stream's failures in a row nor ends them, and does not try whether a store that the breaker paused is back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from db import dry_pages, stores, sync_runs
from db.dry_pages import Foreseen
from db.engine import reading
from db.job_state import DRY_RUN, Verdict
from db.record_pages import Incoming, PageCounts, Source
from db.rejected import Aside
from db.stores import Store
from db.sync_runs import SyncRun
from integrations.connector import Connector, Identity
from settings import settings
from tasks import breaker
from tasks.connections import open_connector
from tasks.landing import COUNTED, Landing
from tasks.ledger import job
from tasks.run import Run
from tasks.sync import copy_as_asked
from tasks.verdicts import Finding

log = logging.getLogger("quayside.sync")


class DryLanding(Landing):
    """Counts what would be written. Only the job and its own row of `sync_runs` change."""

    def __init__(self, run: Run, connector: Connector) -> None:
        super().__init__(run, connector)
        self._foreseen: Foreseen

    def begin(self, conn: Connection, store: Store, progress: SyncRun, identity: Identity) -> None:
        """See Landing."""
        self._foreseen = dry_pages.begin(conn, self.run.id, store.id, progress.stream)
        log.info("dry run: nothing is written")

    def page(self, conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside]) -> PageCounts:
        """See Landing. What it remembers is kept with each page, since it is nowhere else."""
        counts = dry_pages.count_page(conn, source, incoming, aside, self._foreseen)
        dry_pages.keep(conn, self._foreseen)
        return counts

    def give_back(self, conn: Connection) -> None:
        """See Landing. All is kept already."""

    def rewind(self, conn: Connection, progress: SyncRun) -> None:
        """See Landing. Nothing was written, so nothing is there to be met again: the count begins anew."""
        sync_runs.begin_again(conn, progress)
        dry_pages.forget(conn, self.run.id)

    def end(self, conn: Connection, progress: SyncRun, finding: Finding) -> None:
        """See Landing."""
        examples, missed = dict(self._foreseen.examples), None
        if finding.verdict is Verdict.SUCCESS and progress.mode == "full":  # as a full sync would look for deletions
            missed, examples["not_met"] = dry_pages.not_met(conn, progress.store_id, progress.stream, self._foreseen)
        sentence = told(progress, finding, examples["rejected"], missed or 0)
        sync_runs.conclude(conn, self.run.id, finding.verdict, finding.reason_code, sentence)
        dry_pages.forget(conn, self.run.id)
        result: dict[str, Any] = {
            "dry_run": True, **{name: getattr(progress, name) for name in COUNTED}, "not_met": missed, "reasons": dict(self._foreseen.reasons),
            "examples": examples, "sentence": sentence,
        }  # fmt: skip
        self.run.succeed(conn, result, verdict=finding.verdict, reason_code=finding.reason_code)


def told(run: SyncRun, finding: Finding, rejected: Sequence[dict[str, str]], missed: int) -> str:
    """What the sync would do, in one sentence, and what keeps it from being all, where something does."""
    rest = f" {finding.sentence}" if finding.verdict is not Verdict.SUCCESS else ""
    first, reason = (rejected[0]["external_id"] or "without an id", rejected[0]["reason"].rstrip(".")) if rejected else ("", "")
    sentence = (
        f"Dry run, nothing was written: {run.created:,} would be created, {run.updated:,} updated, {run.unchanged:,} left as they are, "
        f"{run.rejected:,} rejected{f' (the first, {first}: {reason})' if rejected else ''}"
        f"{f'; {missed:,} that are here were not met, a sync would ask for each by its id' if missed else ''}.{rest}"
    )
    return sentence[:1024]


def _foresee(run: Run, stream: str, options: dict[str, Any]) -> None:
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, run.job.store_id or 0)
    breaker.admit(store, may_try=False)
    connector = open_connector(store)
    copy_as_asked(run, store, connector, stream, options, DryLanding(run, connector))


def _policy(stream: str) -> dict[str, Any]:
    retries = {"attempts": 3, "retry_delay_s": settings().retry_delay_s, "retry_factor": 2.0}
    return {"name": f"{DRY_RUN}{stream}", "queue": "system", **retries}


@job(**_policy("products"))
def foresee_products(run: Run, **options: Any) -> None:
    """What a sync of products would do."""
    _foresee(run, "products", options)


@job(**_policy("orders"))
def foresee_orders(run: Run, **options: Any) -> None:
    """What a sync of orders would do."""
    _foresee(run, "orders", options)


@job(**_policy("inventory"))
def foresee_inventory(run: Run, **options: Any) -> None:
    """What a sync of inventory would do."""
    _foresee(run, "inventory", options)


@job(**_policy("customers"))
def foresee_customers(run: Run, **options: Any) -> None:
    """What a sync of customers would do."""
    _foresee(run, "customers", options)
