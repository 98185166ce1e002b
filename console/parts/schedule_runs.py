"""The last runs of each schedule as bars: how long each took beside how often it comes, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import streamlit as st

from console import ops_loaders
from console.parts import bars, measures, schedule_table, states
from console.parts.plain import plain
from console.words import _
from db.schedule_runs import ScheduleRun
from tasks.schedule_verbs import ScheduleView

LINES = 12  # as many as the line of the next hours has
_BAD = ("failed", "blocked")
_DOUBTFUL = ("partial", "suspect_empty", "cancelled")


def show(views: Sequence[ScheduleView]) -> None:
    """Draw those that have run."""
    found = ops_loaders.schedule_runs(tuple(view.id for view in views[:LINES]))
    with_runs = [view for view in views if found.get(view.id)]
    if not with_runs:
        st.caption(_("None of them has run yet."))
        return
    with st.grid(2, min_column_width=300):
        for view in with_runs:
            runs = found[view.id]
            with st.container(gap="xxsmall", key=f"runs_{view.id}"):
                with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                    st.markdown(f"**{plain(schedule_table.name(view))}**", width="content")
                    st.caption(outlook(view, runs), width="content")
                bars.columns(
                    [(states.ink(_color(run), is_faint=run.took_s is None), run.took_s or 0.0, _title(run)) for run in runs],
                    alt=_("How long the last {n} runs took").format(n=len(runs)),
                )


def interval_s(view: ScheduleView) -> float | None:
    """The time between two of its times, behind the next, which may have been made up for; None while it is off."""
    return (view.next_times[2] - view.next_times[1]).total_seconds() if len(view.next_times) > 2 else None


def outlook(view: ScheduleView, runs: Sequence[ScheduleRun]) -> str:
    """usually 1 min 12 s, every 15 min · 2 of 30 not good; in red where a run is not done when the next is due. For a place that renders Markdown."""
    took = [run.took_s for run in runs if run.took_s is not None]
    every, usual = interval_s(view), median(took) if took else None
    told = []
    if usual is not None:
        words = (
            _("usually {time}, every {interval}").format(time=measures.duration(usual), interval=measures.duration(every)) if every
            else _("usually {time}").format(time=measures.duration(usual))
        )  # fmt: skip
        told.append(f":red[{plain(words)}]" if every and usual > every else plain(words))
    if bad := sum(1 for run in runs if _color(run) != "primary"):
        told.append(plain(_("{n} of {most} not good").format(n=bad, most=len(runs))))
    if view.missed:
        told.append(plain(measures.counted("{n} missed", "{n} missed", view.missed)))
    return " · ".join(told)


def _color(run: ScheduleRun) -> str:
    if any(run.results.get(word) for word in _BAD):
        return "red"
    return "orange" if any(run.results.get(word) for word in _DOUBTFUL) else "primary"


def _title(run: ScheduleRun) -> str:
    results = ", ".join(
        f"{states.label('complete' if word in ('success', 'succeeded') else word)} {count}" for word, count in run.results.items()
    )
    took = measures.duration(run.took_s) if run.took_s is not None else _("not done yet")
    return f"{measures.short(run.at)} · {took} · {results}"
