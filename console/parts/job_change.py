"""A sync asked for again with other arguments: what would be different, then a new job; the old one stays as it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import dialogs, measures, notices
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from db.job_state import is_dry
from tasks.roles import Role

SINCE, FULL, RANGE = "changed", "everything", "range"
HOW = {SINCE: later("What changed"), FULL: later("Everything"), RANGE: later("A range of dates")}


@dataclass(frozen=True)
class Options:
    """What a sync reads; times are aware, `end` itself is not read."""

    how: str
    start: datetime | None = None
    end: datetime | None = None
    limit: int | None = None
    dry_run: bool = False

    def words(self) -> dict[str, str]:
        """Option → its value in words."""
        told = {_("Read"): _(HOW[self.how])}
        if self.how == RANGE:
            told |= {_("From"): measures.exact(self.start), _("Until"): measures.exact(self.end) if self.end else _("now")}
        told |= {_("At most, records"): measures.whole(self.limit) if self.limit else _("No limit")}
        return told | {_("Dry run"): _("Yes") if self.dry_run else _("No")}


def of(args: dict[str, Any], *, dry_run: bool = False) -> Options:
    """The options in a job's arguments."""
    start, end = (datetime.fromisoformat(args[name]) if args.get(name) else None for name in ("date_from", "date_to"))
    return Options(FULL if args.get("sync_all") else RANGE if start or end else SINCE, start, end, args.get("limit"), dry_run)


def difference(before: Options, after: Options) -> dict[str, str]:
    """Option → "before → after", of those that are not the same."""
    old, new = before.words(), after.words()
    return {name: f"{old.get(name, '–')} → **{plain(new.get(name, '–'))}**" for name in {**old, **new} if old.get(name) != new.get(name)}


def ask(job_id: int) -> None:
    """Have the dialog opened, with the key that makes any number of clicks one request; in a callback."""
    for key in (
        "change_problem",
        "change_field",
        "change_how",
        "change_from",
        "change_until",
        "change_limit",
        "change_dry",
        "change_reason",
    ):
        st.session_state.pop(key, None)
    dialogs.ask("change_job", job_id=job_id, key=secrets.token_hex(12))


@dialogs.opener("change_job")
@dialogs.titled(later("Retry with changes"), icon=":material/tune:")
def open_dialog(job_id: int, key: str) -> None:
    """The options as they were, to be changed."""
    with guard(_("the job"), place="dialog"):
        row = loaders.job(job_id)
        if row is not None:
            before = of(row["args"], dry_run=is_dry(row["name"]))
            after = _fields(before)
            changed = difference(before, after)
            if changed:
                st.table(changed, border="horizontal")
            else:
                st.caption(_("Nothing is changed yet."))
            st.caption(_("A new job for the {stream} of **{store}**; job {id} stays as it is.").format(
                stream=plain(row["stream"]), store=plain(row["store_title"]), id=job_id))  # fmt: skip
            notices.problem("change")
            with st.container(horizontal=True, horizontal_alignment="right"):
                if st.button(_("Leave it"), key="change_no"):
                    st.rerun()
                st.button(
                    _("Start the dry run") if after.dry_run else _("Start the sync"),
                    type="primary",
                    key="change_yes",
                    disabled=not changed,
                    on_click=_start,
                    args=(row, after, key),
                )
    dialogs.give_way()


def _fields(before: Options) -> Options:
    st.session_state.setdefault("change_how", before.how)
    st.session_state.setdefault("change_limit", before.limit)
    how = st.segmented_control(_("Read"), list(HOW), key="change_how", required=True, format_func=lambda name: _(HOW[name])) or before.how
    start = end = None
    if how == RANGE:
        zone = measures.zone()
        st.session_state.setdefault("change_from", _day(before.start) or datetime.now(zone).date() - timedelta(days=7))
        st.session_state.setdefault("change_until", _day(before.end, is_end=True) or datetime.now(zone).date())
        with st.container(horizontal=True):
            first = st.date_input(_("From"), key="change_from", format="YYYY-MM-DD")
            last = st.date_input(_("Until, including"), key="change_until", format="YYYY-MM-DD")
        start = before.start if first == _day(before.start) else datetime.combine(first, time(), zone)
        end = before.end if last == _day(before.end, is_end=True) else datetime.combine(last + timedelta(days=1), time(), zone)
    limit = st.number_input(
        _("At most, records"), min_value=1, value=None, step=100, key="change_limit", placeholder=_("No limit"), width=160
    )
    st.session_state.setdefault("change_dry", before.dry_run)
    dry_run = st.toggle(_("Dry run"), key="change_dry")
    st.text_input(_("Reason"), key="change_reason", max_chars=200, placeholder=_("For those who look at the job later"))
    return Options(how, start, end, int(limit) if limit else None, dry_run)


def _day(moment: datetime | None, *, is_end: bool = False) -> date | None:
    """The day of a time in the browser's zone; of an end, the last one that is read."""
    here = moment.astimezone(measures.zone()) if moment else None
    return (here - timedelta(microseconds=1) if is_end else here).date() if here else None


def _start(row: dict[str, Any], after: Options, key: str) -> None:
    """Ask for the new job; in a callback."""
    reason = str(st.session_state.get("change_reason") or "").strip()

    def verb() -> str:
        by = allow(Role.OPERATOR, action="sync", target=f"store:{row['store']}")
        end = min(after.end, datetime.now(measures.zone())) if after.end else None
        job = tasks.sync(
            row["store"], row["stream"], requested_by=by, limit=after.limit, sync_all=after.how == FULL, date_from=after.start, date_to=end, dry_run=after.dry_run,
            metadata={"changed_from": row["id"], **({"reason": reason} if reason else {})}, idempotency_key=key,
        )  # fmt: skip
        dialogs.go("app_pages/job.py", id=str(int(job)))
        return _("Job {id} is requested.").format(id=int(job)) if job.is_new else _("That was requested already; here is the job.")

    notices.attempt(verb, place="change")
