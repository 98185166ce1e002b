"""The top of a page: its title, its purpose in one line, room for at most one action on the right. And the titles of cards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from console.parts import environment, measures
from console.parts.plain import plain
from console.words import _


@contextmanager
def head(title: str, purpose: str) -> Iterator[None]:
    """Draws title and purpose; what is drawn within the block stands on the right."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
        with st.container(width="content", gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.title(title, anchor=False, width="content")
                environment.badge()
            st.caption(purpose)
        with st.container(width="content", horizontal=True, vertical_alignment="center"):
            yield


@contextmanager
def card(title: str, key: str, *, aside: str = "", link: tuple[str, str] | None = None, height: str = "content") -> Iterator[None]:
    """A framed card with a bold title and a quiet word or a link (page, label) on the right."""
    with st.container(border=True, key=f"card_{key}", height=height):  # type: ignore[arg-type]  # "content" or "stretch"
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{title}**", width="content")
            if aside:
                st.caption(aside, width="content")
            if link:
                st.page_link(link[0], label=link[1], icon=":material/arrow_forward:", icon_position="right")
        yield


def live(at: datetime) -> str:
    """The quiet word of a live part: when the database last answered."""
    return f":green[●] {_('Live')} · {plain(measures.clock(at))}"  # unescaped, 03:45:06 is taken for an emoji's name, and loads a library
