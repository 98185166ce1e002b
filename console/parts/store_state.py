"""What the rows of the board mean for a person: the state of a store, the word in each cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tasks
from console.parts import freshness, measures
from console.parts.states import STATES
from db.history import STREAMS

NEEDS_ATTENTION = ("blocked", "failed", "paused", "suspect_empty", "partial", "late")  # worst first


def state(store: Mapping[str, Any], now: datetime) -> str:
    """One state for the store; what needs a person hides what is going on, and not the other way round."""
    verdicts = {stat["last_verdict"] for stat in store["streams"].values()}
    if store["paused_at"]:  # what failed before is tried again; only what needs a person is said louder
        return "blocked" if "blocked" in verdicts else "paused"
    for verdict in NEEDS_ATTENTION:
        if verdict in verdicts:
            return verdict
    doing = {told[0] for told in store["doing"].values()}
    if "running" in doing:
        return "running"
    if late(store, now):
        return "late"
    return "queued" if doing else "success" if verdicts - {None} else "never"


def rank(store: Mapping[str, Any], now: datetime) -> tuple[int, str]:
    """For sorting, worst first."""
    here = state(store, now)
    return (NEEDS_ATTENTION.index(here) if here in NEEDS_ATTENTION else len(NEEDS_ATTENTION), str(store["title"]).casefold())


def late(store: Mapping[str, Any], now: datetime) -> list[str]:
    """The streams that are older than promised although their last run was good."""
    return [
        stream for stream, stat in store["streams"].items()
        if stat["last_verdict"] == "success" and freshness.is_late(stream, stat["last_success_at"], now)
    ]  # fmt: skip


def offers(store: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Stream → is_offered, incremental, note; in the order in which streams are shown."""
    told = tasks.streams(store["platform"])
    unknown = {"is_offered": False, "incremental": False, "note": f"No connector for {store['platform']}."}
    return {stream: dict(told.get(stream, unknown)) for stream in STREAMS}


def count(store: Mapping[str, Any], stream: str) -> int | None:
    """How many records are here; None where nothing has ever been read."""
    stat = store["streams"].get(stream)
    return None if stat is None else int(stat["live"])


def is_derived(store: Mapping[str, Any], stream: str) -> bool:
    """Whether the platform has no such list and what is here was told by orders."""
    return bool(count(store, stream)) and not offers(store)[stream]["is_offered"]


def cell(store: Mapping[str, Any], stream: str, now: datetime) -> tuple[str, str]:
    """(the word, the state whose colour it has): how fresh a stream is, and what is wrong with it."""
    stat = store["streams"].get(stream)
    doing = store["doing"].get(stream, ("", 0))[0]
    if is_derived(store, stream):
        return STATES["derived"].label, "derived"
    if not offers(store)[stream]["is_offered"]:
        return STATES["not_offered"].label, "not_offered"
    if stat is None or stat["last_verdict"] is None:
        return (STATES[doing].label, doing) if doing else (STATES["never"].label, "never")
    age = measures.leading((now - stat["last_success_at"]).total_seconds()) if stat["last_success_at"] else "never complete"
    verdict = str(stat["last_verdict"])
    if verdict == "failed" and store["paused_at"]:
        return f"{age} · paused", "paused"
    if verdict != "success":
        return f"{age} · {STATES[verdict].label.lower()}", verdict
    if doing == "running":
        return f"{age} · {STATES[doing].label.lower()}", doing
    return (f"{age} · late", "late") if freshness.is_late(stream, stat["last_success_at"], now) else (age, "success")


def oldest_success(store: Mapping[str, Any]) -> datetime | None:
    """Since when every stream that was ever complete is at least this fresh; None if none was."""
    moments = [stat["last_success_at"] for stat in store["streams"].values() if stat["last_success_at"]]
    return min(moments) if moments else None


def sentence(store: Mapping[str, Any], now: datetime) -> str:
    """What the worst stream's last run said, or nothing."""
    if state(store, now) == "paused":
        return why_paused(store, now)
    for verdict in (*NEEDS_ATTENTION, "success"):
        for stream in STREAMS:
            stat = store["streams"].get(stream)
            if stat and stat["last_verdict"] == verdict:
                said = stat["last_reason"] or stat["sentence"] or STATES[verdict].label
                return said if verdict == "success" else f"{stream.capitalize()}: {said}"
    return ""


def why_paused(store: Mapping[str, Any], now: datetime) -> str:
    """Since how many failures, why, and when it is tried again."""
    again = store["probe_at"]
    next_try = "" if again is None else f" Tried again {measures.ago(again, now)}." if again > now else " The next job tries again."
    why = str(store["pause_reason"] or "").strip()
    return (
        f"Paused after {measures.counted(store['failed_in_a_row'], 'failure')} in a row: {why}{'' if why.endswith('.') else '.'}{next_try}"
    )
