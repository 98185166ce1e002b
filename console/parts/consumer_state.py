"""Whether a consumer is alive, by its last heartbeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.words import _
from settings import settings


def state(consumer: Mapping[str, Any]) -> str:
    """alive · late (a heartbeat is missing) · lost (its jobs are given to others) · stopped."""
    if consumer["stopped_at"] is not None:
        return "stopped"
    if consumer["age_s"] <= 2 * settings().heartbeat_s:
        return "alive"
    return "late" if consumer["age_s"] <= settings().lease_s else "lost"


def count(consumers: Sequence[Mapping[str, Any]]) -> str:
    """3 of 4 consumers up."""
    here = present(consumers)
    up = sum(1 for one in here if state(one) != "lost")
    return _("{up} of {n} consumers up").format(up=up, n=len(here)) if here else _("no consumer")


def present(consumers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that count: not stopped, and not lost for so long that nobody waits for them."""
    return [one for one in consumers if state(one) in ("alive", "late") or (state(one) == "lost" and one["age_s"] < 3600)]
