"""What runs when: in words, with the next times in the browser's zone; run now, pause, change, for all stores or for one."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console import loaders, ops_loaders
from console.parts import act, address, dialogs, measures, notices, schedule_runs, schedule_table, schedule_times
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import card, head, live
from console.words import _
from tasks.roles import Role
from tasks.schedule_verbs import ScheduleView


def menu_clicked() -> None:
    """The click names a row; the row's schedule was frozen when it was drawn."""
    click = st.session_state["schedules_menu"]
    schedule_id, last_job_id = st.session_state["schedules_rows"][click.row]
    schedule_table.chosen(schedule_id, last_job_id, click.label)


def clear() -> None:
    """Show every schedule again; in a callback."""
    st.session_state["schedules_search"] = ""


with head(_("Schedules"), _("What runs when. Changes take effect within a minute.")):
    act.button(_("Schedule for a store"), role=Role.OPERATOR, icon=":material/add:", type="primary", shortcut="N", key="schedules_add",
               on_click=dialogs.ask, args=("edit_schedule",))  # fmt: skip
address.follow("schedules_search")
search = (st.text_input(_("Search"), key="schedules_search", placeholder=_("Store"), icon=":material/search:", label_visibility="collapsed", width=250,
                        max_chars=100) or "").strip()  # fmt: skip
address.tell("schedules_search", search)


def of_stores(every: list[ScheduleView], wanted: str) -> list[ScheduleView]:
    """What reads the stores that are searched for: their own schedules, and those for all stores that one of them has not replaced."""
    found = {name for name, title, _platform in loaders.store_names() if wanted.casefold() in f"{title} {name}".casefold()}
    own = [view for view in every if view.store in found]
    replaced = {(view.store, view.stream) for view in own}
    shared = [view for view in every if view.store is None and any((name, view.stream) not in replaced for name in found)]
    return sorted([*own, *shared], key=every.index)


@st.fragment(run_every=loaders.SLOW_TICK_S)
def listed() -> None:
    notices.show()
    with guard(_("the schedules")):
        every, now = ops_loaders.schedules(None, notices.has_just_written()), datetime.now(UTC)
        views = of_stores(every, search) if search else every
        st.session_state["schedules_rows"] = [(view.id, view.last_job_id) for view in views]
        if views:
            _tiles(views, now)
            schedule_table.show(views, now, key="schedules", on_menu=menu_clicked)
            with card(_("Last 30 runs"), "runs"):
                schedule_runs.show(views)
            with card(_("Next 6 hours"), "times", aside=f"{_('your time zone')} · {live(now)}"):
                schedule_times.show(views, now)
        elif every:
            no_match(_("No schedules match"), on_clear=clear, key="schedules")
        else:
            empty(_("No schedule yet"), _("A consumer writes the usual ones when it starts: start one with python run\\_consumer.py, or set one here."),
                  icon="calendar_month", action=_("Workers"), page="app_pages/workers.py", key="schedules")  # fmt: skip
    dialogs.give_way()


def _tiles(views: list[ScheduleView], now: datetime) -> None:
    active = [view for view in views if schedule_table.state(view) == "active" and view.next_times]
    soonest = min(active, key=lambda view: view.next_times[0], default=None)
    bad = [view for view in views if schedule_table.result(view) in ("failed", "blocked", "partial", "suspect_empty")]
    missed = sum(view.missed for view in views)
    with st.grid(4, min_column_width=165):
        st.metric(_("Next run"), measures.ago(soonest.next_times[0], now) if soonest else "–", schedule_table.name(soonest) if soonest else _("none is active"),
                  delta_color="off", delta_arrow="off", border=True, height="stretch")  # fmt: skip
        st.metric(_("Active"), _("{n} of {most}").format(n=len(active), most=len(views)), _("{n} paused or off").format(n=len(views) - len(active))
                  if len(active) < len(views) else None, delta_color="off", delta_arrow="off", border=True, height="stretch")  # fmt: skip
        st.metric(_("Last run not good"), len(bad), schedule_table.name(bad[0]) if bad else None, delta_color="red", delta_arrow="off", border=True,
                  height="stretch")  # fmt: skip
        st.metric(_("Missed"), measures.number(missed), _("made up for, once each gap") if missed else None, delta_color="off", delta_arrow="off",
                  border=True, height="stretch")  # fmt: skip


listed()
