"""Who is signed in, at the foot of the menu: their role, a new password, the way out."""

from __future__ import annotations

import streamlit as st

from console import door
from console.parts import notices, role_words
from console.parts.plain import plain
from console.sign_in import CHANGE
from console.words import _
from db.engine import DatabaseAway
from tasks.roles import Denied


def show() -> None:
    """Draw it in the sidebar; nothing where nobody has to sign in."""
    if door.is_open():
        return
    try:
        who, has_password = door.actor(), door.has_password()
    except (Denied, DatabaseAway):
        return
    deeds = {**({"password": _("Change password")} if has_password else {}), **({"out": _("Sign out")} if door.may_sign_out() else {})}
    label, icon = plain(f"{who} · {role_words.title(who.role)}"), ":material/account_circle:"
    with st.sidebar, st.container(key="person"):
        if deeds:
            st.menu_button(
                label, list(deeds), key="person_menu", icon=icon, type="tertiary", format_func=lambda name: deeds[name], on_click=_chosen
            )
        else:
            st.caption(f"{icon} {label}")


def _chosen() -> None:
    if st.session_state["person_menu"] == "password":
        st.session_state["leave_to"] = CHANGE
        return

    def verb() -> str:
        door.sign_out()
        return _("You are signed out.")

    notices.attempt(verb)
