"""The form for a sync, and its effect in a sentence."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import act, measures, notices, platforms, store_picker, streams, sync_prefill, sync_preview
from console.parts.faces import empty
from console.parts.plain import plain
from console.words import _, later
from db.history import STREAMS
from tasks.roles import Role

SINCE, FULL, RANGE, BACKFILL = "changed", "everything", "range", "backfill"
HOW = {SINCE: later("What changed"), FULL: later("Everything"), RANGE: later("A range of dates"), BACKFILL: later("Backfill, in slices")}
ALL = "all"
PRIORITIES = {"usual": (later("As usual"), None), "first": (later("Before all others"), 100), "last": (later("After all others"), 0)}
MUST_SAY_WHY = 100_000  # so many records read at once need a reason
DAYS = {  # words, and the first and the last day, counted back from today
    "today": (later("Today"), 0, 0), "yesterday": (later("Yesterday"), 1, 1), "week": (later("7 days"), 7, 0), "month": (later("30 days"), 30, 0),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What the form says; `until` is the last day that is read."""

    store: str
    title: str
    streams: tuple[str, ...]
    how: str
    since: date | None
    until: date | None
    limit: int | None
    reason: str
    priority: int | None  # None: as usual for its kind
    dry_run: bool = False


def open_again() -> None:
    """A new form with a new key; in a callback."""
    sync_prefill.forget()
    st.query_params.pop("repeat", None)


def show() -> None:
    """Draw the form. Its key is minted when it opens, so that any number of clicks are one request."""
    stores = {name: (title, platform) for name, title, platform in loaders.store_names()}
    if not stores:
        empty(_("No store is connected yet"), _("Connect a store first; then its streams can be synced here."),
              icon="storefront", action=_("Stores"), page="app_pages/stores.py", key="sync_stores")  # fmt: skip
        return
    repeats = sync_prefill.take((SINCE, FULL, RANGE))
    st.session_state.setdefault("sync_key", secrets.token_hex(12))
    form, effect = st.columns([5, 3])
    with form, st.container(border=True, key="sync_form"):
        choice = _fields(stores)
    with effect, st.container(border=True, key="sync_effect"):
        st.markdown(f"**{_('What will happen')}**")
        if choice is None:
            st.caption(_("Choose a store and a stream."))
            return
        records = sync_preview.size(choice.store, choice.streams)
        problem = wrong(choice, records)
        st.markdown(problem or effect_of(choice, records))
        sync_preview.show(choice.store, choice.streams, dry_run=choice.dry_run)
        if repeats is not None:
            st.caption(_("Filled in as job {id} was asked for.").format(id=repeats))
        notices.problem("sync")
        act.button(
            _("Start the dry run") if choice.dry_run else _("Start the sync"), role=Role.OPERATOR, type="primary", icon=":material/sync:", key="sync_start", on_click=start, args=(choice, records), disabled=bool(problem),
            width="stretch",
        )  # fmt: skip


def _fields(stores: dict[str, tuple[str, str]]) -> Choice | None:
    store = store_picker.choose("sync_store", placeholder=_("Choose a store"))
    if store is None:
        return None
    title, platform = stores[store]
    offers = tasks.streams(platform)
    offered = [stream for stream in STREAMS if offers.get(stream, {}).get("is_offered")]
    stream = st.segmented_control(
        _("Stream"),
        [*offered, ALL],
        key=f"sync_stream_{platform}",
        format_func=lambda name: _("All streams") if name == ALL else streams.title(name),
    )
    for name, facts in offers.items():
        if not facts["is_offered"]:
            st.caption(
                plain(
                    _("{stream}: not offered by {platform}. {note}").format(
                        stream=streams.title(name), platform=platforms.title(platform), note=facts["note"]
                    )
                )
            )
    st.session_state.setdefault("sync_how", SINCE)
    how = st.segmented_control(_("Read"), list(HOW), required=True, key="sync_how", format_func=lambda name: _(HOW[name])) or SINCE
    since = until = None
    if how in (RANGE, BACKFILL):
        today = datetime.now(measures.zone()).date()
        st.session_state.setdefault("sync_from", today - timedelta(days=7))
        st.session_state.setdefault("sync_until", today)
        with st.container(horizontal=True):
            for name, (words, first, last) in DAYS.items():
                st.button(
                    _(words),
                    key=f"sync_days_{name}",
                    type="tertiary",
                    on_click=_take_days,
                    args=(today - timedelta(days=first), today - timedelta(days=last)),
                )
        with st.container(horizontal=True):
            since = st.date_input(_("From"), max_value=today, key="sync_from", format="YYYY-MM-DD")
            until = st.date_input(_("Until, including"), max_value=today, key="sync_until", format="YYYY-MM-DD")
    with st.container(horizontal=True):
        limit = st.number_input(
            _("At most, records"), min_value=1, value=None, step=100, key="sync_limit", placeholder=_("No limit"), width=160
        )
        priority = st.selectbox(
            _("Its turn"), list(PRIORITIES), key="sync_priority", format_func=lambda name: _(PRIORITIES[name][0]), width=170
        )
        reason = st.text_input(_("Reason"), key="sync_reason", max_chars=200, placeholder=_("For those who look at the job later"))
    dry_run = st.toggle(
        _("Dry run"),
        key="sync_dry",
        help=_("Reads and compares as the sync would, writes nothing, and tells what would be created, changed and rejected."),
    )
    if stream is None:
        return None
    chosen = tuple(offered) if stream == ALL else (str(stream),)
    return Choice(store, title, chosen, how, since, until, int(limit) if limit else None, reason.strip(), PRIORITIES[priority][1], dry_run)


