"""Settings → Alerts: where alerts are told, each place with its test."""

from __future__ import annotations

import secrets
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console.door import allow
from console.parts import act, confirm, dialogs, measures, notices, table
from console.parts.confirm import Deed, Said
from console.parts.faces import empty
from console.parts.page_head import card
from console.parts.plain import plain
from console.words import _, later
from tasks.channels import FIELDS
from tasks.roles import Actor, Role

_KINDS = {"webhook": later("Webhook"), "slack": later("Slack"), "email": later("E-mail")}
_LABELS = {
    "url": later("Address"), "secret": later("Secret that signs the messages"), "host": later("Mail server"), "sender": later("From"),
    "to": later("To, comma-separated"), "port": later("Port"), "user": later("User"), "password": later("Password"), "security": later("Security"),
}  # fmt: skip
_SECRET = ("secret", "password")
_SECURITY = ("starttls", "tls", "none")


def show() -> None:
    """The places, and the way to add one."""
    every = tasks.channels()
    with card(_("Alert channels"), "channels", aside=_("Told once when something begins, once when it is over")):
        if every:
            _draw(every)
        else:
            empty(_("Alerts are told nowhere"), _("They are on the page Overview. Add a webhook, Slack or an e-mail address to be told."),
                  icon="notifications_off", key="channels")  # fmt: skip
        act.button(_("Add a channel"), role=Role.ADMIN, key="channels_add", icon=":material/add_alert:", type="primary", on_click=_open_add)


def _draw(every: list[dict[str, Any]]) -> None:
    st.session_state["channels_rows"] = every
    words = {"on": (_("On"), "green"), "off": (_("Off"), "gray"), "failing": (_("Failing"), "red")}
    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in every],
            "kind": [_(_KINDS[one["kind"]]) for one in every],
            "state": [["off" if not one["is_enabled"] else "failing" if one["last_error"] else "on"] for one in every],
            "sent": [measures.short(one["last_sent_at"]) if one["last_sent_at"] else None for one in every],
            "error": [one["last_error"] for one in every],
            "menu": [_menu(one) for one in every],
        }
    )
    with st.container(key="channels"):
        table.show(
            frame,
            {
                "name": st.column_config.TextColumn(_("Name"), width=200),
                "kind": st.column_config.TextColumn(_("Kind"), width=100),
                "state": st.column_config.MultiselectColumn(_("State"), width=90, options=list(words), color=[color for _word, color in words.values()],
                                                            format_func=lambda name: words[name][0]),
                "sent": st.column_config.TextColumn(_("Last told"), width=120),
                "error": st.column_config.TextColumn(_("Last problem"), width=420),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=_clicked, key="channels_menu"),
            },
            alt=_("Alert channels"),
        )  # fmt: skip


def _menu(one: dict[str, Any]) -> list[str]:
    turn = f":material/notifications_off: {_('Turn off')}" if one["is_enabled"] else f":material/notifications_active: {_('Turn on')}"
    return [f":material/send: {_('Send a test')}", turn, f":material/delete: {_('Remove…')}"]


def _clicked() -> None:
    click = st.session_state["channels_menu"]
    one = st.session_state["channels_rows"][click.row]
    chosen, number = _menu(one).index(click.label), int(one["id"])
    if chosen == 2:
        confirm.ask("drop_channel", channel_id=number, name=one["name"])
        return

    def verb() -> str:
        if chosen == 0:
            job = tasks.test_channel(number, requested_by=allow(Role.ADMIN, action="test_channel", target=f"channel:{number}"))
            return _("Job {id} sends a test message to {name}.").format(id=int(job), name=plain(one["name"]))
        turns_on = not one["is_enabled"]
        tasks.enable_channel(number, turns_on, by=allow(Role.ADMIN, action="enable_channel", target=f"channel:{number}"))
        return _("Alerts are told there.") if turns_on else _("Alerts are not told there for now.")

    notices.attempt(verb)


def _open_add() -> None:
    dialogs.ask("add_channel", key=secrets.token_hex(8))


@dialogs.opener("add_channel")
@dialogs.titled(later("Add a channel"), icon=":material/add_alert:")
def add_channel(key: str) -> None:
    """Where alerts are told; what it needs depends on its kind."""
    kind = st.segmented_control(
        _("Kind"), list(FIELDS), default="webhook", required=True, key="channel_kind", format_func=lambda name: _(_KINDS[name])
    )
    required, optional = FIELDS[kind or "webhook"]
    with st.form("add_channel", border=False):
        st.text_input(_("Name"), key="channel_name", required=True, max_chars=64, placeholder=_("e.g. Operations"), autocomplete="off")
        for name in (*required, *optional):
            label = _(_LABELS[name]) if name in required else _("{label} (optional)").format(label=_(_LABELS[name]))
            if name == "security":
                st.selectbox(label, _SECURITY, key=f"channel_{name}")
            else:
                st.text_input(label, key=f"channel_{name}", type="password" if name in _SECRET else "default", required=name in required, max_chars=1000,
                              autocomplete="off")  # fmt: skip
        notices.problem("channel")
        sent = st.form_submit_button(
            _("Add"), type="primary", width="stretch", key="channel_add", on_click=_add, args=(key, kind or "webhook")
        )
    if sent and "channel_problem" not in st.session_state:
        st.rerun()


def _add(key: str, kind: str) -> None:
    if st.session_state.get("channel_added") == key:
        return  # the second half of a double click
    required, optional = FIELDS[kind]
    fields = {name: str(st.session_state.get(f"channel_{name}") or "") for name in (*required, *optional)}
    name = str(st.session_state.get("channel_name") or "")

    def verb() -> str:
        tasks.add_channel(name, kind, fields, by=allow(Role.ADMIN, action="add_channel", target=f"channel:{name}"))
        return _("Alerts are told at {name} from now on. Send a test to see that it works.").format(name=plain(name))

    if notices.attempt(verb, place="channel"):
        st.session_state["channel_added"] = key


def _drop(by: Actor, said: Said, channel_id: int, name: str) -> str:
    tasks.drop_channel(channel_id, by=by)
    return _("{name} is gone.").format(name=plain(name))


confirm.declare(
    "drop_channel",
    Deed(title=later("Remove this channel?"), verb=later("Remove"), icon=":material/delete:", role=Role.ADMIN, act=_drop,
         target=lambda channel_id, name: f"channel:{channel_id}",
         effect=lambda channel_id, name: [f"**{plain(name)}**", _("Alerts are not told there any more; its address and secrets are deleted.")]),
)  # fmt: skip
