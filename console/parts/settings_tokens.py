"""Settings → API tokens: for programs that call the HTTP API."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import people_loaders
from console.door import allow
from console.parts import act, confirm, dialogs, measures, notices, role_words, shown_once, table
from console.parts.confirm import Deed, Said
from console.parts.faces import empty
from console.parts.page_head import card, live
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Actor, Role

_LENGTHS = {30: later("30 days"), 90: later("90 days"), 365: later("1 year"), 0: later("Until it is revoked")}
_WORDS = {
    "valid": (later("Valid"), "green"),
    "soon": (later("Ends soon"), "orange"),
    "over": (later("Expired"), "gray"),
    "revoked": (later("Revoked"), "gray"),
}


def show() -> None:
    """The list, and the way to make one."""
    every, now = people_loaders.tokens_every(notices.has_just_written())
    with card(_("API tokens"), "tokens", aside=_("For programs that call the HTTP API"), link=None):
        if every:
            _draw(every, now)
        else:
            empty(
                _("No tokens yet"),
                _("A program sends its token with each call. It is shown once, when it is made."),
                icon="key_off",
                key="tokens",
            )
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            act.button(_("Make a token"), role=Role.ADMIN, key="tokens_add", icon=":material/key:", type="primary", on_click=_open_add)
            st.caption(live(now), width="content")


def _state(one: dict[str, Any], now: datetime) -> str:
    if one["revoked_at"] is not None:
        return "revoked"
    left = None if one["expires_at"] is None else one["expires_at"] - now
    return "valid" if left is None or left > timedelta(days=7) else "soon" if left > timedelta(0) else "over"


def _draw(every: list[dict[str, Any]], now: datetime) -> None:
    states = [_state(one, now) for one in every]
    st.session_state["tokens_rows"] = [(one["id"], one["name"]) for one in every]
    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in every],
            "state": [[state] for state in states],
            "role": [role_words.title(one["role"]) for one in every],
            "ends_with": [f"…{one['ends_with']}" for one in every],
            "used": measures.timedeltas([measures.age(one["last_used_at"], now) for one in every]),
            "ends": [measures.short(one["expires_at"]) if one["expires_at"] else _("never") for one in every],
            "made": [_("{when} by {name}").format(when=measures.short(one["created_at"]), name=one["created_by"]) for one in every],
            "menu": [f":material/block: {_('Revoke…')}" if state in ("valid", "soon") else None for state in states],
        }
    )
    with st.container(key="tokens"):
        table.show(
            frame,
            {
                "name": st.column_config.TextColumn(_("Name"), width=230),
                "state": st.column_config.MultiselectColumn(_("State"), width=90, options=list(_WORDS), color=[color for _word, color in _WORDS.values()],
                                                            format_func=lambda name: _(_WORDS[name][0])),
                "role": st.column_config.TextColumn(_("Role"), width=90),
                "ends_with": st.column_config.TextColumn(_("Token"), width=80),
                "used": st.column_config.NumberColumn(_("Last used"), format="localized", alignment="right", width=100),
                "ends": st.column_config.TextColumn(_("Ends"), width=110),
                "made": st.column_config.TextColumn(_("Made"), width=220),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=110, on_click=_clicked, key="tokens_menu"),
            },
            alt=_("API tokens"),
        )  # fmt: skip


def _clicked() -> None:
    token_id, name = st.session_state["tokens_rows"][st.session_state["tokens_menu"].row]
    confirm.ask("revoke_token", token_id=token_id, name=name)


def _open_add() -> None:
    dialogs.ask("add_token", key=secrets.token_hex(8))


@dialogs.opener("add_token")
@dialogs.titled(later("Make an API token"), icon=":material/key:")
def add_token(key: str) -> None:
    """Who it is for, what it may do, for how long."""
    with st.form("add_token", border=False):
        st.text_input(
            _("Name"), key="token_name", required=True, max_chars=191, placeholder=_("The program that uses it"), autocomplete="off"
        )
        st.selectbox(_("Role"), list(Role), key="token_role", format_func=role_words.title,
                     help=" ".join(f"**{role_words.title(role)}:** {role_words.may(role)}" for role in Role))  # fmt: skip
        st.selectbox(_("Ends after"), list(_LENGTHS), index=1, key="token_days", format_func=lambda days: _(_LENGTHS[days]))
        notices.problem("token")
        st.form_submit_button(_("Make the token"), type="primary", width="stretch", key="token_add", on_click=_add, args=(key,))
    dialogs.give_way()


def _add(key: str) -> None:
    if st.session_state.get("token_added") == key:
        return  # the second half of a double click
    name, role, days = (st.session_state.get(f"token_{part}") for part in ("name", "role", "days"))
    ends = datetime.now(UTC) + timedelta(days=int(days)) if days else None

    def verb() -> str:
        _number, secret = tasks.add_token(
            str(name or ""), str(role), ends, by=allow(Role.ADMIN, action="add_token", target=f"token:{name}")
        )
        shown_once.ask(secret, why=_("The token of {name}. Send it as: Authorization: Bearer …").format(name=name))
        return _("The token is made.")

    if notices.attempt(verb, place="token"):
        st.session_state["token_added"] = key


def _revoke(by: Actor, said: Said, token_id: int, name: str) -> str:
    tasks.revoke_token(token_id, by=by)
    return _("The token of {name} is revoked.").format(name=plain(name))


confirm.declare(
    "revoke_token",
    Deed(title=later("Revoke this token?"), verb=later("Revoke"), icon=":material/block:", role=Role.ADMIN, act=_revoke,
         target=lambda token_id, name: f"token:{token_id}",
         effect=lambda token_id, name: [f"**{plain(name)}**", _("Calls with it are refused within two seconds. This cannot be undone; make a new one instead.")]),
)  # fmt: skip
