"""What the address wants of the form of a sync: another store than the last one, or filled in as an earlier job was asked for (/sync?repeat=4711)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from console import loaders
from console.parts import measures
from db.job_state import is_dry


def note(store: str) -> None:
    """Remember for which store, and on behalf of which address, a sync was asked for; in a callback."""
    st.session_state["sync_asked_for"] = (store, st.query_params.get("repeat", ""))


def let_go() -> None:
    """Make room for a new form where the address names another store, or another job to repeat, than the sync that was asked for last."""
    if "sync_asked" not in st.session_state:
        return
    store, repeat = st.session_state["sync_asked_for"]
    if st.query_params.get("sync_store", store) != store or st.query_params.get("repeat", repeat) != repeat:
        forget()


def forget() -> None:
    """The next form is a new one, with a new key."""
    for key in ("sync_asked", "sync_asked_for", "sync_key", "sync_problem", "sync_repeats"):
        st.session_state.pop(key, None)


def take(forms: tuple[str, str, str]) -> int | None:
    """Fill the form once, where the address names a job; its number. `forms`: what the form calls what changed, everything, a range.

    Raises: DatabaseAway.
    """
    wanted = str(st.query_params.get("repeat", ""))
    if not (wanted.isdecimal() and wanted.isascii()):
        st.session_state.pop("sync_repeats", None)
        return None
    number = int(wanted[:18])
    if st.session_state.get("sync_repeats") == number and "sync_how" in st.session_state:  # the fields of a page that was left are gone
        return number
    row = loaders.job(number)
    if row is None or not row["store"] or not row["stream"]:
        return None
    forget()
    st.session_state["sync_repeats"] = number
    changed, everything, ranged = forms
    args = row["args"]
    first, end = _day(args.get("date_from")), _day(args.get("date_to"), is_end=True)
    st.query_params["sync_store"] = str(row["store"])
    st.session_state[f"sync_stream_{row['platform']}"] = str(row["stream"])
    st.session_state["sync_how"] = everything if args.get("sync_all") else ranged if first else changed
    if first:
        st.session_state["sync_from"], st.session_state["sync_until"] = first, end or datetime.now(measures.zone()).date()
    st.session_state["sync_dry"] = is_dry(row["name"])
    st.session_state["sync_limit"] = args.get("limit")
    st.session_state["sync_reason"] = str(dict(row["metadata"] or {}).get("reason") or "")
    return number


def _day(moment: Any, *, is_end: bool = False) -> date | None:
    """The day of a time in the browser's zone; of an end, the last one that is read."""
    if not moment:
        return None
    here = datetime.fromisoformat(str(moment)).astimezone(measures.zone())
    return (here - timedelta(microseconds=1) if is_end else here).date()
