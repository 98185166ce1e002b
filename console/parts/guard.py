"""The one answer to an outage: what is away, that nothing changed, when there last was an answer. Inside a live part it heals by itself."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from console.parts import measures
from console.parts.plain import plain
from db.engine import DatabaseAway

log = logging.getLogger("quayside.console")


@contextmanager
def guard(what: str) -> Iterator[None]:
    """Draw `what` ("the job list"); when the database is away, say so in its place instead of showing zeros."""
    answered = st.session_state.setdefault("answered", {})
    try:
        yield
        answered[what] = measures.clock()
    except DatabaseAway as error:
        reference = secrets.token_hex(4)
        log.warning("page part unavailable part=%r reference=%s error=%s", what, reference, error)
        last = f" It last answered at {answered[what]}." if what in answered else ""
        st.error(
            f"The database did not answer, so {what} cannot be shown.{last} Nothing was changed. This view tries again by itself.  \n"
            f"{plain(error)}  \nReference `{reference}`",
            title="Data is unavailable",
            icon=":material/cloud_off:",
        )
