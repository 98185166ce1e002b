"""Settings → Retention: how long things are kept, and how fast bulk operations go."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import tasks
from console.door import allow
from console.parts import confirm, dialogs, measures, notices, table
from console.parts.confirm import Deed, Said
from console.parts.page_head import card
from console.parts.plain import plain
from console.words import _, later
from tasks.options import OptionView
from tasks.roles import Actor, Role

_SENTENCES = {
    "keep_jobs_days": later("Finished jobs are kept this long."),
    "keep_jobs_count": later("And no more than the newest so many."),
    "keep_job_log_days": later("Log lines of jobs are kept this long."),
    "keep_requests_days": later("Lines of the table requests are kept this long."),
    "keep_audit_days": later("Who did what is kept this long."),
    "keep_rejected_days": later("Rejected records that no sync has met again are kept this long."),
    "keep_consumers_days": later("Consumers that are gone are shown this long."),
    "keep_rollups_days": later("The counts behind the charts are kept this long."),
    "keep_counts_days": later("The hourly counts by which stores tell what has changed are kept this long."),
    "keep_alerts_days": later("Alerts that have ended are kept this long."),
    "keep_failures_days": later("Groups of failures that have not come again are kept this long."),
    "keep_bulk_days": later("What bulk operations did is kept this long."),
    "bulk_per_s": later("A bulk operation acts on so many targets at most."),
}
_UNITS = {"days": later("days"), "jobs": later("jobs"), "per second": later("per second")}


def show() -> None:
    """Every option with its value, and who changed it."""
    every = tasks.list_options()
    st.session_state["options_rows"] = every
    frame = pd.DataFrame(
        {
            "sentence": [_sentence(one) for one in every],
            "value": [_value(one, one.value) for one in every],
            "default": [_value(one, one.default) for one in every],
            "changed": [
                _("{when} by {name}").format(when=measures.short(one.changed_at), name=one.changed_by) if one.changed_by else None
                for one in every
            ],
            "menu": [[_change(), _back()] if one.changed_by else [_change()] for one in every],
        }
    )
    with card(_("Retention"), "options", aside=_("Cleaned up once a day, in small steps")), st.container(key="options"):
        table.show(
            frame,
            {
                "sentence": st.column_config.TextColumn(_("What"), width=450),
                "value": st.column_config.TextColumn(_("Now"), width=130, alignment="right"),
                "default": st.column_config.TextColumn(_("As the settings say"), width=150, alignment="right"),
                "changed": st.column_config.TextColumn(_("Changed"), width=210),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=110, on_click=_clicked, key="options_menu"),
            },
            alt=_("How long things are kept"),
        )


def _sentence(one: OptionView) -> str:
    return _(_SENTENCES.get(one.name, one.sentence))


def _value(one: OptionView, value: int) -> str:
    return f"{measures.whole(value)} {_(_UNITS.get(one.unit, one.unit))}"


def _change() -> str:
    return f":material/edit: {_('Change…')}"


def _back() -> str:
    return f":material/settings_backup_restore: {_('Back to the settings…')}"


def _clicked() -> None:
    click = st.session_state["options_menu"]
    one: OptionView = st.session_state["options_rows"][click.row]
    if click.label == _back():
        confirm.ask("reset_option", name=one.name)
    else:
        for key in ("option_problem", "option_field", "option_done"):
            st.session_state.pop(key, None)
        dialogs.ask("option", name=one.name)


@dialogs.opener("option")
@dialogs.titled(later("Change what is kept"), icon=":material/edit:")
def change(name: str) -> None:
    """Another value for one option."""
    if st.session_state.get("option_done"):
        st.rerun()
    one = next(one for one in tasks.list_options() if one.name == name)
    st.markdown(f"**{plain(_sentence(one))}**")
    wanted = st.number_input(
        _(_UNITS.get(one.unit, one.unit)).capitalize(),
        min_value=one.lowest,
        max_value=one.highest,
        value=one.value,
        step=1,
        key="option_value",
    )
    if wanted < one.value and one.unit != "per second":
        st.caption(":orange[" + _("What is older goes at the next clean-up, and does not come back.") + "]")
    st.caption(_("From {before} to {after}").format(before=_value(one, one.value), after=_value(one, int(wanted))))
    notices.problem("option")
    st.button(_("Save"), type="primary", width="stretch", key="option_save", on_click=_save, args=(name,), disabled=wanted == one.value)


def _save(name: str) -> None:
    if st.session_state.get("option_done"):
        return  # the second half of a double click
    value = int(st.session_state["option_value"])

    def verb() -> str:
        tasks.change_option(name, value, by=allow(Role.ADMIN, action="change_option", target=f"option:{name}"))
        return _("Saved.")

    if notices.attempt(verb, place="option"):
        st.session_state["option_done"] = True


def _said(name: str) -> str:
    return _(_SENTENCES[name]) if name in _SENTENCES else name


def _reset(by: Actor, said: Said, name: str) -> str:
    tasks.reset_option(name, by=by)
    return _("It goes by the settings again.")


confirm.declare(
    "reset_option",
    Deed(title=later("Back to the settings?"), verb=later("Go back"), icon=":material/settings_backup_restore:", role=Role.ADMIN, act=_reset,
         target=lambda name: f"option:{name}", effect=lambda name: [f"**{plain(_said(name))}**", _("It is again what the settings of the machine say.")]),
)  # fmt: skip
