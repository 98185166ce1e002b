"""Every state that a person sees: its word, its colour, its icon. Pages never choose a colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import streamlit as st


class Face(NamedTuple):
    """How a state looks; `color` is a name of the theme."""

    label: str
    color: str
    icon: str


STATES: dict[str, Face] = {
    # jobs
    "queued": Face("Queued", "gray", ":material/schedule:"),
    "delayed": Face("Delayed", "violet", ":material/event:"),
    "running": Face("Running", "blue", ":material/bolt:"),
    "retrying": Face("Retrying", "orange", ":material/autorenew:"),
    "succeeded": Face("Succeeded", "green", ":material/check_circle:"),
    "failed": Face("Failed", "red", ":material/error:"),
    "cancelled": Face("Cancelled", "gray", ":material/block:"),
    # verdicts, and what they make of a store
    "success": Face("Up to date", "green", ":material/check_circle:"),
    "complete": Face("Complete", "green", ":material/check_circle:"),
    "partial": Face("Partial", "orange", ":material/incomplete_circle:"),
    "suspect_empty": Face("Suspiciously empty", "orange", ":material/help:"),
    "blocked": Face("Needs you", "red", ":material/front_hand:"),
    "paused": Face("Paused", "orange", ":material/pause_circle:"),
    "late": Face(
        "Late", "orange", ":material/running_with_errors:"
    ),  # of a stream: older than promised; of a consumer: a heartbeat is missing
    "never": Face("Never run", "gray", ":material/circle:"),
    "not_offered": Face("Not offered", "gray", ":material/remove:"),
    "derived": Face("Derived", "gray", ":material/call_split:"),  # customers that only orders tell of
    # how one attempt ended
    "postponed": Face("Put off", "orange", ":material/hourglass_top:"),
    "yielded": Face("Took turns", "gray", ":material/swap_horiz:"),
    "crashed": Face("Worker died", "red", ":material/heart_broken:"),
    # consumers
    "alive": Face("Alive", "green", ":material/favorite:"),
    "lost": Face("Lost", "red", ":material/heart_broken:"),
    "stopped": Face("Stopped", "gray", ":material/stop_circle:"),
}
JOB_STATES = ("queued", "delayed", "running", "retrying", "succeeded", "failed", "cancelled")


def badge(state: str) -> None:
    """The state as a word in its colour, with its icon."""
    face = STATES[state]
    st.badge(face.label, icon=face.icon, color=face.color)  # type: ignore[arg-type]  # the dict above holds theme names only


def column(label: str = "State", *, states: Iterable[str] = STATES, width: int = 110) -> Any:
    """A table column of badges; its cells are lists of one state."""
    shown = list(states)
    return st.column_config.MultiselectColumn(
        label, width=width, options=shown, color=[STATES[name].color for name in shown], format_func=lambda name: STATES[name].label
    )


def of_job(row: Mapping[str, Any]) -> str:
    """The state a job is shown in: a success that misses something does not look like one."""
    return str(row["verdict"]) if row["shown"] == "succeeded" and row["verdict"] in ("partial", "suspect_empty") else str(row["shown"])


_INK = {  # charts take no theme names; these read well on light and on dark
    "gray": "#8A94A8", "blue": "#4C7DF0", "green": "#2FA577", "orange": "#E88A33", "red": "#E5484F", "violet": "#8F6CF0", "primary": "#7C93F7",
}  # fmt: skip


def ink(color: str, *, is_faint: bool = False) -> str:
    """The colour of a chart's mark for a theme colour's name."""
    return _INK[color] + ("55" if is_faint else "")
