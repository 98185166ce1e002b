"""Copies one stream of one store: a plain function over a connector and the database, without Huey, Redis or a queue."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from db import jobs, store_stats, sync_runs
from db.record_pages import Incoming, Source, prepare
from db.rejected import Aside
from db.stores import Store
from db.sync_runs import SyncRun
from integrations.connector import Connector, Page, ReadPage, ReadRecord, Rejected, Window, canonical
from integrations.errors import CursorExpired
from integrations.records import Record
from tasks.ahead import Ahead
from tasks.landing import Landing
from tasks.run import GiveBack, Run
from tasks.verdicts import judge

log = logging.getLogger("quayside.sync")

_TELL_EVERY_S = 10.0  # a line of the job's log at the first page, so often between, and at the last
_AHEAD = 1_000  # records are fetched, and as many made ready, while others are written
_BATCH = 1_000  # so many records, or a page that has more, end a transaction


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
    landing: Landing | None = None,
) -> SyncRun:
    """Read a window of `stream` page by page, from the job's checkpoint on, and end the job with its verdict.

    Pages that come fast share a transaction: fence, records, counts, checkpoint. `limit` is a number of records. `landing` is what becomes of what is
    read; without one it is written.
    Raises: what the connector raises; GiveBack, LeaseLost, CancelRequested between or at pages.
    """
    landing = landing or Landing(run, connector)
    identity = connector.identify()
    with run.page() as conn:
        started = jobs.clock(conn)
        progress = sync_runs.load(conn, run.id)
        dropped = progress if progress is not None and progress.mode == sync_runs.DROPPED else None
        if progress is None or dropped is not None:
            is_whole = sync_all or (limit is None and not (date_from or date_to) and store_stats.is_full_due(conn, store.id, stream))
            progress = _begin(conn, run, store, connector, stream, identity.platform_time or started, is_whole, date_from, date_to, dropped)
        had_records = store_stats.has_records(conn, store.id, stream)
        landing.begin(conn, store, progress, identity)
    window = Window(progress.window_start, progress.window_end)
    source = Source(store_id=store.id, stream=stream, job_id=run.id, observed_at=started)
    fetched = Ahead(_timed(connector.walk(stream, window, progress.cursor), started), weigh=lambda page: len(page[1].rows), most=_AHEAD)
    pages = Ahead(_arrived(connector, source, fetched, are_new=not had_records), weigh=lambda page: len(page.incoming), most=_AHEAD)
    tell_at = 0.0
    try:
        for first in pages:
            batch = _Batch(first, left=None if limit is None else max(0, limit - progress.read))
            while batch.takes_more and (another := pages.at_hand()):
                batch.add(another)
            with run.page() as conn:
                progress = _land(conn, landing, replace(source, observed_at=batch.pages[0].asked_at), batch, progress)
                if batch.is_last:
                    landing.end(conn, progress, judge(progress, identity, had_records=had_records, is_cut_by_limit=batch.is_cut))
            if batch.is_last or time.monotonic() >= tell_at:
                tell_at = time.monotonic() + _TELL_EVERY_S
                _tell(progress)
            if batch.is_last:
                break
            run.pause_point()
    except CursorExpired:
        with run.page() as conn:
            landing.rewind(conn, progress)  # the next attempt reads the window again from its beginning
        raise
    except GiveBack:
        with run.page() as conn:
            landing.give_back(conn)
        raise
    finally:
        pages.close()
        fetched.close()
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
    dropped: SyncRun | None,
) -> SyncRun:
    """Freeze the window: [watermark − lookback, now − settle) on the platform's clock; the watermark moves to its end when all is read."""
    facts = connector.streams[stream]
    end = now - timedelta(seconds=facts.settle_s)
    if date_from or date_to:
        mode, start, end = "range", date_from, min(date_to, end) if date_to else end
    elif sync_all or not facts.incremental or (since := store_stats.watermark(conn, store.id, stream)) is None:
        mode, start = "full", None
    else:
        mode, start = "incremental", since - timedelta(seconds=facts.lookback_s)
    begun = SyncRun(job_id=run.id, store_id=store.id, stream=stream, mode=mode, window_start=start, window_end=end)
    return sync_runs.begin_run(conn, begun, dropped=dropped)


def _timed(pages: Iterator[Page], started: datetime) -> Iterator[tuple[datetime, Page]]:
    """Each page with the moment at which it was asked for, on the database's clock."""
    zero = time.monotonic()
    while True:
        asked = started + timedelta(seconds=time.monotonic() - zero)
        try:
            yield asked, next(pages)
        except StopIteration:
            return


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A page on its way into the database; `asked_at` is when it was asked for."""

    asked_at: datetime
    page: ReadPage
    incoming: list[Incoming]


def _arrived(connector: Connector, source: Source, pages: Iterable[tuple[datetime, Page]], *, are_new: bool) -> Iterator[_Arrived]:
    """The pages with the hash of each record; where all are new their rows are made here, else when a record turns out to have changed."""
    for asked_at, found in pages:
        page = connector.read(source.stream, found, on_demand=True)
        incoming = [Incoming(partial(_told, one), one.content_hash, one.raw, one.external_id) for one in page.records]
        if are_new:
            prepare(replace(source, observed_at=asked_at), incoming)
        yield _Arrived(asked_at, page, incoming)


class _Batch:
    """Pages that are written together: one, and those that are at hand when it is there. `left` is how many records are still wanted."""

    def __init__(self, first: _Arrived, left: int | None) -> None:
        self._left = left
        self.pages: list[_Arrived] = []
        self.is_last = self.is_cut = False
        self.add(first)

    def add(self, arrived: _Arrived) -> None:
        """One more, cut where enough have been read."""
        page, left = arrived.page, self._left
        if left is not None:
            read = len(page.records) + len(page.rejected)
            self.is_cut = read > left or (page.has_more and read == left)
            page = replace(page, records=page.records[:left], rejected=page.rejected[: max(0, left - len(page.records))])
            arrived = replace(arrived, page=page, incoming=arrived.incoming[:left])
            self._left = left - len(page.records) - len(page.rejected)
        self.is_last = self.is_cut or not page.has_more
        self.pages.append(arrived)

    @property
    def takes_more(self) -> bool:
        """Whether it may grow."""
        return not self.is_last and sum(len(each.incoming) for each in self.pages) < _BATCH


def _told(one: ReadRecord) -> Record | Aside:
    told = one.told
    return _aside(told) if isinstance(told, Rejected) else told


def _aside(one: Rejected) -> Aside:
    return Aside(one.external_id, one.reason_code, one.reason, canonical(one.row))


def _land(conn: Connection, landing: Landing, source: Source, batch: _Batch, progress: SyncRun) -> SyncRun:
    incoming = [one for arrived in batch.pages for one in arrived.incoming]
    aside = [_aside(one) for arrived in batch.pages for one in arrived.page.rejected]
    counts = landing.page(conn, source, incoming, aside)
    counts.pages = len(batch.pages)
    pages = [arrived.page for arrived in batch.pages]
    moved = sync_runs.checkpoint(
        conn, progress, counts, cursor=pages[-1].cursor, is_last=batch.is_last, truncated=[gap for page in pages for gap in page.truncated],
        total=next((page.total for page in reversed(pages) if page.total is not None), None),
    )  # fmt: skip
    jobs.set_progress(conn, landing.run.job, moved.read, moved.total)
    return moved
