"""What the rows of the board mean for a person: the state of a store, the word in each cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tasks
from console import sentences
from console.parts import measures, states, streams
from console.words import _, many
from db.history import STREAMS
from tasks import freshness

SOON_DAYS, VERY_SOON_DAYS = 30, 7  # credentials that end within so many days are told; those that end very soon need a person
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


def is_late(store: Mapping[str, Any], stream: str, now: datetime) -> bool:
    """Whether a stream is older than its schedules promise."""
    return freshness.is_late(store["streams"][stream]["last_success_at"], store["crons"].get(stream, ()), now)


def late(store: Mapping[str, Any], now: datetime) -> list[str]:
    """The streams that are older than promised although their last run was good."""
    return [
        stream for stream, stat in store["streams"].items()
        if stat["last_verdict"] == "success" and is_late(store, stream, now)
    ]  # fmt: skip


def offers(store: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Stream → is_offered, incremental, note; in the order in which streams are shown."""
    told = tasks.streams(store["platform"])
    unknown = {"is_offered": False, "incremental": False, "note": _("No connector for {platform}.").format(platform=store["platform"])}
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
        return states.label("derived"), "derived"
    if not offers(store)[stream]["is_offered"]:
        return states.label("not_offered"), "not_offered"
    if stat is None or stat["last_verdict"] is None:
        return (states.label(doing), doing) if doing else (states.label("never"), "never")
    age = measures.leading((now - stat["last_success_at"]).total_seconds()) if stat["last_success_at"] else _("never complete")
    verdict = str(stat["last_verdict"])
    if verdict == "failed" and store["paused_at"]:
        return f"{age} · {states.label('paused').lower()}", "paused"
    if verdict != "success":
        return f"{age} · {states.label(verdict).lower()}", verdict
    if doing == "running":
        return f"{age} · {states.label(doing).lower()}", doing
    return (f"{age} · {states.label('late').lower()}", "late") if is_late(store, stream, now) else (age, "success")


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
                said = sentences.said(stat["last_reason"] or stat["sentence"] or "") or states.label(verdict)
                return said if verdict == "success" else f"{streams.title(stream)}: {said}"
    return ""


def why_paused(store: Mapping[str, Any], now: datetime) -> str:
    """By whom or since how many failures, why, and when it goes on."""
    why = str(store["pause_reason"] or "").strip().rstrip(".")
    if store.get("paused_by"):
        again = store.get("resume_at")
        goes_on = _("Goes on {when}.").format(when=measures.ago(again, now)) if again else _("It stays so until somebody resumes it.")
        return _("Paused by {person}: {why}. {goes_on}").format(person=store["paused_by"], why=why or "–", goes_on=goes_on)
    again, count = store["probe_at"], int(store["failed_in_a_row"])
    next_try = (
        ""
        if again is None
        else _("Tried again {when}.").format(when=measures.ago(again, now))
        if again > now
        else _("The next job tries again.")
    )
    sentence = many("Paused after {n} failure in a row: {why}. {next_try}", "Paused after {n} failures in a row: {why}. {next_try}", count)
    return sentence.format(n=measures.number(count), why=why, next_try=next_try).rstrip()


def days_left(store: Mapping[str, Any], now: datetime) -> int | None:
    """Whole days until its credentials end, below zero when they have; None where no end is known."""
    until = store["credentials_until"]
    return None if until is None else (until - now).days


def ends_soon(store: Mapping[str, Any], now: datetime) -> bool:
    """Whether somebody has to put in new credentials within SOON_DAYS, or should have."""
    left = days_left(store, now)
    return left is not None and left <= SOON_DAYS