def _take_days(first: date, last: date) -> None:
    st.session_state["sync_from"], st.session_state["sync_until"] = first, last


def wrong(choice: Choice, records: int) -> str:
    """What has to be put right before it can start; empty when nothing. `records`: how many there are of its streams."""
    if choice.how in (RANGE, BACKFILL) and (choice.since is None or choice.until is None):
        return f":red[{_('Choose both dates.')}]"
    if choice.how in (RANGE, BACKFILL) and choice.since is not None and choice.until is not None and choice.since > choice.until:
        return f":red[{_('The first day is after the last one.')}]"
    if choice.how == FULL and not choice.reason and min(records, choice.limit or records) > MUST_SAY_WHY:
        why = _("About {n} records will be read: say why, others will want to know.").format(n=measures.whole(records))
        return f":red[{why}]"
    return ""


def effect_of(choice: Choice, records: int) -> str:
    """The sentence that says what the request will do, before it is made."""
    is_several = len(choice.streams) > 1
    what = streams.listed(choice.streams)
    read = {
        SINCE: _("Reads the {streams} of **{store}** that changed since the last complete run."),
        FULL: _("Reads **all** {streams} of **{store}** again.")
        if choice.dry_run
        else _("Reads **all** {streams} of **{store}** again; what has not changed is not written."),
        RANGE: _("Reads the {streams} of **{store}** that changed from {first} to {last}. The regular sync goes on where it was."),
        BACKFILL: _(
            "Reads the {streams} of **{store}** that changed from {first} to {last}, a week at a time, behind everything else. "
            "The regular sync goes on beside it."
        ),
    }[choice.how].format(streams=what, store=plain(choice.title), first=choice.since, last=choice.until)
    jobs = _("{n} jobs, one for each stream.").format(n=len(choice.streams)) if is_several else ""
    size = _("That is about **{n}** records.").format(n=measures.whole(records)) if choice.how == FULL and records else ""
    cut = ""
    if choice.limit:
        words = (
            _("Stops after {n} records each: the run is then partial.")
            if is_several
            else _("Stops after {n} records: the run is then partial.")
        )
        cut = words.format(n=measures.whole(choice.limit))
    same = _("If the same is running already, that job is shown instead.")
    nothing = _("**Dry run: nothing is written.** The job tells what would be created, changed and rejected.") if choice.dry_run else ""
    return " ".join(part for part in (nothing, read, size, jobs, cut, same) if part)


def start(choice: Choice, records: int) -> None:
    """Make the request; in a callback. The key and the stream make it the same request however often it is clicked."""
    if "sync_asked" in st.session_state or wrong(choice, records):
        return  # the second half of a double click, or of a browser that does not keep to what is disabled
    key, zone = st.session_state["sync_key"], measures.zone()
    asked: list[tuple[int, bool]] = []
    more: dict[str, Any] = {"dry_run": choice.dry_run, **({} if choice.priority is None else {"priority": choice.priority})}
    first = datetime.combine(choice.since, time(), zone) if choice.since else None
    end = datetime.combine(choice.until + timedelta(days=1), time(), zone) if choice.until else None

    def verb() -> str:
        by = allow(Role.OPERATOR, action="sync", target=f"store:{choice.store}")
        for stream in choice.streams:
            if choice.how == BACKFILL and first and end:
                job = tasks.backfill(choice.store, stream, first, min(end, datetime.now(zone)), requested_by=by, idempotency_key=f"{key}:{stream}",
                                     metadata={"reason": choice.reason} if choice.reason else {}, **more)  # fmt: skip
                asked.append((int(job), job.is_new))
                continue
            job = tasks.sync(
                choice.store, stream, requested_by=by, limit=choice.limit, sync_all=choice.how == FULL, date_from=first,
                date_to=min(end, datetime.now(zone)) if end else None, metadata={"reason": choice.reason} if choice.reason else {},
                idempotency_key=f"{key}:{stream}", **more,
            )  # fmt: skip
            asked.append((int(job), job.is_new))
        new = sum(is_new for _job, is_new in asked)
        return (
            measures.counted("{n} job requested.", "{n} jobs requested.", new) if new else _("That was requested already; here is the job.")
        )

    notices.attempt(verb, place="sync")
    if asked:
        st.session_state["sync_asked"] = asked
        sync_prefill.note(choice.store)
