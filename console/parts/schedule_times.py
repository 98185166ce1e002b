"""The next hours of the schedules as marks on a line of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from console.parts import measures, schedule_table, states
from console.words import _
from tasks import cron
from tasks.schedule_verbs import ScheduleView

HOURS, LINES, MARKS = 6, 12, 80


def show(views: Sequence[ScheduleView], now: datetime) -> None:
    """Draw when each is due within HOURS."""
    end, zone, marks = now + timedelta(hours=HOURS), measures.zone(), []
    for view in [view for view in views if schedule_table.state(view) == "active"][:LINES]:
        at = now
        for _mark in range(MARKS):
            at = cron.next_time(view.cron, view.time_zone, at)
            if at > end:
                break
            marks.append({"schedule": schedule_table.name(view), "at": at.astimezone(zone).replace(tzinfo=None)})
    if not marks:
        st.caption(_("Nothing is due within {n} hours.").format(n=HOURS))
        return
    frame = pd.DataFrame(marks)
    first, last = (moment.astimezone(zone).replace(tzinfo=None).isoformat() for moment in (now, end))
    chart = (
        alt.Chart(frame)
        .mark_tick(thickness=3, size=14, color=states.ink("primary"))
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format="%H:%M", grid=True), scale=alt.Scale(domain=[first, last])),
            y=alt.Y("schedule:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, domain=False, ticks=False)),
        )
    )
    st.altair_chart(
        chart, height=40 + 26 * frame["schedule"].nunique(), alt=_("When each schedule is due within {n} hours").format(n=HOURS)
    )
