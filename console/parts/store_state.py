"""What the rows of the board mean for a person: the state of a store, the word in each cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tasks
from console.parts import measures
from console.parts.states import STATES
from db.history import STREAMS

_WORST_FIRST = ("blocked", "failed", "suspect_empty", "partial")


def state(store: Mapping[str, Any]) -> str:
    """One state for the store; what needs a person hides what is going on, and not the other way round."""
    if store["paused_at"]:
        return "paused"
    verdicts = {stat["last_verdict"] for stat in store["streams"].values()}
    for verdict in _WORST_FIRST:
        if verdict in verdicts:
            return verdict
    doing = {told[0] for told in store["doing"].values()}
    if doing:
        return "running" if "running" in doing else "queued"
    return "success" if verdicts - {None} else "never"


def rank(store: Mapping[str, Any]) -> tuple[int, str]:
    """For sorting, worst first."""
    now = state(store)
    return (_WORST_FIRST.index(now) if now in _WORST_FIRST else len(_WORST_FIRST), str(store["title"]).casefold())


def offers(store: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Stream → is_offered, incremental, note; in the order in which streams are shown."""
    told = tasks.streams(store["platform"])
    unknown = {"is_offered": False, "incremental": False, "note": f"No connector for {store['platform']}."}
    return {stream: dict(told.get(stream, unknown)) for stream in STREAMS}


def count(store: Mapping[str, Any], stream: str) -> int | None:
    """How many records are here; None where nothing has ever been read."""
    stat = store["streams"].get(stream)
    return None if stat is None else int(stat["live"])


def cell(store: Mapping[str, Any], stream: str, now: datetime) -> tuple[str, str]:
    """(the word, the state whose colour it has): how fresh a stream is, and what is wrong with it."""
    stat = store["streams"].get(stream)
    doing = store["doing"].get(stream, ("", 0))[0]
    if stat is None and not offers(store)[stream]["is_offered"]:
        return STATES["not_offered"].label, "not_offered"
    if stat is None or stat["last_verdict"] is None:
        return (STATES[doing].label, doing) if doing else (STATES["never"].label, "never")
    age = measures.leading((now - stat["last_success_at"]).total_seconds()) if stat["last_success_at"] else "never complete"
    verdict = str(stat["last_verdict"])
    if verdict != "success":
        return f"{age} · {STATES[verdict].label.lower()}", verdict
    return (f"{age} · {STATES[doing].label.lower()}", doing) if doing == "running" else (age, "success")


def oldest_success(store: Mapping[str, Any]) -> datetime | None:
    """Since when every stream that was ever complete is at least this fresh; None if none was."""
    moments = [stat["last_success_at"] for stat in store["streams"].values() if stat["last_success_at"]]
    return min(moments) if moments else None


def sentence(store: Mapping[str, Any]) -> str:
    """What the worst stream's last run said, or nothing."""
    if store["paused_at"]:
        return str(store["pause_reason"] or "Paused.")
    for verdict in (*_WORST_FIRST, "success"):
        for stream in STREAMS:
            stat = store["streams"].get(stream)
            if stat and stat["last_verdict"] == verdict:
                said = stat["last_reason"] or stat["sentence"] or STATES[verdict].label
                return said if verdict == "success" else f"{stream.capitalize()}: {said}"
    return ""
