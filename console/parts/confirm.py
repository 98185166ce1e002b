"""One dialog for every deed that asks first: what exactly, what follows, why, until when, and the name of it where nothing brings it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from console.door import allow
from console.parts import dialogs, environment, measures, notices
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Actor, Role

UNTIL = {  # how long → its words
    "15m": later("15 minutes"), "1h": later("1 hour"), "4h": later("4 hours"), "morning": later("Tomorrow, 08:00"), "7d": later("7 days"),
    "open": later("Until somebody resumes it"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the person said in the dialog; `until` is aware, None: no end."""

    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One kind of deed: texts are marked by `later`; `effect` gives Markdown sentences, `act` does it and gives the sentence for the notice."""

    title: str
    verb: str
    role: Role
    effect: Callable[..., Sequence[str]]
    act: Callable[..., str]
    icon: str
    needs_reason: bool = False
    lengths: tuple[str, ...] = ()  # keys of UNTIL
    target: Callable[..., str] = lambda **about: ", ".join(str(value) for value in about.values())
    name: Callable[..., str] | None = None  # what has to be typed


_DEEDS: dict[str, Deed] = {}


def declare(kind: str, deed: Deed) -> None:
    """Make a kind of deed known."""
    _DEEDS[kind] = deed


def ask(deed_kind: str, /, **about: Any) -> None:
    """Have the dialog opened; in a callback. `about` goes to `effect` and `act`."""
    for key in ("confirm_problem", "confirm_field", "confirm_done"):
        st.session_state.pop(key, None)
    dialogs.ask("confirm", deed_kind=deed_kind, about=about)


@dialogs.opener("confirm")
def confirm(deed_kind: str, about: dict[str, Any]) -> None:
    """Open it, with the title of its kind."""
    deed = _DEEDS[deed_kind]
    st.dialog(_(deed.title), icon=deed.icon)(_inside)(deed_kind, about)


def _inside(kind: str, about: dict[str, Any]) -> None:
    deed = _DEEDS[kind]
    with guard(_("this"), place="dialog"):
        environment.badge()
        for sentence in deed.effect(**about):
            st.markdown(sentence)
        if deed.lengths:
            st.selectbox(_("For how long"), deed.lengths, key="confirm_until", format_func=lambda name: _(UNTIL[name]))
        if deed.needs_reason:
            st.text_input(_("Reason"), key="confirm_reason", max_chars=200, placeholder=_("For those who wonder later"))
        may = True
        if deed.name is not None:
            wanted = deed.name(**about)
            typed = st.text_input(
                _("Type {name} to confirm").format(name=plain(wanted)), key="confirm_name", live="300ms", autocomplete="off"
            )
            may = typed.strip() == wanted
        notices.problem("confirm")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(_("Leave it"), key="confirm_no"):
                st.rerun()
            done = st.button(_(deed.verb), type="primary", key="confirm_yes", on_click=_do, args=(kind, about), disabled=not may)
        if done and "confirm_problem" not in st.session_state:
            st.rerun()
    dialogs.give_way()


def _do(kind: str, about: dict[str, Any]) -> None:
    """The deed, once; in a callback. A second click of the same dialog finds it done."""
    deed = _DEEDS[kind]
    if st.session_state.get("confirm_done"):
        return
    reason = str(st.session_state.get("confirm_reason") or "").strip()
    if deed.needs_reason and not reason:
        st.session_state["confirm_problem"] = _("Say why: others will want to know.")
        return
    if deed.name is not None and str(st.session_state.get("confirm_name") or "").strip() != deed.name(**about):
        return
    said = Said(reason=reason, until=end_of(str(st.session_state.get("confirm_until") or "open")) if deed.lengths else None)

    def verb() -> str:
        by: Actor = allow(deed.role, action=kind, target=deed.target(**about))
        return deed.act(by, said, **about)

    if notices.attempt(verb, place="confirm"):
        st.session_state["confirm_done"] = True


def end_of(length: str) -> datetime | None:
    """When a length ends, in the browser's zone; None: no end."""
    now = datetime.now(measures.zone())
    if length == "morning":
        return (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    minutes = {"15m": 15, "1h": 60, "4h": 240, "7d": 7 * 24 * 60}.get(length)
    return now + timedelta(minutes=minutes) if minutes else None
