"""What Redis holds: messages, how many of them nobody can use, and the memory they take. The jobs themselves are in the database."""

from __future__ import annotations

import streamlit as st

import tasks
from console import ops_loaders
from console.parts import measures
from console.words import _


def show() -> None:
    """Draw it."""
    seen = ops_loaders.deliveries()
    if seen is None:
        st.caption(_("It does not answer. The jobs are kept in the database and start when it is back."))
        return
    with st.grid(4, min_column_width=165):
        st.metric(_("Messages"), measures.number(seen.messages), border=True, height="stretch",
                  delta_description=_("others wait in the database"))  # fmt: skip
        st.metric(_("Unreadable"), measures.number(seen.unreadable), _("no job of ours wrote them") if seen.unreadable else None, delta_color="orange",
                  delta_arrow="off", delta_description=None if seen.unreadable else _("none"), border=True, height="stretch")  # fmt: skip
        st.metric(_("Of no waiting job"), measures.number(seen.idle), delta_description=_("dropped when their turn comes") if seen.idle else _("none"),
                  border=True, height="stretch")  # fmt: skip
        st.metric(_("Memory"), measures.size(seen.memory_bytes), delta_description=_limit(seen), border=True, height="stretch")
    if seen.unreadable:
        st.caption(
            _("Unreadable messages are dropped with a line in the log. Does another program use this database of Redis? They begin:")
        )
        st.code("\n".join(seen.examples), language=None, wrap_lines=True)
    if seen.messages > seen.looked_at:
        st.caption(_("Only the first {n} messages were looked at.").format(n=measures.whole(seen.looked_at)))


def _limit(seen: tasks.Deliveries) -> str:
    if seen.memory_bytes is None:
        return _("not told")
    return _("of {size} at most").format(size=measures.size(seen.memory_most)) if seen.memory_most else _("no limit is set")
