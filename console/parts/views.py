"""Saved views of a list: choose one, keep the filters of now under a name, for oneself or for all."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import streamlit as st

from console import ops_loaders
from console.door import actor, allow
from console.parts import dialogs, notices
from console.parts.plain import plain
from console.words import _
from db.engine import DatabaseAway
from tasks import saved_views
from tasks.roles import Role


def show(page: str) -> None:
    """Draw the popover; `page` is the name of the page's file, whose filters begin with it."""
    with st.popover(_("Views"), icon=":material/bookmark:", key=f"{page}_views"):
        me = str(actor())
        try:
            rows = ops_loaders.views(me, page, notices.has_just_written())
        except DatabaseAway:
            st.caption(_("The saved views cannot be read just now."))
            return
        if not rows:
            st.caption(_("Set some filters, then keep them here under a name."))
        for row in rows:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                shared = f" · {row['owner']}" if row["owner"] != me else ""
                st.button(plain(row["name"] + shared), key=f"{page}_view_{row['id']}", icon=":material/group:" if row["is_shared"] else ":material/bookmark:",
                          type="tertiary", on_click=_open, args=(page, str(row["query"])))  # fmt: skip
                if row["owner"] == me:
                    st.space("stretch")
                    st.button("", icon=":material/delete:", key=f"{page}_drop_{row['id']}", type="tertiary", on_click=_drop, args=(row["id"],),
                              help=_("Delete this view"))  # fmt: skip
        query = here(page)
        with st.form(f"{page}_keep", border=False, clear_on_submit=True):
            st.text_input(_("Name"), key=f"{page}_view_name", max_chars=saved_views.LONGEST_NAME, placeholder=_("Failed orders of today"))
            st.checkbox(_("For everybody"), key=f"{page}_view_shared")
            notices.problem("view")
            st.form_submit_button(
                _("Keep these filters"), key=f"{page}_view_keep", on_click=_keep, args=(page, query), disabled=not query, width="stretch"
            )


def here(page: str) -> str:
    """The filters of this page as they stand in the address."""
    return urlencode([(key, value) for key, value in sorted(st.query_params.items()) if key.startswith(f"{page}_")])


def _open(page: str, query: str) -> None:
    dialogs.go(f"app_pages/{page}.py", **dict(parse_qsl(query)))


def _keep(page: str, query: str) -> None:
    name, is_shared = str(st.session_state.get(f"{page}_view_name") or "").strip(), bool(st.session_state.get(f"{page}_view_shared"))

    def verb() -> str:
        by = allow(Role.OPERATOR if is_shared else Role.VIEWER, action="save_view", target=f"view:{page}:{name}"[:255])
        saved_views.save_view(page, name, query, is_shared=is_shared, by=by)
        return _("The view {name} is kept.").format(name=plain(name))

    notices.attempt(verb, place="view")


def _drop(view_id: int) -> None:
    def verb() -> str:
        saved_views.drop_view(view_id, by=allow(Role.VIEWER, action="drop_view", target=f"view:{view_id}"))
        return _("The view is deleted.")

    notices.attempt(verb)
