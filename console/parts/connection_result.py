"""What a connection test found out: who answers, what may be read, how far the clocks are apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import tasks
from console.parts import platforms, states
from console.parts.plain import plain
from db.history import STREAMS

APART_S = 60.0  # clocks further apart than this are worth a look


def show(row: Mapping[str, Any], platform: str) -> None:
    """Draw a try_connection job as it stands: `state`, `shown`, `result`, `error`, `hint`."""
    if row["state"] == "failed":
        st.error(plain(row["error"] or "It failed.") + (f"  \n{plain(row['hint'])}" if row["hint"] else ""), icon=":material/error:")
    elif row["state"] == "succeeded" and row["result"]:
        st.table(facts(row["result"], platform), border="horizontal")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            states.badge(str(row["shown"]))
            st.caption(plain(row["error"] or f"A worker asks {platforms.title(platform)} who we are."))


def in_short(told: Mapping[str, Any]) -> str:
    """Café Zürich, EUR, everything may be read."""
    missing = sorted(told["missing"], key=STREAMS.index)
    may = f"{', '.join(missing)} may not be read" if missing else "nothing is missing"
    return ", ".join(str(part) for part in (told["name"], told["currency"], may) if part)


def facts(told: Mapping[str, Any], platform: str) -> dict[str, str]:
    """Its result in words, for a table; nothing in it is Markdown of the platform's."""
    found = {
        "Shop": plain(told["name"]),
        "Currency": plain(told["currency"] or "not told"),
        "API version": plain(told["api_version"] or "not told") + _until(", supported until at least", told.get("api_version_until")),
        "Credentials": _until("until", told.get("credentials_until")) or "no end is told",
        "Clock": clock(told["clock_difference_s"]),
        "Orders": "all" if told["history_days"] is None else f"only those of the last {told['history_days']} days",
    }
    for stream, facts_of in sorted(tasks.streams(platform).items(), key=lambda pair: STREAMS.index(pair[0])):
        found[f"Read {stream}"] = _permission(told, stream, facts_of)
    if told["granted"]:
        found["Granted"] = plain(", ".join(told["granted"]), longest=1000)
    return found


def _until(words: str, moment: str | None) -> str:
    return f"{words} {moment[:10]}" if moment else ""


def _permission(told: Mapping[str, Any], stream: str, facts_of: Mapping[str, Any]) -> str:
    if not facts_of["is_offered"]:
        return ":gray-badge[not offered]"
    if missing := told["missing"].get(stream):
        return f":red-badge[:material/error: missing] {plain(', '.join(missing))}"
    if told["granted"] is None:
        return ":gray[the platform does not tell; a sync finds out]"
    return (
        f":green-badge[:material/check: granted] :gray[{plain(', '.join(facts_of['scopes']))}]"
        if facts_of["scopes"]
        else ":green-badge[:material/check: granted]"
    )


def clock(ahead_s: float | None) -> str:
    """How far the platform's clock is from ours."""
    if ahead_s is None:
        return "not told"
    if abs(ahead_s) < 1:
        return "the same as ours, within a second"
    apart = f"{abs(ahead_s):,.1f} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
    return f":orange[{apart}]" if abs(ahead_s) > APART_S else apart
