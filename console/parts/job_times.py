"""When jobs were requested, as a filter: within the last hours or days, or between two days of the browser's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from console.parts import address, measures
from console.words import _, later

WITHIN = {  # value in the address → its words, seconds
    "1h": (later("The last hour"), 3_600), "24h": (later("The last 24 hours"), 86_400), "7d": (later("The last 7 days"), 604_800),
    "30d": (later("The last 30 days"), 2_592_000),
}  # fmt: skip
DAYS = "days"
KEYS = ("jobs_time", "jobs_from", "jobs_until")


def choose() -> dict[str, Any]:
    """Draw it; fields of db.history.Wanted."""
    address.follow("jobs_time", [*WITHIN, DAYS])
    chosen = st.selectbox(_("Requested"), [*WITHIN, DAYS], index=None, key="jobs_time", placeholder=_("At any time"),
                          format_func=lambda name: _("Between two days") if name == DAYS else _(WITHIN[name][0]))  # fmt: skip
    address.tell("jobs_time", chosen)
    if chosen != DAYS:
        for key in ("jobs_from", "jobs_until"):
            address.tell(key, None)
        return {"within_s": WITHIN[chosen][1]} if chosen else {}
    with st.container(horizontal=True):
        first, last = _day("jobs_from", _("From")), _day("jobs_until", _("Until, including"))
    zone = measures.zone()
    return {
        "since": datetime.combine(first, time(), zone) if first else None,
        "until": datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
    }


def _day(key: str, label: str) -> date | None:
    said = st.query_params.get(key, "")
    if st.session_state.get(f"{key}_in_address") != said:
        st.session_state[key] = _date(said)
    day = st.date_input(label, value=None, key=key, format="YYYY-MM-DD")
    address.tell(key, day.isoformat() if day else None)
    return day


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
