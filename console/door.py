"""Who the person at the screen is, and what they may do. Asked at each drawing and again in each deed; roles are read anew from the database."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import unquote

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

from console import sign_in_session
from console.sign_in import SIGN_IN
from console.words import _
from db.engine import DatabaseAway
from tasks import sign_in
from tasks.roles import Actor, Denied, Role, require

OPEN = "console"  # what a person is called where nobody has to sign in
USER_HEADERS = {"X-Quayside-Person": "person", "X-Quayside-Began": "began"}  # the gate's words → their names in st.user


def actor() -> Actor:
    """The person of this session, their role as of two seconds ago at most.

    Raises: Denied for a session that is over, DatabaseAway.
    """
    said, address = st.user.get("person"), st.context.ip_address
    if not said:
        if sign_in.is_required():
            raise Denied(_("You are not signed in. Sign in again."))
        return Actor(OPEN, role=Role.ADMIN, source="console", address=address)
    name, began = unquote(str(said)), st.user.get("began")
    found = sign_in.standing(name)
    if found is None or not found.allows(sign_in_session.moment(int(str(began))) if began else None) or found.must_change_password:
        raise Denied(_("Your session is over. Sign in again."))
    return Actor(name, role=found.role, source="console", address=address)


def may(role: Role) -> bool:
    """Whether to draw what needs this role. It forbids nothing: the deed asks `allow`."""
    try:
        return actor().may(role)
    except (Denied, DatabaseAway):
        return False


def allow(role: Role, *, action: str, target: str) -> Actor:
    """The person, for `by=` and `requested_by=`, when their role is enough.

    Raises: Denied, DatabaseAway.
    """
    return require(actor(), role, action=action, target=target)


def why_not(role: Role) -> str:
    """What to say beside a button that this person cannot use; empty where they can."""
    return "" if may(role) else _("This needs the role {role}. Ask an admin.").format(role=role)


def enter() -> None:
    """At the top of every drawing: whoever is not in any more is sent to the sign-in page."""
    try:
        actor()
    except Denied:
        leave()
    except DatabaseAway:  # the pages say so, each in its place
        return


def leave() -> NoReturn:
    """Send the browser to the sign-in page; nothing more is drawn."""
    context = get_script_run_ctx()
    if context is not None:
        message = ForwardMsg()
        message.auth_redirect.url = SIGN_IN
        context.enqueue(message)
    st.stop()


def sign_out() -> None:
    """End every session of this person; in a callback. The drawing that follows leads to the sign-in page.

    Raises: Denied, DatabaseAway.
    """
    sign_in.sign_out(actor())
