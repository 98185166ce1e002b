"""Settings → Alerts: the rules by which alerts are found, and the quiet hours; each change is tried before it is saved."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import tasks
from console import sentences
from console.door import allow, may
from console.parts import confirm, dialogs, measures, notices, settings_quiet_hours, table
from console.parts.confirm import Deed, Said
from console.parts.guard import guard
from console.parts.page_head import card
from console.parts.plain import plain
from console.words import _, later, many
from tasks.alert_rules import RULES, Standing
from tasks.alert_settings import RuleView, Trial
from tasks.roles import Actor, Role

_LABELS = {"seconds": later("Seconds"), "minutes": later("Minutes"), "days": later("Days"), "times": later("Times in a row")}
_SHOWN = 5  # sentences of each part of a trial
_STATES = {"on": (later("On"), "green"), "off": (later("Off"), "gray")}


def show() -> None:
    """Every rule as it stands, and who changed it; changed by admins."""
    every = tasks.list_alert_rules()
    st.session_state["alert_rules_rows"] = every
    is_admin = may(Role.ADMIN)
    frame = pd.DataFrame(
        {
            "sentence": [sentences.said(one.sentence) for one in every],
            "state": [["on" if one.now.is_on else "off"] for one in every],
            "threshold": [_limit(one, one.now) for one in every],
            "default": [_standing(one, one.default) for one in every],
            "changed": [
                _("{when} by {name}").format(when=measures.short(one.changed_at), name=one.changed_by) if one.changed_by else None
                for one in every
            ],
            "lasting": [one.lasting for one in every],
            "menu": [[_change(), _back()] if one.changed_by else [_change()] for one in every],
        }
    )
    with card(_("Alert rules"), "alert_rules", aside=_("What is worth waking somebody; looked for twice a minute")):
        with st.container(key="alert_rules"):
            table.show(
                frame,
                {
                    "sentence": st.column_config.TextColumn(_("Told when"), width=370),
                    "state": st.column_config.MultiselectColumn(_("State"), width=65, options=list(_STATES), color=[color for _word, color in _STATES.values()],
                                                                format_func=lambda name: _(_STATES[name][0])),
                    "threshold": st.column_config.TextColumn(_("Threshold"), width=110),
                    "default": st.column_config.TextColumn(_("As the settings say"), width=140),
                    "changed": st.column_config.TextColumn(_("Changed"), width=165),
                    "lasting": st.column_config.NumberColumn(_("Last now"), width=85),
                    "menu": st.column_config.ButtonColumn("", type="tertiary", width=110, on_click=_clicked, key="alert_rules_menu"),
                },
                order=None if is_admin else [name for name in frame.columns if name != "menu"],
                alt=_("Alert rules"),
            )  # fmt: skip
        settings_quiet_hours.show()


def _limit(one: RuleView, standing: Standing) -> str | None:
    """Its threshold in words: 15 min."""
    number = round(standing.threshold)
    match one.limit.unit if one.limit else "":
        case "seconds":
            return measures.duration(number)
        case "minutes":
            return measures.duration(number * 60) if number else _("at once")
        case "days":
            return many("{n} day before", "{n} days before", number).format(n=measures.whole(number))
        case "times":
            return many("{n} time", "{n} times", number).format(n=measures.whole(number))
        case _:
            return None


def _standing(one: RuleView, standing: Standing) -> str:
    state = _(_STATES["on" if standing.is_on else "off"][0])
    limit = _limit(one, standing)
    return f"{state}, {limit}" if limit else state


def _change() -> str:
    return f":material/edit: {_('Change…')}"


def _back() -> str:
    return f":material/settings_backup_restore: {_('Back to the settings…')}"


def _clicked() -> None:
    click = st.session_state["alert_rules_menu"]
    one: RuleView = st.session_state["alert_rules_rows"][click.row]
    if click.label == _back():
        confirm.ask("reset_alert_rule", name=one.name)
    else:
        for key in ("alert_rule_problem", "alert_rule_field", "alert_rule_done"):
            st.session_state.pop(key, None)
        dialogs.ask("alert_rule", name=one.name)


@dialogs.opener("alert_rule")
@dialogs.titled(later("Change an alert rule"), icon=":material/edit:")
def change(name: str) -> None:
    """On or off, another threshold, and what the next look would do then."""
    if st.session_state.get("alert_rule_done"):
        st.rerun()
    with guard(_("the alert rules"), place="dialog"):
        one = _of(name)
        st.markdown(f"**{plain(sentences.said(one.sentence))}**")
        is_on = st.toggle(_("On"), value=one.now.is_on, key=f"alert_rule_on_{name}")
        threshold = round(one.now.threshold)
        if one.limit is not None:
            threshold = int(
                st.number_input(
                    _(_LABELS[one.limit.unit]),
                    min_value=one.limit.lowest,
                    max_value=one.limit.highest,
                    value=min(max(threshold, one.limit.lowest), one.limit.highest),
                    step=1,
                    key=f"alert_rule_threshold_{name}",
                    disabled=not is_on,
                )
            )
        wanted = Standing(is_on=is_on, threshold=float(threshold))
        is_same = wanted == Standing(is_on=one.now.is_on, threshold=float(round(one.now.threshold)))
        st.caption(_("From {before} to {after}").format(before=_standing(one, one.now), after=_standing(one, wanted)))
        _try(tasks.try_alert_rule(name, is_on=is_on, threshold=threshold if one.limit and is_on else None))
        notices.problem("alert_rule")
        st.button(_("Save"), type="primary", width="stretch", key="alert_rule_save", on_click=_save, args=(name, wanted), disabled=is_same)


def _of(name: str) -> RuleView:
    return next(one for one in tasks.list_alert_rules() if one.name == name)


def _try(trial: Trial) -> None:
    """What the next look would tell."""
    with st.container(border=True, key="alert_rule_trial", gap="xsmall"):
        st.markdown(f"**{_('What the next look would do')}**")
        parts = (
            (_("Told as new: {n}"), [one.sentence for one in trial.told], ":material/notifications_active:"),
            (_("Begins, but told to nobody for now (silence or quiet hours): {n}"), [one.sentence for one in trial.kept_back], ":material/notifications_off:"),
            (_("Lasts already: {n}"), [one.sentence for one in trial.lasting], ":material/schedule:"),
            (_("Ends, and nobody is told, since nothing has recovered: {n}"), trial.ended, ":material/cancel:"),
        )  # fmt: skip
        for words, found, icon in parts:
            if found:
                st.markdown(f"{icon} {words.format(n=measures.whole(len(found)))}")
                lines = [f"- {plain(sentences.said(text), longest=200)}" for text in found[:_SHOWN]]
                more = len(found) - _SHOWN
                st.caption("\n".join([*lines, *([f"- {_('and {n} more').format(n=measures.whole(more))}"] if more > 0 else [])]))
        if not any(found for _words, found, _icon in parts):
            st.caption(_("Nothing: no cause holds now."))


def _save(name: str, wanted: Standing) -> None:
    if st.session_state.get("alert_rule_done"):
        return  # the second half of a double click

    def verb() -> str:
        by = allow(Role.ADMIN, action="change_alert_rule", target=f"alert_rule:{name}")
        now = _of(name).now
        is_on = None if wanted.is_on == now.is_on else wanted.is_on
        threshold = None if round(now.threshold) == wanted.threshold else int(wanted.threshold)
        tasks.change_alert_rule(name, is_on=is_on, threshold=threshold, by=by)
        return _("Saved. It counts from the next look on, within half a minute.")

    if notices.attempt(verb, place="alert_rule"):
        st.session_state["alert_rule_done"] = True


def _reset(by: Actor, said: Said, name: str) -> str:
    tasks.reset_alert_rule(name, by=by)
    return _("It goes by the settings again.")


def _effect(name: str) -> list[str]:
    one = _of(name)
    return [
        f"**{plain(sentences.said(RULES[name].sentence))}**",
        _("From {before} to {after}").format(before=plain(_standing(one, one.now)), after=plain(_standing(one, one.default))),
    ]


confirm.declare(
    "reset_alert_rule",
    Deed(title=later("Back to the settings?"), verb=later("Go back"), icon=":material/settings_backup_restore:", role=Role.ADMIN, act=_reset,
         target=lambda name: f"alert_rule:{name}", effect=_effect),
)  # fmt: skip
