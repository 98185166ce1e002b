"""Tries records that were kept aside again: their kept payload by the mapping of today, and where that still fails, the platform by their id."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from db import audit, jobs, store_stats, stores, sync_runs, unknown_values
from db.engine import begin, reading
from db.job_state import Verdict
from db.newer import are_newer
from db.record_pages import Incoming, Source, write_page
from db.rejected import Aside, Kept, is_still_kept, kept_after, settle
from db.sync_runs import SyncRun
from integrations.connector import Connector, Page, ReadPage, canonical
from integrations.errors import ContractBroken, NotThere, Unmappable
from settings import settings
from tasks import asking, breaker, huey_app
from tasks.bad_request import BadRequest
from tasks.connections import open_connector
from tasks.derived import customers_of
from tasks.ledger import Requested, job
from tasks.run import Run
from tasks.sync import MANUAL
from tasks.targets import check_stream
from tasks.unknown import unknown_in

log = logging.getLogger("quayside.rejected")

MOST = 10_000  # records that one request may name
_AT_ONCE = 25
ENDINGS = ("stored", "newer", "gone", "still", "settled")
_SAID = {
    "stored": "It can be read now and is stored.",
    "newer": "A newer version of it is stored already.",
    "gone": "The platform says that it does not exist any more.",
    "settled": "A sync has met it since.",
}


def retry_rejected(
    store: str, stream: str, external_ids: Sequence[str] | None = None, *, by: str, idempotency_key: str | None = None
) -> Requested:
    """Ask for records kept aside to be tried again, all of the stream or those named; the job's id.

    The others stay kept, with the reason of today. Raises: BadRequest, DatabaseAway.
    """
    known = check_stream(store, stream)
    named = None if external_ids is None else sorted(set(external_ids))
    if named is not None and not 1 <= len(named) <= MOST:
        raise BadRequest("external_ids", f"{len(named):,} records are named; name 1 to {MOST:,}, or none for all that are kept aside.")
    with begin() as conn:
        asked, due = asking.add(
            conn, "retry_rejected", {"external_ids": named} if named is not None else {}, by=by, store_id=known.id, stream=stream, priority=MANUAL,
            dedupe_key=f"rejected:{known.id}:{stream}" if named is None else None, idempotency_key=idempotency_key,
        )  # fmt: skip
        told = {"stream": stream, "records": "all" if named is None else len(named), "job": int(asked)}
        audit.write(conn, person=by, action="retry_rejected", target=f"store:{store}", detail=told)
    huey_app.push(due)
    return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What came of trying one record: the page of what can be read of it (asked for at `observed_at`), why not (`aside`), or that it is gone."""

    kept: Kept
    observed_at: datetime
    page: ReadPage | None = None
    aside: Aside | None = None


