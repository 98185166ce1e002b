"""Copies one stream of one store: a plain function over a connector and the database, without Huey, Redis or a queue."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import jobs, store_stats, sync_runs, unknown_values
from db.record_pages import Incoming, Source, write_page
from db.rejected import Aside
from db.stores import Store, change
from db.sync_runs import SyncRun
from integrations.connector import Connector, ReadPage, Window, canonical
from integrations.errors import CursorExpired
from tasks.ahead import Ahead
from tasks.derived import customers_of
from tasks.run import Run
from tasks.unknown import unknown_in
from tasks.verdicts import Finding, judge

log = logging.getLogger("quayside.sync")

OnEnd = Callable[[Connection, SyncRun, Finding], None]
_SETTLE_S = 2.0  # a window ends this long before now, since records of the very moment may not be readable yet


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

    Each page is one transaction: fence, records, counts, checkpoint. `limit` is a number of records; `on_end` joins the last transaction.
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
    pages = Ahead(_timed(connector.pages(stream, window, progress.cursor), started))
    try:
        for observed_at, page in pages:
            left = None if limit is None else max(0, limit - progress.read)
            is_cut = left is not None and (len(page.records) > left or (page.has_more and len(page.records) == left))
            page = page if left is None else _cut(page, left)
            is_last = is_cut or not page.has_more
            with run.page() as conn:
                source = Source(store_id=store.id, stream=stream, job_id=run.id, observed_at=observed_at)
                progress = _write(conn, run, connector, source, page, progress, is_last=is_last)
                if is_last:
                    finding = judge(progress, identity, had_records=had_records, is_cut_by_limit=is_cut)
                    if on_end:
                        on_end(conn, progress, finding)
                    _end(conn, run, progress, finding)
            if is_last:
                break
            run.pause_point()
    except CursorExpired:
        with run.page() as conn:
            sync_runs.rewind(conn, progress)  # the next attempt reads the window again from its beginning
        raise
    finally:
        pages.close()
    return progress


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


def _timed(pages: Iterator[ReadPage], started: datetime) -> Iterator[tuple[datetime, ReadPage]]:
    """Each page with the moment at which it was asked for, on the database's clock."""
    zero = time.monotonic()
    while True:
        asked = started + timedelta(seconds=time.monotonic() - zero)
        try:
            yield asked, next(pages)
        except StopIteration:
            return


def _cut(page: ReadPage, left: int) -> ReadPage:
    return ReadPage(
        page.records[:left], page.rejected[: max(0, left - len(page.records))], page.cursor, page.has_more, page.total, page.truncated
    )


def _write(
    conn: Connection, run: Run, connector: Connector, source: Source, page: ReadPage, progress: SyncRun, *, is_last: bool
) -> SyncRun:
    incoming = [Incoming(one.record, one.content_hash, one.raw) for one in page.records]
    aside = [Aside(one.external_id, one.reason_code, one.reason, canonical(one.row)) for one in page.rejected]
    counts = write_page(conn, source, incoming, aside)
    if buyers := customers_of(connector, page.records):
        store_stats.ensure(conn, source.store_id, "customers")
        write_page(conn, replace(source, stream="customers"), buyers, [])
    for field, value in unknown_values.count(conn, source.store_id, unknown_in(page)):
        log.warning("value unknown store=%d field=%s value=%r", source.store_id, field, value)
    moved = sync_runs.checkpoint(
        conn, progress, counts, cursor=page.cursor, is_last=is_last, total=page.total, truncated=len(page.truncated)
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
