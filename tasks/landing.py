"""Where what a sync reads comes to: the database. A dry run has a landing of its own, tasks.dry_run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from db import store_stats, sync_runs, unknown_values
from db.met import Met
from db.record_pages import Incoming, PageCounts, Source, write_page
from db.rejected import Aside
from db.stores import Store, change
from db.sync_runs import SyncRun
from integrations.connector import Connector, Identity
from tasks.derived import customers_of
from tasks.run import Run
from tasks.unknown import unknown_in
from tasks.verdicts import Finding

log = logging.getLogger("quayside.sync")

OnEnd = Callable[[Connection, SyncRun, Finding], None]
OnAnswer = Callable[[Connection, int], None]
COUNTED = ("pages", "read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")  # what a result tells


class Landing:
    """Writes all that a sync writes beside its own run, in the transactions of `copy_stream`.

    `on_answer` (with the store's id) joins the first transaction of an attempt that writes a page, `on_end` the last one.
    """

    def __init__(self, run: Run, connector: Connector, *, on_answer: OnAnswer | None = None, on_end: OnEnd | None = None) -> None:
        self.run, self._connector, self._on_answer, self._on_end = run, connector, on_answer, on_end
        self._met: Met | None = None

    def begin(self, conn: Connection, store: Store, progress: SyncRun, identity: Identity) -> None:
        """An attempt begins."""
        store_stats.ensure(conn, store.id, progress.stream)
        if identity.currency and identity.currency != store.currency:
            change(conn, store.id, currency=identity.currency)
        self._met = sync_runs.met(conn, self.run.id) if progress.mode == "full" else None

    def page(self, conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside]) -> PageCounts:
        """Records have come; what became of them."""
        store_stats.lock(conn, source.store_id, source.stream)
        counts = write_page(conn, source, incoming, aside)
        if self._met is not None:
            self._met.add(counts.met)
        if buyers := customers_of(self._connector, counts.changed):
            store_stats.ensure(conn, source.store_id, "customers")
            store_stats.lock(conn, source.store_id, "customers")
            write_page(conn, replace(source, stream="customers"), buyers, [])
        for field, value in unknown_values.count(conn, source.store_id, unknown_in(counts.changed)):
            log.warning("value unknown store=%d field=%s value=%r", source.store_id, field, value)
        if self._on_answer:
            self._on_answer(conn, source.store_id)
            self._on_answer = None
        return counts

    def give_back(self, conn: Connection) -> None:
        """The attempt ends before its last page."""
        if self._met is not None:
            sync_runs.keep_met(conn, self.run.id, self._met)

    def rewind(self, conn: Connection, progress: SyncRun) -> None:
        """The window has to be read again from its beginning."""
        sync_runs.rewind(conn, progress)
        self.give_back(conn)

    def end(self, conn: Connection, progress: SyncRun, finding: Finding) -> None:
        """Verdict, watermark and `succeeded`, in the transaction of the last page."""
        self.give_back(conn)
        if self._on_end:
            self._on_end(conn, progress, finding)
        sync_runs.conclude(conn, self.run.id, finding.verdict, finding.reason_code, finding.sentence)
        if progress.mode != "range":  # a part of the past says nothing about how fresh the stream is
            store_stats.finished(
                conn, progress.store_id, progress.stream, job_id=self.run.id, verdict=finding.verdict, reason=finding.sentence,
                watermark=progress.window_end if finding.moves_watermark else None, platform_total=progress.total if progress.mode == "full" else None,
            )  # fmt: skip
        result = {name: getattr(progress, name) for name in COUNTED} | {"sentence": finding.sentence}
        self.run.succeed(conn, result, verdict=finding.verdict, reason_code=finding.reason_code)
