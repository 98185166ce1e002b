"""One line of the audit log: how its outcome looks, and all that it says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from console.parts import audit_actions, dialogs, measures
from console.parts.plain import plain
from console.parts.states import Face
from console.words import _, later

OUTCOMES = {
    "done": Face(later("Done"), "gray", ":material/check_circle:"),
    "denied": Face(later("Denied"), "red", ":material/block:"),  # the role is not enough
    "refused": Face(later("Refused"), "orange", ":material/error:"),  # the request was wrong
}
_SOURCES = {"console": later("Console"), "api": later("API"), "script": later("Script"), "quayside": later("Quayside itself")}


def outcomes(title: str, *, width: int) -> Any:
    """A table column of outcomes; its cells are lists of one."""
    shown = list(OUTCOMES)
    return st.column_config.MultiselectColumn(
        title, width=width, options=shown, color=[OUTCOMES[name].color for name in shown], format_func=lambda name: _(OUTCOMES[name].label)
    )


def source(name: str) -> str:
    """Where a request came from, in words."""
    return _(_SOURCES.get(name, name))


def told(detail: Mapping[str, Any] | None) -> str:
    """The detail on one line: name: value · name: value."""
    return " · ".join(f"{name}: {_short(value)}" for name, value in (detail or {}).items() if value not in (None, "", {}, []))


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_short(inner)}" for name, inner in value.items() if inner not in (None, "", {}, []))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(one) for one in value)
    return str(value)


@dialogs.opener("audit_line")
@dialogs.titled(later("What was done"), icon=":material/history_edu:", position="right", width=540)
def show(row: dict[str, Any]) -> None:
    """The whole line, with the way to what it is about."""
    face = OUTCOMES[row["outcome"]]
    st.badge(_(face.label), icon=face.icon, color=face.color)  # type: ignore[arg-type]  # the dict above holds theme names only
    st.table(
        {
            _("When"): measures.exact(row["at"]),
            _("Who"): plain(row["person"]),
            _("What"): plain(audit_actions.title(row["action"])),
            _("On what"): plain(row["target"]),
            _("By way of"): source(row["source"]),
            _("From"): plain(row["address"] or "–"),
            _("Number"): str(row["id"]),
        },
        border="horizontal",
    )
    if row["detail"]:
        st.code(json.dumps(row["detail"], indent=2, ensure_ascii=False, default=str), language="json", wrap_lines=True)
    kind, _sep, name = str(row["target"]).partition(":")
    if kind == "job" and name.isdigit():
        st.button(
            _("Open the job"),
            icon=":material/open_in_full:",
            key="audit_open_job",
            on_click=dialogs.go,
            args=("app_pages/job.py",),
            kwargs={"id": name},
        )
    dialogs.give_way()
