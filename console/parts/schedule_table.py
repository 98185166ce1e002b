"""Schedules as a table: what, when in words, the next three times, the last result, what was missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from console.parts import confirm, dialogs, measures, schedule_words, states, streams, table
from console.parts.schedule_deeds import ALL
from console.words import _
from tasks.schedule_verbs import ScheduleView


def menu_words() -> dict[str, str]:
    """What may be done with a schedule: verb → its words in the row menu."""
    return {
        "run": f":material/play_arrow: {_('Run now…')}", "pause": f":material/pause_circle: {_('Pause…')}", "resume": f":material/play_circle: {_('Turn on…')}",
        "edit": f":material/edit: {_('Edit…')}", "reset": f":material/settings_backup_restore: {_('Back to the settings…')}",
        "job": f":material/receipt_long: {_('Last job')}",
    }  # fmt: skip


def chosen(schedule_id: int, last_job_id: int | None, label: str) -> None:
    """What a click in the row menu means; in a callback."""
    verb = next((verb for verb, words in menu_words().items() if words == label), "edit")
    if verb == "edit":
        dialogs.ask("edit_schedule", schedule_id=schedule_id)
    elif verb == "job":
        dialogs.go("app_pages/job.py", id=str(last_job_id))
    else:
        confirm.ask(f"{verb}_schedule", schedule_id=schedule_id)


def state(view: ScheduleView) -> str:
    """active, paused or off."""
    return "off" if not view.is_enabled else "paused" if view.paused_until else "active"


def result(view: ScheduleView) -> str:
    """The worst of what the jobs of its last run came to; empty where it never ran."""
    worst = ("blocked", "failed", "partial", "suspect_empty", "cancelled", "running", "queued", "success", "succeeded")
    return next((word for word in worst if view.last_results.get(word)), "")


def show(views: Sequence[ScheduleView], now: datetime, *, key: str, on_menu: Callable[[], None], with_store: bool = True) -> None:
    """Draw them; a click calls `on_menu`, with row and label in session_state["<key>_menu"]."""
    words = menu_words()
    frame = pd.DataFrame(
        {
            "state": [[state(view)] for view in views],
            "what": [_("Everything, in full") if view.stream == ALL else streams.title(view.stream) for view in views],
            "store": [view.store_title or _("All stores") for view in views],
            "when": [_when(view) for view in views],
            "next": [_next(view) for view in views],
            "result": [[result(view)] if result(view) else [] for view in views],
            "ran": measures.timedeltas([measures.age(view.last_at, now) for view in views]),
            "missed": pd.array([view.missed or None for view in views], dtype="Int64"),
            "by": [view.changed_by or _("Settings") for view in views],
            "menu": [_menu(view, words) for view in views],
        }
    )
    config = {
        "state": states.column(width=92),
        "what": st.column_config.TextColumn(_("What"), width=112),
        "store": st.column_config.TextColumn(_("Store"), width=110),
        "when": st.column_config.TextColumn(_("When"), width=180),
        "next": st.column_config.TextColumn(_("Next, your time"), width=226),
        "result": states.column(_("Last result"), width=98),
        "ran": st.column_config.NumberColumn(_("Ran"), format="localized", alignment="right", width=68),
        "missed": st.column_config.NumberColumn(
            _("Missed"), width=58, help=_("Times at which no consumer ran; each gap was made up for once.")
        ),
        "by": st.column_config.TextColumn(_("Set by"), width=76),
        "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=on_menu, key=f"{key}_menu"),
    }
    with st.container(key=key):
        order = [name for name in frame.columns if with_store or name != "store"]
        table.show(frame, config, alt=_("Schedules"), row_px=table.TALL_ROW_PX, order=order, placeholder="")


def _when(view: ScheduleView) -> str:
    """In words; with its time zone where that is not the person's."""
    words = schedule_words.said(view.words)
    return words if view.time_zone == measures.zone().key else f"{words} ({view.time_zone})"


def _next(view: ScheduleView) -> str:
    if not view.is_enabled:
        return _("off")
    times = " · ".join(_short(time) for time in view.next_times)
    return _("paused until {time}").format(time=measures.short(view.paused_until)) if view.paused_until else times


def _short(moment: datetime) -> str:
    """14:30 today, otherwise with its day."""
    here = moment.astimezone(measures.zone())
    return f"{here:%H:%M}" if here.date() == datetime.now(measures.zone()).date() else measures.short(moment)


def _menu(view: ScheduleView, words: dict[str, str]) -> list[str]:
    is_changed = view.changed_by is not None or view.store is not None
    verbs = [
        "run",
        "resume" if state(view) != "active" else "pause",
        "edit",
        *(["reset"] if is_changed else []),
        *(["job"] if view.last_job_id else []),
    ]
    return [words[verb] for verb in verbs]


def name(view: ScheduleView) -> str:
    """Orders · All stores."""
    what = _("Everything, in full") if view.stream == ALL else streams.title(view.stream)
    return f"{what} · {view.store_title or _('All stores')}"
