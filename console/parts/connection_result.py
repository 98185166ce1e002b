"""What a connection test found out: who answers, what may be read, how far the clocks are apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import tasks
from console import sentences
from console.parts import measures, platforms, states, streams
from console.parts.plain import plain
from console.words import _
from db.history import STREAMS

APART_S = 60.0  # clocks further apart than this are worth a look


def show(row: Mapping[str, Any], platform: str) -> None:
    """Draw a try_connection job as it stands: `state`, `shown`, `result`, `error`, `hint`."""
    if row["state"] == "failed":
        st.error(
            plain(sentences.said(row["error"] or "") or _("It failed."))
            + (f"  \n{plain(sentences.said(row['hint']))}" if row["hint"] else ""),
            icon=":material/error:",
        )
    elif row["state"] == "succeeded" and row["result"]:
        st.table(facts(row["result"], platform), border="horizontal")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            states.badge(str(row["shown"]))
            st.caption(
                plain(
                    sentences.said(row["error"] or "")
                    or _("A worker asks {platform} who we are.").format(platform=platforms.title(platform))
                )
            )


def in_short(told: Mapping[str, Any]) -> str:
    """Café Zürich, EUR, everything may be read."""
    missing = sorted(told["missing"], key=STREAMS.index)
    may = (
        _("{streams} may not be read").format(streams=", ".join(streams.word(stream) for stream in missing))
        if missing
        else _("nothing is missing")
    )
    return ", ".join(str(part) for part in (told["name"], told["currency"], may) if part)


def facts(told: Mapping[str, Any], platform: str) -> dict[str, str]:
    """Its result in words, for a table; nothing in it is Markdown of the platform's."""
    found = {
        _("Shop"): plain(told["name"]),
        _("Currency"): plain(told["currency"] or _("not told")),
        _("API version"): plain(told["api_version"] or _("not told"))
        + (", " + _("supported until at least {day}").format(day=told["api_version_until"][:10]) if told.get("api_version_until") else ""),
        _("Credentials"): _("until {day}").format(day=told["credentials_until"][:10])
        if told.get("credentials_until")
        else _("no end is told"),
        _("Clock"): clock(told["clock_difference_s"]),
        _("Orders"): _("all") if told["history_days"] is None else _("only those of the last {n} days").format(n=told["history_days"]),
    }
    for stream, facts_of in sorted(tasks.streams(platform).items(), key=lambda pair: STREAMS.index(pair[0])):
        found[_("Read {stream}").format(stream=streams.word(stream))] = _permission(told, stream, facts_of)
    if told["granted"]:
        found[_("Granted")] = plain(", ".join(told["granted"]), longest=1000)
    return found


def _permission(told: Mapping[str, Any], stream: str, facts_of: Mapping[str, Any]) -> str:
    if not facts_of["is_offered"]:
        return f":gray-badge[{_('not offered')}]"
    if missing := told["missing"].get(stream):
        return f":red-badge[:material/error: {_('missing')}] {plain(', '.join(missing))}"
    if told["granted"] is None:
        return f":gray[{_('the platform does not tell; a sync finds out')}]"
    granted = f":green-badge[:material/check: {_('granted')}]"
    return f"{granted} :gray[{plain(', '.join(facts_of['scopes']))}]" if facts_of["scopes"] else granted


def clock(ahead_s: float | None) -> str:
    """How far the platform's clock is from ours."""
    if ahead_s is None:
        return _("not told")
    if abs(ahead_s) < 1:
        return _("the same as ours, within a second")
    words = _("{time} ahead of ours") if ahead_s > 0 else _("{time} behind ours")
    apart = words.format(time=measures.duration(abs(ahead_s)))
    return f":orange[{apart}]" if abs(ahead_s) > APART_S else apart
