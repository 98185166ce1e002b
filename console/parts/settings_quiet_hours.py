"""Settings → Alerts: the quiet hours, below the rules."""

from __future__ import annotations

from datetime import time

import streamlit as st

import tasks
from console.door import allow
from console.parts import act, confirm, dialogs, measures, notices
from console.parts.confirm import Deed, Said
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.quieting import QuietHours
from tasks.roles import Actor, Role

_USUAL = "22:00-07:00"  # what is proposed where there are none


def show() -> None:
    """When only what needs a person is told, and the way to change that."""
    one = tasks.quiet_hours()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="quiet_hours"):
        with st.container(width="content", gap=None):
            st.markdown(f":material/bedtime: {_('Quiet hours')}: **{plain(_said(one, one.value))}**", width="content")
            st.caption(_meaning(one), width="content")
        with st.container(horizontal=True, width="content"):
            act.button(
                _("Change…"), role=Role.ADMIN, key="quiet_hours_change", icon=":material/edit:", type="tertiary", on_click=_open_change
            )
            if one.changed_by:
                act.button(_("Back to the settings…"), role=Role.ADMIN, key="quiet_hours_reset", icon=":material/settings_backup_restore:",
                           type="tertiary", on_click=confirm.ask, args=("reset_quiet_hours",))  # fmt: skip


def _said(one: QuietHours, hours: str) -> str:
    """22:00–07:00 (Europe/Zurich)"""
    return f"{hours.replace('-', '–')} ({one.time_zone})" if hours else _("none")


def _meaning(one: QuietHours) -> str:
    means = _("Only what needs a person is told then; what mends itself is told afterwards, if it still lasts.")
    if not one.changed_by:
        return means
    return f"{means} {_('Changed {when} by {name}.').format(when=measures.short(one.changed_at), name=plain(one.changed_by))}"


def _open_change() -> None:
    for key in ("quiet_hours_problem", "quiet_hours_field", "quiet_hours_done"):
        st.session_state.pop(key, None)
    dialogs.ask("quiet_hours")


@dialogs.opener("quiet_hours")
@dialogs.titled(later("Quiet hours"), icon=":material/bedtime:")
def change() -> None:
    """From when to when, or none."""
    if st.session_state.get("quiet_hours_done"):
        st.rerun()
    with guard(_("the quiet hours"), place="dialog"):
        one = tasks.quiet_hours()
        st.caption(_("Only what needs a person is told then; what mends itself is told afterwards, if it still lasts."))
        is_on = st.toggle(_("On"), value=bool(one.value), key="quiet_hours_on")
        start, _dash, end = (one.value or _USUAL).partition("-")
        with st.container(horizontal=True):
            begins = st.time_input(_("From"), value=time.fromisoformat(start), step=900, key="quiet_hours_from", disabled=not is_on)
            ends = st.time_input(_("Until"), value=time.fromisoformat(end), step=900, key="quiet_hours_until", disabled=not is_on)
        wanted = f"{begins:%H:%M}-{ends:%H:%M}" if is_on else ""
        st.caption(_("From {before} to {after}").format(before=plain(_said(one, one.value)), after=plain(_said(one, wanted))))
        notices.problem("quiet_hours")
        st.button(
            _("Save"),
            type="primary",
            width="stretch",
            key="quiet_hours_save",
            on_click=_save,
            args=(wanted,),
            disabled=wanted == one.value,
        )


def _save(wanted: str) -> None:
    if st.session_state.get("quiet_hours_done"):
        return  # the second half of a double click

    def verb() -> str:
        tasks.set_quiet_hours(wanted, by=allow(Role.ADMIN, action="set_quiet_hours", target="alerts"))
        return _("Saved. It counts from the next look on, within half a minute.")

    if notices.attempt(verb, place="quiet_hours"):
        st.session_state["quiet_hours_done"] = True


def _reset(by: Actor, said: Said) -> str:
    tasks.reset_quiet_hours(by=by)
    return _("It goes by the settings again.")


def _effect() -> list[str]:
    one = tasks.quiet_hours()
    return [_("From {before} to {after}").format(before=plain(_said(one, one.value)), after=plain(_said(one, one.default)))]


confirm.declare(
    "reset_quiet_hours",
    Deed(title=later("Back to the settings?"), verb=later("Go back"), icon=":material/settings_backup_restore:", role=Role.ADMIN, act=_reset,
         target=lambda: "alerts", effect=_effect),
)  # fmt: skip
