"""The faces of a list that has no rows: nothing there yet, or nothing that matches."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console.words import _


def empty(
    title: str, why: str, *, icon: str = "inbox", action: str = "", on_click: Callable[[], None] | None = None, page: str = "", key: str
) -> None:
    """A framed face: what is missing, why, and the one thing to do about it: a button (`on_click`) or a link (`page`)."""
    with (
        st.container(border=True, key=f"empty_{key}"),
        st.container(horizontal_alignment="center", gap="xsmall"),
    ):
        st.space("small")
        st.markdown(f":material/{icon}:", width="content")
        st.markdown(f"**{title}**", width="content")
        st.caption(why, width="content", text_alignment="center")
        if page:
            st.page_link(page, label=action)
        elif on_click is not None:
            st.button(action, on_click=on_click, key=f"empty_{key}_action")
        st.space("small")


def no_match(title: str, *, on_clear: Callable[[], None], key: str, why: str = "") -> None:
    """Nothing matches the filters, and the way out. `title`: No jobs match."""
    why = why or _("Try fewer filters, or another search.")
    empty(title, why, icon="search_off", action=_("Clear filters"), on_click=on_clear, key=key)
