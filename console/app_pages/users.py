"""The people that products are created for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders
from console.parts import dialogs, keyset, measures, notices, table, user_dialogs
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live

ROWS = 15
CREATE, PRODUCTS = ":material/add_box: Create product…", ":material/inventory_2: Products"


def menu_clicked() -> None:
    """The click names a row; the row's user was frozen when it was drawn."""
    click = st.session_state["users_menu"]
    user_id, name = st.session_state["users_rows"][click.row]
    if click.label == CREATE:
        user_dialogs.open_create_product(user_id, name)
    else:
        dialogs.ask("products", user_id=user_id, name=name)


def clear() -> None:
    """Show every user again; in a callback."""
    st.session_state["users_search"] = ""


with head("Users", "The people that products are created for."):
    st.button("Add user", icon=":material/person_add:", type="primary", shortcut="N", key="users_add", on_click=user_dialogs.open_add_user)
search = (
    st.text_input("Search", key="users_search", bind="query-params", placeholder="Number, name or e-mail", icon=":material/search:",
                  label_visibility="collapsed", width=250, max_chars=100) or ""
).strip()  # fmt: skip


def draw(rows: list[dict[str, Any]], now: Any) -> None:
    frame = pd.DataFrame(
        {
            "id": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            "email": [row["email"] for row in rows],
            "since": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
            "menu": [[CREATE, PRODUCTS]] * len(rows),
        }
    )
    with st.container(key="users"):
        table.show(
            frame,
            {
                "id": st.column_config.NumberColumn("ID", format="%d", width=84, alignment="right"),
                "name": st.column_config.TextColumn("Name", width=360),
                "email": st.column_config.TextColumn("E-mail", width=420),
                "since": st.column_config.NumberColumn("Added", format="localized", alignment="right", width=90),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=menu_clicked, key="users_menu"),
            },
            alt="Users, newest first",
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def users() -> None:
    notices.show()
    with guard("the list of users"):
        fresh = notices.has_just_written()
        answer, shown = keyset.frozen(
            "users",
            search,
            lambda before, after: loaders.users(search, before, after, ROWS, fresh),
            lambda ids: loaders.users_by_ids(ids, fresh),
        )
        if not answer.rows and search:
            no_match("users", on_clear=clear, key="users")
        elif not answer.rows:
            empty("No users yet", "Add the people that products are to be created for.", icon="group", action="Add user",
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
