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
from settings import settings
from tasks import sign_in
from tasks.roles import Actor, Denied, Role, require

OPEN = "console"  # what a person is called where nobody has to sign in
USER_HEADERS = {"X-Quayside-Person": "person", "X-Quayside-Began": "began"}  # the gate's words → their names in st.user


def actor() -> Actor:
    """The person of this session, their role as of two seconds ago at most.

    Raises: Denied for a session that is over, DatabaseAway.
    """
    said, told = st.user.get("person"), st.context.ip_address
    address = told if isinstance(told, str) else None  # nothing where no browser is
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
    """At the top of every drawing: whoever is not in any more is sent to the sign-in page, whoever wants out is sent there."""
    if target := st.session_state.pop("leave_to", ""):
        leave(target)
    try:
        actor()
    except Denied:
        leave()
    except DatabaseAway:  # the pages say so, each in its place
        return


def leave(target: str = SIGN_IN) -> NoReturn:
    """Send the browser to the sign-in page, or to another page outside of Streamlit; nothing more is drawn."""
    context = get_script_run_ctx()
    if context is not None:
        message = ForwardMsg()
        message.auth_redirect.url = target
        context.enqueue(message)
    st.stop()


def is_open() -> bool:
    """Whether this person came in without a sign-in."""
    return not st.user.get("person")


def has_password() -> bool:
    """Whether they have a password here that they could change."""
    found = sign_in.standing(unquote(str(st.user.get("person")))) if st.user.get("began") else None
    return found is not None and found.has_password


def may_sign_out() -> bool:
    """Whether there is anything to sign out of: a session of ours, or a proxy whose way out is known."""
    return bool(st.user.get("began")) or bool(settings().auth_proxy_sign_out_url)


def sign_out() -> None:
    """End every session of this person; in a callback. The drawing that follows leads to the sign-in page, or to the proxy's way out.

    Raises: Denied, DatabaseAway.
    """
    sign_in.sign_out(actor())
    if not st.user.get("began"):
        st.session_state["leave_to"] = settings().auth_proxy_sign_out_url
