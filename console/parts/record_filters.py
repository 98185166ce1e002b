"""Search and store, the filters of the lists of products and orders; they live in the address bar."""

from __future__ import annotations

import streamlit as st

from console.parts import address, store_picker, views
from console.parts.guard import guard
from console.words import _


def show(key: str, placeholder: str, hint: str) -> tuple[str, str | None]:
    """(search, the store's name or None), drawn on one line; `hint` says what may be searched for."""
    address.follow(f"{key}_search")
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            _("Search"), key=f"{key}_search", placeholder=placeholder, icon=":material/search:", label_visibility="collapsed", width=320,
            max_chars=120, help=hint,
        )  # fmt: skip
        store = st.query_params.get(f"{key}_store")
        with st.container(width=260), guard(_("the list of stores"), place="page"):
            store = store_picker.choose(f"{key}_store", placeholder=_("All stores"), is_bare=True)
        views.show(key)
    address.tell(f"{key}_search", search)
    return (search or "").strip(), store


def clear(key: str) -> None:
    """Show everything again; in a callback."""
    st.session_state[f"{key}_search"] = ""
    st.session_state[f"{key}_store"] = None
