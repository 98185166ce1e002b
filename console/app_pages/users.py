"""The people that products are created for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders
from console.parts import act, address, dialogs, keyset, measures, notices, table, user_dialogs
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _
from tasks.roles import Role

ROWS = 15


def menu_words() -> list[str]:
    """Create product…, Products."""
    return [f":material/add_box: {_('Create product…')}", f":material/inventory_2: {_('Products')}"]


def menu_clicked() -> None:
    """The click names a row; the row's user was frozen when it was drawn."""
    click = st.session_state["users_menu"]
    user_id, name = st.session_state["users_rows"][click.row]
    if click.label == menu_words()[0]:
        user_dialogs.open_create_product(user_id, name)
    else:
        dialogs.ask("products", user_id=user_id, name=name)


def clear() -> None:
    """Show every user again; in a callback."""
    st.session_state["users_search"] = ""


with head(_("Users"), _("The people that products are created for.")):
    act.button(
        _("Add user"),
        role=Role.OPERATOR,
        icon=":material/person_add:",
        type="primary",
        shortcut="N",
        key="users_add",
        on_click=user_dialogs.open_add_user,
    )
address.follow("users_search")
search = (
    st.text_input(_("Search"), key="users_search", placeholder=_("Number, name or e-mail"), icon=":material/search:",
                  label_visibility="collapsed", width=250, max_chars=100) or ""
).strip()  # fmt: skip
address.tell("users_search", search)


def draw(rows: list[dict[str, Any]], now: Any) -> None:
    frame = pd.DataFrame(
        {
            "id": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            "email": [row["email"] for row in rows],
            "since": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
            "menu": [menu_words()] * len(rows),
        }
    )
    with st.container(key="users"):
        table.show(
            frame,
            {
                "id": st.column_config.NumberColumn(_("ID"), format="%d", width=84, alignment="right"),
                "name": st.column_config.TextColumn(_("Name"), width=360),
                "email": st.column_config.TextColumn(_("E-mail"), width=420),
                "since": st.column_config.NumberColumn(_("Added"), format="localized", alignment="right", width=90),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=menu_clicked, key="users_menu"),
            },
            alt=_("Users, newest first"),
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def users() -> None:
    notices.show()
    with guard(_("the list of users")):
        fresh = notices.has_just_written()
        answer, shown = keyset.frozen(
            "users",
            search,
            lambda before, after: loaders.users(search, before, after, ROWS, fresh),
            lambda ids: loaders.users_by_ids(ids, fresh),
        )
        if not answer.rows and search:
            no_match(_("No users match"), on_clear=clear, key="users")
        elif not answer.rows:
            empty(_("No users yet"), _("Add the people that products are to be created for."), icon="group", action=_("Add user"),
                  on_click=user_dialogs.open_add_user, key="users")  # fmt: skip
        else:
            st.session_state["users_rows"] = [(row["id"], row["name"]) for row in answer.rows]
            draw(answer.rows, answer.at)
            new = loaders.newer_users(search, shown.ids[0]) if shown.is_newest else 0
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                with st.container(horizontal=True, width="content"):
                    keyset.walk("users", shown, new=new)
                st.caption(live(answer.at), width="content")
    dialogs.give_way()


users()
