"""One dialog for every deed that asks first: what exactly, what follows, why, until or since when, and for the gravest its name, typed."""

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
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001  # the first that can be chosen, on the clock of whoever chooses


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the person said in the dialog; `until` and `moment` are aware, None: no end, none."""

    reason: str = ""
    until: datetime | None = None
    moment: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The choice between no moment and one that is over: what each is called (marked by `later`), and with which one the field begins."""

    none: str
    one: str
    first: Callable[..., datetime | None]


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
    moments: Moments | None = None
    needs_name: Callable[..., str] | None = None  # tier T3: what has to be typed, exactly


_DEEDS: dict[str, Deed] = {}
_FIELDS = (
    "confirm_name",
    "confirm_reason",
    "confirm_until",
    "confirm_which",
    "confirm_moment",
)  # what was said about one thing is not said about the next


def declare(kind: str, deed: Deed) -> None:
    """Make a kind of deed known."""
    _DEEDS[kind] = deed


def ask(deed_kind: str, /, **about: Any) -> None:
    """Have the dialog opened; in a callback. `about` goes to `effect` and `act`."""
    for key in ("confirm_problem", "confirm_field", "confirm_done", *_FIELDS):
        st.session_state.pop(key, None)
    dialogs.ask("confirm", deed_kind=deed_kind, about=about)


@dialogs.opener("confirm")
def confirm(deed_kind: str, about: dict[str, Any]) -> None:
    """Open it, with the title of its kind."""
    deed = _DEEDS[deed_kind]
    st.dialog(_(deed.title), icon=deed.icon, on_dismiss=dialogs.CLOSED)(_inside)(deed_kind, about)


def _inside(kind: str, about: dict[str, Any]) -> None:
    deed = _DEEDS[kind]
    with guard(_("this"), place="dialog"):
        environment.badge()
        for sentence in deed.effect(**about):
            st.markdown(sentence)
        if deed.lengths:
            st.selectbox(_("For how long"), deed.lengths, key="confirm_until", format_func=lambda name: _(UNTIL[name]))
        if deed.moments is not None:
            _ask_moment(deed.moments, about)
        if deed.needs_reason:
            st.text_input(_("Reason"), key="confirm_reason", max_chars=200, placeholder=_("For those who wonder later"))
        may = deed.needs_name is None or _typed(deed.needs_name(**about))
        notices.problem("confirm")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(_("Leave it"), key="confirm_no"):
                st.rerun()
            done = st.button(_(deed.verb), type="primary", key="confirm_yes", on_click=_do, args=(kind, about), disabled=not may)
        if done and "confirm_problem" not in st.session_state:
            st.rerun()
    dialogs.give_way()


def _typed(wanted: str) -> bool:
    """The field for the name; whether it is typed there."""
    st.text_input(_("Type {name} to confirm").format(name=plain(wanted)), key="confirm_name", live="300ms", autocomplete="off")
    wrong = _wrong_name(wanted)
    if wrong and st.session_state.get("confirm_name"):
        st.caption(f":orange[{plain(wrong, longest=400)}]")
    return not wrong


def _wrong_name(wanted: str) -> str:
    """What is wrong with what was typed; empty when nothing."""
    typed = str(st.session_state.get("confirm_name") or "").strip()
    if typed == wanted:
        return ""
    if not typed:
        return _("Type {name} first.").format(name=wanted)
    return _("{typed} is not {name}. Type it exactly, capital letters too.").format(typed=typed, name=wanted)


def _ask_moment(moments: Moments, about: dict[str, Any]) -> None:
    words = {"none": _(moments.none), "one": _(moments.one)}
    which = st.segmented_control(_("From when"), list(words), default="none", required=True, key="confirm_which", format_func=lambda name: words[name],
                                 label_visibility="collapsed")  # fmt: skip
    if which == "one":
        today = datetime.now(measures.zone()).replace(hour=0, minute=0)
        first = (moments.first(**about) or today).astimezone(measures.zone()).replace(second=0, microsecond=0, tzinfo=None)
        label = _("Date and time, in {zone}").format(zone=measures.zone().key)
        st.datetime_input(label, value=first, min_value=EARLIEST, step=60, format="YYYY-MM-DD", key="confirm_moment")


def _moment() -> datetime | None:
    """The chosen one, as the browser's zone has it; None: none is wanted, or none was chosen."""
    chosen = st.session_state.get("confirm_moment")
    if st.session_state.get("confirm_which") != "one" or not isinstance(chosen, datetime):
        return None
    return chosen.replace(tzinfo=measures.zone())


def _do(kind: str, about: dict[str, Any]) -> None:
    """The deed, once; in a callback. A second click of the same dialog finds it done."""
    deed = _DEEDS[kind]
    if st.session_state.get("confirm_done"):
        return
    reason = str(st.session_state.get("confirm_reason") or "").strip()
    if deed.needs_reason and not reason:
        st.session_state["confirm_problem"] = _("Say why: others will want to know.")
        return
    if deed.needs_name is not None and (wrong := _wrong_name(deed.needs_name(**about))):
        st.session_state["confirm_problem"] = wrong
        return
    moment = _moment() if deed.moments is not None else None
    if deed.moments is not None and moment is None and st.session_state.get("confirm_which") == "one":
        st.session_state["confirm_problem"] = _("Choose the moment.")
        return
    until = end_of(str(st.session_state.get("confirm_until") or "open")) if deed.lengths else None
    said = Said(reason=reason, until=until, moment=moment)

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
