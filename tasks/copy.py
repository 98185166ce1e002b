"""Copies one stream of one store: a plain function over a connector and the database, without Huey, Redis or a queue."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from db import jobs, store_stats, sync_runs, unknown_values
from db.record_pages import Incoming, Source, write_page
from db.rejected import Aside
from db.stores import Store, change
from db.sync_runs import SyncRun
from integrations.connector import Connector, Page, ReadPage, ReadRecord, Rejected, Window, canonical
from integrations.errors import CursorExpired
from integrations.records import Record
from tasks.ahead import Ahead
from tasks.derived import customers_of
from tasks.run import Run
from tasks.unknown import unknown_in
from tasks.verdicts import Finding, judge

log = logging.getLogger("quayside.sync")

OnEnd = Callable[[Connection, SyncRun, Finding], None]
_SETTLE_S = 2.0  # a window ends this long before now, since records of the very moment may not be readable yet
_AHEAD_RECORDS = 1_000  # are fetched while others are written
_TELL_EVERY_S = 10.0  # a line of the job's log at the first page, so often between, and at the last
_BATCH_RECORDS = 1_000  # at least that many end a transaction, if so many are at hand


def copy_stream(
    run: Run,
    store: Store,
    connector: Connector,
    stream: str,
    *,
    sync_all: bool = False,
    limit: int | None = None,
    date_from: datetime | None = None,
    date_to: datetime | None = None,
    on_end: OnEnd | None = None,
) -> SyncRun:
    """Read a window of `stream` page by page into the database, from the job's checkpoint on, and end the job with its verdict.

    Pages that come fast share a transaction: fence, records, counts, checkpoint. `limit` is a number of records; `on_end` joins the last
    transaction.
    Raises: what the connector raises; GiveBack, LeaseLost, CancelRequested between or at pages.
    """
    identity = connector.identify()
    with run.page() as conn:
        started = jobs.clock(conn)
        progress = sync_runs.load(conn, run.id)
        if progress is None:
            progress = _begin(conn, run, store, connector, stream, identity.platform_time or started, sync_all, date_from, date_to)
        if identity.currency and identity.currency != store.currency:
            change(conn, store.id, currency=identity.currency)
        had_records = store_stats.has_records(conn, store.id, stream)
    window = Window(progress.window_start, progress.window_end)
    pages = Ahead(_timed(connector.walk(stream, window, progress.cursor), started), weigh=_weight, most=_AHEAD_RECORDS)
    tell_at = 0.0
    try:
        for first in pages:
            batch = _Batch(connector, stream, left=None if limit is None else max(0, limit - progress.read))
            batch.add(first)
            while batch.takes_more and (another := pages.at_hand()):
                batch.add(another)
            with run.page() as conn:
                source = Source(store_id=store.id, stream=stream, job_id=run.id, observed_at=batch.observed_at)
                progress = _write(conn, run, connector, source, batch, progress)
                if batch.is_last:
                    finding = judge(progress, identity, had_records=had_records, is_cut_by_limit=batch.is_cut)
                    if on_end:
                        on_end(conn, progress, finding)
                    _end(conn, run, progress, finding)
            if batch.is_last or time.monotonic() >= tell_at:
                tell_at = time.monotonic() + _TELL_EVERY_S
                _tell(progress)
            if batch.is_last:
                break
            run.pause_point()
    except CursorExpired:
        with run.page() as conn:
            sync_runs.rewind(conn, progress)  # the next attempt reads the window again from its beginning
        raise
    finally:
        pages.close()
    return progress


def _tell(progress: SyncRun) -> None:
    log.info(
        "read %d of %s: %d new, %d changed, %d unchanged, %d rejected",
        progress.read, "unknown many" if progress.total is None else progress.total,
        progress.created, progress.updated, progress.unchanged, progress.rejected,
    )  # fmt: skip


def _begin(
    conn: Connection,
    run: Run,
    store: Store,
    connector: Connector,
    stream: str,
    now: datetime,
    sync_all: bool,
    date_from: datetime | None,
    date_to: datetime | None,
) -> SyncRun:
    """Freeze the window: [watermark − lookback, now − settle) on the platform's clock; the watermark moves to its end when all is read."""
    facts = connector.streams[stream]
    store_stats.ensure(conn, store.id, stream)
    end = now - timedelta(seconds=_SETTLE_S)
    if date_from or date_to:
        mode, start, end = "range", date_from, min(date_to, end) if date_to else end
    elif sync_all or not facts.incremental or (since := store_stats.watermark(conn, store.id, stream)) is None:
        mode, start = "full", None
    else:
        mode, start = "incremental", since - timedelta(seconds=facts.lookback_s)
    begun = SyncRun(job_id=run.id, store_id=store.id, stream=stream, mode=mode, window_start=start, window_end=end)
    sync_runs.begin_run(conn, begun)
    return begun