class Reader:
    """Tries records of one store; nothing is written here."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        connector.identify()  # what a mapping may need, such as the shop's currency
        with reading(fresh=True) as conn:
            self._began, self._zero = jobs.clock(conn), time.monotonic()

    def again(self, kept: Kept) -> Again:
        """Map the payload that was kept; where that still fails, ask for the record by its id.

        Raises: what a connector raises, but for what is wrong with this one record.
        """
        row = json.loads(kept.raw) if kept.raw is not None else None
        page = self.connector.read(kept.stream, Page([row])) if row is not None else None
        if page is not None and not page.rejected:
            return Again(kept=kept, page=page, observed_at=kept.seen_at)
        as_before = _aside(kept, page) if page is not None else Aside(kept.external_id, kept.reason_code, kept.reason, "{}")
        if not kept.external_id:
            return Again(kept=kept, aside=as_before, observed_at=kept.seen_at)
        now = self._began + timedelta(seconds=time.monotonic() - self._zero)
        try:
            row = self.connector.fetch_row(kept.stream, kept.external_id)
            if row is None and self._is_gone(kept):
                return Again(kept=kept, observed_at=now)
        except (ContractBroken, NotThere, Unmappable) as error:
            return Again(kept=kept, aside=replace(as_before, reason=str(error)), observed_at=kept.seen_at)
        if row is None:
            return Again(kept=kept, aside=as_before, observed_at=kept.seen_at)
        page = self.connector.read(kept.stream, Page([row]))
        if page.rejected:
            return Again(kept=kept, aside=_aside(kept, page), observed_at=now)
        return Again(kept=kept, page=page, observed_at=now)

    def _is_gone(self, kept: Kept) -> bool:
        """Whether the platform says so of this very id; what is kept of a stock listing may have an id that no level has."""
        return kept.stream != "inventory" and kept.external_id in self.connector.missing(kept.stream, [kept.external_id])


def _aside(kept: Kept, page: ReadPage) -> Aside:
    refused = page.rejected[0]
    return Aside(kept.external_id, refused.reason_code, refused.reason, canonical(refused.row))


def write_again(conn: Connection, job_id: int, connector: Connector, again: Again) -> tuple[str, str]:
    """Write down what came of one record, in the caller's fenced transaction: (one of ENDINGS, a sentence).

    Older than what is stored by now, it changes nothing; met by a sync in the meantime, it is left to that.
    """
    kept, page = again.kept, again.page
    if not is_still_kept(conn, kept):
        return "settled", _SAID["settled"]
    source = Source(store_id=kept.store_id, stream=kept.stream, job_id=job_id, observed_at=again.observed_at)
    if again.aside is not None:
        write_page(conn, source, [], [again.aside])
        return "still", again.aside.reason
    if page is None:
        settle(conn, kept)
        return "gone", _SAID["gone"]
    if are_newer(conn, kept.store_id, kept.stream, [one.record.external_id for one in page.records], again.observed_at):
        settle(conn, kept)
        return "newer", _SAID["newer"]
    counts = write_page(conn, source, [Incoming(one.record, one.content_hash, one.raw) for one in page.records], [])
    records = [one.record for one in page.records]
    if buyers := customers_of(connector, records):
        store_stats.ensure(conn, kept.store_id, "customers")
        write_page(conn, replace(source, stream="customers"), buyers, [])
    unknown_values.count(conn, kept.store_id, unknown_in(records))
    if counts.rejected:
        return "still", "It can be read, but does not fit into its table; see the reason that is kept with it."
    settle(conn, kept)
    return "stored", _SAID["stored"]


def _failed(conn: Connection, run: Run, failure: jobs.Failure, is_final: bool) -> None:
    if run.job.store_id is not None and failure.reason_code in ("unavailable", "platform"):
        breaker.failed(conn, run.job.store_id, failure.error)


@job(name="retry_rejected", queue="system", attempts=3, retry_delay_s=settings().retry_delay_s, retry_factor=2.0, on_failure=_failed)
def try_again(run: Run, external_ids: list[str] | None = None) -> None:
    """Try a stream's records that were kept aside again, some at a time; each lot and the checkpoint are one transaction."""
    store_id, stream = run.job.store_id or 0, run.job.stream or ""
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, store_id)
    breaker.admit(store)
    reader = Reader(open_connector(store))
    progress = _resumed(run, store_id, stream)
    at: dict[str, Any] = progress.cursor or {"after": None, "counts": {}}
    while True:
        lot, named = _lot(store_id, stream, at["after"], external_ids)
        tried = [reader.again(kept) for kept in lot]
        with run.page() as conn:
            if not lot and not named:
                _end(conn, run, Counter(at["counts"]))
                return
            endings = Counter(write_again(conn, run.id, reader.connector, one)[0] for one in tried)
            at = {"after": named[-1] if named else lot[-1].external_id, "counts": dict(Counter(at["counts"]) + endings)}
            progress = sync_runs.moved(conn, progress, cursor=at, read=len(lot))
            jobs.set_progress(conn, run.job, progress.read, progress.total)
        run.pause_point()


def _lot(store_id: int, stream: str, after: str | None, external_ids: list[str] | None) -> tuple[list[Kept], list[str]]:
    """(The next records, the next of the ids that were named.)"""
    named = [one for one in external_ids or () if after is None or one > after][:_AT_ONCE]
    if external_ids is not None and not named:
        return [], []
    with reading(fresh=True) as conn:
        if named:
            return kept_after(conn, store_id, stream, None, _AT_ONCE, only=named), named
        return kept_after(conn, store_id, stream, after, _AT_ONCE), []


def _resumed(run: Run, store_id: int, stream: str) -> SyncRun:
    with run.page() as conn:
        known = sync_runs.load(conn, run.id)
        if known is None:
            total = store_stats.rejected(conn, store_id, stream)
            known = SyncRun(
                job_id=run.id,
                store_id=store_id,
                stream=stream,
                mode="rejected",
                window_start=None,
                window_end=jobs.clock(conn),
                total=total,
            )
            sync_runs.begin_run(conn, known)
        return known


def _end(conn: Connection, run: Run, counts: Counter[str]) -> None:
    breaker.answered(conn, run.job.store_id or 0)
    verdict = Verdict.PARTIAL if counts["still"] else Verdict.SUCCESS
    sentence = told(counts)
    reason_code = "still_rejected" if counts["still"] else "complete"
    sync_runs.conclude(conn, run.id, verdict, reason_code, sentence)
    run.succeed(conn, {**{name: counts[name] for name in ENDINGS}, "sentence": sentence}, verdict=verdict, reason_code=reason_code)


def told(counts: Counter[str]) -> str:
    """What came of them, in one sentence."""
    if not counts.total():
        return "No record was kept aside."
    parts = {
        "stored": "stored", "newer": "stored in a newer version already", "gone": "gone from the platform", "settled": "met by a sync meanwhile",
        "still": "still rejected; see their reasons",
    }  # fmt: skip
    said = ", ".join(f"{counts[name]:,} {words}" for name, words in parts.items() if counts[name])
    return f"{counts.total():,} {'record' if counts.total() == 1 else 'records'} tried again: {said}."
