"""What a finished sync proved: the verdict, its reason code, and one sentence that says what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from db.job_state import Verdict
from db.sync_runs import SyncRun
from integrations.connector import Identity
from integrations.gaps import CEILING, NESTED, SCOPE

_MOST_NAMES = 3  # of what is missing, in one sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict; `moves_watermark` says whether the next run may begin where this one ended."""

    verdict: Verdict
    reason_code: str
    sentence: str
    moves_watermark: bool


def judge(run: SyncRun, identity: Identity, *, had_records: bool, is_cut_by_limit: bool) -> Finding:
    """The verdict of a run whose last page has been written. Green only when it can be proven."""
    if not run.is_closed:
        return Finding(Verdict.FAILED, "counts_differ", "The counts do not add up; this is a mistake in Quayside, please report it.", False)
    if is_cut_by_limit:
        return Finding(
            Verdict.PARTIAL, "limit", f"Stopped after {run.read:,} records, as asked; run it without a limit for the rest.", False
        )
    if run.read == 0 and run.window_start is None and had_records:
        sentence = "The platform returned nothing for a stream that had records. Look at the shop; nothing was deleted here."
        return Finding(Verdict.SUSPECT_EMPTY, "suspect_empty", sentence, False)
    gaps = run.gaps or []
    if unread := _unread(gaps):
        return unread
    if _lacks_history(run, identity):
        sentence = (
            f"Orders older than {identity.history_days} days are hidden from these credentials; grant read_all_orders and run a full sync."
        )
        return Finding(Verdict.PARTIAL, "scope_history_limit", sentence, run.mode != "range")
    if hidden := _names(gaps, SCOPE):
        sentence = f"All that these credentials may see was read. Grant {hidden} and run a full sync for the rest."
        return Finding(Verdict.PARTIAL, SCOPE, sentence, run.mode != "range")
    aside = f" {run.rejected} {'records were' if run.rejected > 1 else 'record was'} kept aside; see the reason." if run.rejected else ""
    changed = f"{run.created:,} new, {run.updated:,} changed" if run.created or run.updated else "nothing had changed"
    return Finding(Verdict.SUCCESS, "complete", f"Complete: {run.read:,} records read, {changed}.{aside}", run.mode != "range")


def _unread(gaps: list[list[str]]) -> Finding | None:
    """What keeps the watermark where it is, since the next run may be shown more; a permission is granted by nobody in passing."""
    if names := _names(gaps, CEILING):
        sentence = f"The platform did not show all that it has: {names}. The next run asks again; if it stays, look at these there."
        return Finding(Verdict.PARTIAL, CEILING, sentence, False)
    if names := _names(gaps, NESTED):
        return Finding(Verdict.PARTIAL, NESTED, f"Lists inside records were not read to their end: {names}. Run it again.", False)
    return None


def _names(gaps: list[list[str]], wanted: str) -> str:
    names = [name for reason_code, name in gaps if reason_code == wanted]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _lacks_history(run: SyncRun, identity: Identity) -> bool:
    if run.stream != "orders" or identity.history_days is None:
        return False
    return run.window_start is None or run.window_start < run.window_end - timedelta(days=identity.history_days)
