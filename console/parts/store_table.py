"""The table of stores in three views: how much is here, how fresh it is, how the runs go. One row a store, with its menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import shop_loaders
from console.parts import confirm, dialogs, measures, platforms, states, store_dialogs, store_state, stream_cells, table
from console.words import _, later
from db.history import STREAMS
from db.store_runs import RUNS as RUNS_SHOWN

COUNTS, FRESHNESS, RUNS = "counts", "freshness", "runs"
VIEWS = {COUNTS: later("Counts"), FRESHNESS: later("Freshness"), RUNS: later("Runs")}
_WHO = ("store", "state", "platform")
_SHOWN = {  # the columns of each view, in their order
    COUNTS: (*_WHO, "tags", *STREAMS, "fresh", "rejected", "left", "menu"),
    FRESHNESS: (*_WHO, *STREAMS, "said", "menu"),
    RUNS: (*_WHO, "fresh", "next", "runs", "row", "rejected", "said", "left", "menu"),
}


def menu_words() -> dict[str, str]:
    """What may be done with a store: verb → its words in the row menu."""
    return {
        "details": f":material/visibility: {_('Details')}", "page": f":material/open_in_full: {_('Open page')}", "sync": f":material/sync: {_('Sync…')}",
        "jobs": f":material/list_alt: {_('Jobs')}", "pause": f":material/pause_circle: {_('Pause…')}", "resume": f":material/play_circle: {_('Resume…')}",
        "credentials": f":material/key: {_('Credentials…')}",
    }  # fmt: skip


def chosen(name: str, label: str) -> None:
    """What a click in the row menu of a store means; in a callback."""
    verb = next((verb for verb, words in menu_words().items() if words == label), "details")
    if verb == "details":
        dialogs.ask("store", name=name)
    elif verb == "sync":
        dialogs.go("app_pages/sync.py", sync_store=name)
    elif verb in ("pause", "resume"):
        confirm.ask(verb, kind="store", name=name)
    elif verb == "credentials":
        store_dialogs.open_edit(name)
    elif verb == "page":
        dialogs.go("app_pages/store.py", store=name)
    else:
        dialogs.go("app_pages/jobs.py", jobs_store=name)


def _menu(store: Mapping[str, Any]) -> list[str]:
    return [words for verb, words in menu_words().items() if verb != ("pause" if store["paused_at"] else "resume")]


def steady(held: list[str], every: Sequence[dict[str, Any]], matches: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The stores of the rows that are `held`, by name: none moves. What comes to match is added at the end, what no longer does stays."""
    held += [store["name"] for store in every if store["name"] not in held and matches(store)]
    known = {store["name"]: store for store in every}
    return [known[name] for name in held]


def rejected(store: Mapping[str, Any]) -> int:
    """How many of its records are kept aside."""
    return sum(int(stat["rejected"]) for stat in store["streams"].values())


def _failed_in_a_row(store: Mapping[str, Any]) -> int:
    return max((int(stat["failed_in_a_row"]) for stat in store["streams"].values()), default=0)


def _next_run(store: Mapping[str, Any], planned: Mapping[str, datetime]) -> datetime | None:
    """When a schedule asks for one of its streams next; None while it is paused, or where none does."""
    offers = store_state.offers(store)
    return None if store["paused_at"] else min((at for stream, at in planned.items() if offers[stream]["is_offered"]), default=None)


def _bar(state: str, verdict: str | None) -> float:
    """Up: it went well, half as high: something is missing; down: it failed."""
    return -1.0 if state == "failed" else 0.5 if verdict in ("partial", "suspect_empty") else 1.0


def show(stores: Sequence[dict[str, Any]], now: datetime, *, view: str, on_menu: Callable[[], None]) -> None:
    """Draw them; a click calls `on_menu`, with row and label in session_state["stores_menu"]."""
    frame = pd.DataFrame(
        {
            "store": [store["title"] for store in stores],
            "state": [[store_state.state(store, now)] for store in stores],
            "platform": [platforms.title(store["platform"]) for store in stores],
            **(stream_cells.fresh(stores, now) if view == FRESHNESS else stream_cells.counts(stores, now)),
            "tags": [store["tags"] for store in stores],
            "fresh": measures.timedeltas([measures.age(store_state.oldest_success(store), now) for store in stores]),
            "said": [store_state.sentence(store, now) for store in stores],
            "row": pd.array([_failed_in_a_row(store) or None for store in stores], dtype="Int64"),
            "rejected": pd.array([rejected(store) or None for store in stores], dtype="Int64"),
            "left": pd.array([store_state.days_left(store, now) for store in stores], dtype="Int64"),
            "menu": [_menu(store) for store in stores],
        }
    )
    if view == RUNS:
        planned, ran = shop_loaders.next_runs(), shop_loaders.last_runs_of(tuple(sorted(int(store["id"]) for store in stores)))
        frame["next"] = measures.timedeltas([_wait(_next_run(store, planned.get(store["id"], {})), now) for store in stores])
        frame["runs"] = [[_bar(*run) for run in ran[store["id"]]] for store in stores]
    with st.container(key="stores"):
        shown = stream_cells.mark_derived(frame, stores) if view == COUNTS else frame
        table.show(shown, _columns(stores, now, view, on_menu), alt=_("Stores"), row_px=table.TALL_ROW_PX, order=_order(stores, now, view))


def _wait(moment: datetime | None, now: datetime) -> Any:
    return None if moment is None else measures.leading_part(max(0.0, (moment - now).total_seconds()))


def _order(stores: Sequence[dict[str, Any]], now: datetime, view: str) -> list[str]:
    """The days that credentials have left are told beside the runs, and beside the counts once some end soon; tags where there are any."""
    is_shown = {
        "left": view == RUNS or any(store_state.ends_soon(store, now) for store in stores),
        "tags": any(store["tags"] for store in stores),
    }
    return [name for name in _SHOWN[view] if is_shown.get(name, True)]


def _columns(stores: Sequence[dict[str, Any]], now: datetime, view: str, on_menu: Callable[[], None]) -> dict[str, Any]:
    return {
        "store": st.column_config.TextColumn(_("Store"), width=116 if view == COUNTS else 130),
        "state": states.column(width=100),
        "platform": st.column_config.TextColumn(_("Platform"), width=100),
        "tags": st.column_config.ListColumn(_("Tags"), width=92),
        **(stream_cells.fresh_columns(stores, now, width=119) if view == FRESHNESS else stream_cells.count_columns()),
        "fresh": st.column_config.NumberColumn(
            _("Oldest"), format="localized", alignment="right", width=60, help=_("How old the least fresh stream is")
        ),
        "next": st.column_config.NumberColumn(
            _("Next in"), format="localized", alignment="right", width=76, help=_("Until a schedule asks for one of its streams")
        ),
        "runs": st.column_config.BarChartColumn(
            _("Last {n} runs").format(n=RUNS_SHOWN), width=170, y_min=-1, y_max=1,
            help=_("Newest at the right. Up: it went well; half as high: something is missing; down: it failed."),
        ),
        "said": st.column_config.TextColumn(_("Last run"), width=202),
        "row": st.column_config.NumberColumn(_("Failed"), width=54, help=_("Runs failed in a row")),
        "rejected": st.column_config.NumberColumn(_("Rejected"), width=68, help=_("Records kept aside with a reason")),
        "left": st.column_config.NumberColumn(_("Days left"), width=70, help=_("Days until its credentials end, where the platform tells")),
        "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=on_menu, key="stores_menu"),
    }  # fmt: skip
