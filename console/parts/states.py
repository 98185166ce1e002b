"""Every state that a person sees: its word, its colour, its icon. Pages never choose a colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import streamlit as st

from console.words import _, later


class Face(NamedTuple):
    """How a state looks; `label` is in English, `color` is a name of the theme."""

    label: str
    color: str
    icon: str


STATES: dict[str, Face] = {
    # jobs
    "queued": Face(later("Queued"), "gray", ":material/schedule:"),
    "delayed": Face(later("Delayed"), "violet", ":material/event:"),
    "running": Face(later("Running"), "blue", ":material/bolt:"),
    "retrying": Face(later("Retrying"), "orange", ":material/autorenew:"),
    "succeeded": Face(later("Succeeded"), "green", ":material/check_circle:"),
    "failed": Face(later("Failed"), "red", ":material/error:"),
    "cancelled": Face(later("Cancelled"), "gray", ":material/block:"),
    # verdicts, and what they make of a store
    "success": Face(later("Up to date"), "green", ":material/check_circle:"),
    "complete": Face(later("Complete"), "green", ":material/check_circle:"),
    "partial": Face(later("Partial"), "orange", ":material/incomplete_circle:"),
    "suspect_empty": Face(later("Suspiciously empty"), "orange", ":material/help:"),
    "blocked": Face(later("Needs you"), "red", ":material/front_hand:"),
    "paused": Face(later("Paused"), "orange", ":material/pause_circle:"),
    "late": Face(
        later("Late"), "orange", ":material/running_with_errors:"
    ),  # of a stream: older than promised; of a consumer: a heartbeat is missing
    "never": Face(later("Never run"), "gray", ":material/circle:"),
    "not_offered": Face(later("Not offered"), "gray", ":material/remove:"),
    "derived": Face(later("Derived"), "gray", ":material/call_split:"),  # customers that only orders tell of
    "idle": Face(later("Idle"), "gray", ":material/horizontal_rule:"),  # of a queue: nothing waits and nothing runs
    "draining": Face(later("Draining"), "orange", ":material/hourglass_bottom:"),
    "muted": Face(later("Muted"), "gray", ":material/notifications_off:"),
    "new": Face(later("New"), "red", ":material/fiber_new:"),
    "known": Face(later("Known"), "gray", ":material/visibility:"),
    "resolved": Face(later("Resolved"), "green", ":material/task_alt:"),
    "regressed": Face(later("Back again"), "red", ":material/undo:"),
    "off": Face(later("Off"), "gray", ":material/toggle_off:"),
    "active": Face(later("Active"), "green", ":material/toggle_on:"),
    # bulk operations
    "waiting": Face(later("Waiting"), "gray", ":material/schedule:"),
    "done": Face(later("Done"), "green", ":material/check_circle:"),
    "refused": Face(later("Refused"), "orange", ":material/do_not_disturb_on:"),
    # how one attempt ended
    "postponed": Face(later("Put off"), "orange", ":material/hourglass_top:"),
    "yielded": Face(later("Took turns"), "gray", ":material/swap_horiz:"),
    "split": Face(later("In parts"), "blue", ":material/call_split:"),
    "crashed": Face(later("Worker died"), "red", ":material/heart_broken:"),
    # consumers
    "alive": Face(later("Alive"), "green", ":material/favorite:"),
    "lost": Face(later("Lost"), "red", ":material/heart_broken:"),
    "stopped": Face(later("Stopped"), "gray", ":material/stop_circle:"),
}
JOB_STATES = ("queued", "delayed", "running", "retrying", "succeeded", "failed", "cancelled")


def label(state: str) -> str:
    """The state's word in the person's language."""
    return _(STATES[state].label)


def badge(state: str) -> None:
    """The state as a word in its colour, with its icon."""
    face = STATES[state]
    st.badge(_(face.label), icon=face.icon, color=face.color)  # type: ignore[arg-type]  # the dict above holds theme names only


def column(title: str = "", *, states: Iterable[str] = STATES, width: int = 110) -> Any:
    """A table column of badges; its cells are lists of one state."""
    shown = list(states)
    return st.column_config.MultiselectColumn(
        title or _("State"), width=width, options=shown, color=[STATES[name].color for name in shown], format_func=label
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
