"""The one answer to an outage: what is away, that nothing changed, when there last was an answer. Inside a live part it heals by itself."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from console import loaders, sentences
from console.parts import measures
from console.parts.plain import plain
from console.words import _
from db.engine import DatabaseAway

log = logging.getLogger("quayside.console")


@contextmanager
def guard(what: str, *, place: Literal["live", "page", "dialog"] = "live") -> Iterator[None]:
    """Draw `what` (_("the list of jobs")); when the database is away, say so in its place instead of showing zeros.

    `place` says how it heals: a live part at its next tick, the page itself by a part that waits for the database, a dialog when it is opened again.
    """
    answered = st.session_state.setdefault("answered", {})
    try:
        yield
        answered[what] = measures.clock()
    except DatabaseAway as error:
        reference = secrets.token_hex(4)
        log.warning("page part unavailable part=%r reference=%s error=%s", what, reference, error)
        said = [
            _("The database did not answer, so {part} cannot be shown.").format(part=what),
            *([_("It last answered at {time}.").format(time=answered[what])] if what in answered else []),
            _("Nothing was changed."),
            _("Close this and open it again in a moment.") if place == "dialog" else _("This view tries again by itself."),
        ]
        st.error(
            f"{' '.join(said)}  \n{plain(sentences.said(error))}  \n" + _("Reference {reference}").format(reference=f"`{reference}`"),
            title=_("Data is unavailable"),
            icon=":material/cloud_off:",
        )
        if place == "page":
            _draw_again_when_it_is_back()


@st.fragment(run_every=loaders.SLOW_TICK_S)
def _draw_again_when_it_is_back() -> None:
    try:
        loaders.store_names()
    except DatabaseAway:
        return
    st.rerun()