def _timed(pages: Iterator[Page], started: datetime) -> Iterator[tuple[datetime, Page]]:
    """Each page with the moment at which it was asked for, on the database's clock."""
    zero = time.monotonic()
    while True:
        asked = started + timedelta(seconds=time.monotonic() - zero)
        try:
            yield asked, next(pages)
        except StopIteration:
            return


def _weight(timed: tuple[datetime, Page]) -> int:
    return len(timed[1].rows)


class _Batch:
    """Pages that are written together: those that were at hand, up to `_BATCH_RECORDS`."""

    def __init__(self, connector: Connector, stream: str, left: int | None) -> None:
        self._connector, self._stream, self._left = connector, stream, left
        self.pages: list[ReadPage] = []
        self.observed_at = datetime.max.replace(tzinfo=UTC)
        self.is_last = self.is_cut = False

    def add(self, timed: tuple[datetime, Page]) -> None:
        """One more; the observation of all counts from when the first was asked for."""
        asked_at, found = timed
        page = self._connector.read(self._stream, found, on_demand=True)
        if self._left is not None:
            self.is_cut = len(page.records) > self._left or (page.has_more and len(page.records) == self._left)
            page = _cut(page, self._left)
            self._left -= len(page.records) + len(page.rejected)
        self.observed_at = min(self.observed_at, asked_at)
        self.is_last = self.is_cut or not page.has_more
        self.pages.append(page)

    @property
    def takes_more(self) -> bool:
        """Whether it may grow."""
        return not self.is_last and sum(len(page.records) for page in self.pages) < _BATCH_RECORDS


def _cut(page: ReadPage, left: int) -> ReadPage:
    return ReadPage(
        page.records[:left], page.rejected[: max(0, left - len(page.records))], page.cursor, page.has_more, page.total, page.truncated
    )


def _incoming(one: ReadRecord) -> Incoming:
    def tell() -> Record | Aside:
        told = one.told
        return _aside(told) if isinstance(told, Rejected) else told

    return Incoming(tell, one.content_hash, one.raw, one.external_id)


def _aside(one: Rejected) -> Aside:
    return Aside(one.external_id, one.reason_code, one.reason, canonical(one.row))


def _write(conn: Connection, run: Run, connector: Connector, source: Source, batch: _Batch, progress: SyncRun) -> SyncRun:
    incoming = [_incoming(one) for page in batch.pages for one in page.records]
    aside = [_aside(one) for page in batch.pages for one in page.rejected]
    counts = write_page(conn, source, incoming, aside)
    counts.pages = len(batch.pages)
    if buyers := customers_of(connector, counts.changed):
        store_stats.ensure(conn, source.store_id, "customers")
        write_page(conn, replace(source, stream="customers"), buyers, [])
    for field, value in unknown_values.count(conn, source.store_id, unknown_in(counts.changed)):
        log.warning("value unknown store=%d field=%s value=%r", source.store_id, field, value)
    totals = [page.total for page in batch.pages if page.total is not None]
    moved = sync_runs.checkpoint(
        conn, progress, counts, cursor=batch.pages[-1].cursor, is_last=batch.is_last, total=totals[-1] if totals else None,
        truncated=sum(len(page.truncated) for page in batch.pages),
    )  # fmt: skip
    jobs.set_progress(conn, run.job, moved.read, moved.total)
    return moved


def _end(conn: Connection, run: Run, progress: SyncRun, finding: Finding) -> None:
    """Verdict, watermark and `succeeded`, in the transaction of the last page."""
    sync_runs.conclude(conn, run.id, finding.verdict, finding.reason_code, finding.sentence)
    store_stats.finished(
        conn, progress.store_id, progress.stream, job_id=run.id, verdict=finding.verdict, reason=finding.sentence,
        watermark=progress.window_end if finding.moves_watermark else None, platform_total=progress.total if progress.mode == "full" else None,
    )  # fmt: skip
    told = ("pages", "read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")
    result = {name: getattr(progress, name) for name in told} | {"sentence": finding.sentence}
    run.succeed(conn, result, verdict=finding.verdict, reason_code=finding.reason_code)
