"""What is known before a sync is asked for: what is here, how fresh it is, what the last one like it came to, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console import loaders, ops_loaders, shop_loaders
from console.parts import measures, store_state, streams
from console.parts.plain import plain
from console.words import _


def show(store: str, chosen: Sequence[str], *, dry_run: bool) -> None:
    """Draw it for the streams that are chosen. A dry run has a queue of its own, and stands beside the sync that is there already.

    Raises: DatabaseAway.
    """
    every, now = loaders.board_of_stores(False)
    row = next((one for one in every if one["name"] == store), None)
    if row is None:
        return
    facts = {streams.title(stream): plain(_of_stream(row, stream, now)) for stream in chosen}
    st.table(facts, border="horizontal")
    if row["paused_at"]:
        st.warning(
            _("The store is paused: the jobs wait until it goes on. {why}").format(why=plain(store_state.why_paused(row, now))),
            icon=":material/pause_circle:",
        )
    queues = {"system"} if dry_run else {f"sync-{stream}" for stream in chosen}
    for one in ops_loaders.pauses():
        if one.kind == "everything" or (one.kind == "queue" and one.name in queues):
            st.warning(
                _("{name} is paused: the jobs wait until it goes on.").format(name=plain(one.name) or _("Everything")),
                icon=":material/pause_circle:",
            )
    if not dry_run and (doing := [stream for stream in chosen if stream in row["doing"]]):
        st.info(
            _("Waits or runs already: {streams}. Asking again shows that job.").format(streams=streams.listed(doing)),
            icon=":material/info:",
        )


def size(store: str, chosen: Sequence[str]) -> int:
    """How many records a full sync of these streams will read, as far as anybody can say: what the platform said last, or what is here.

    Raises: DatabaseAway.
    """
    every, _now = loaders.board_of_stores(False)
    row = next((one for one in every if one["name"] == store), None)
    known = [row["streams"][stream] for stream in chosen if stream in row["streams"]] if row else []
    return sum(int(stat["live"] if stat["platform_total"] is None else stat["platform_total"]) for stat in known)


def _of_stream(row: dict[str, Any], stream: str, now: datetime) -> str:
    stat = row["streams"].get(stream)
    if stat is None:
        return _("nothing here yet")
    told = [_("{n} here").format(n=measures.number(stat["live"]))]
    if stat["last_success_at"]:
        told.append(_("fresh as of {when}").format(when=measures.ago(stat["last_success_at"], now)))
    last = next(
        (one for one in shop_loaders.last_runs(row["id"], stream, f"sync_{stream}").rows if one["finished_at"] and one["started_at"]), None
    )
    if last is not None:
        took = measures.duration((last["finished_at"] - last["started_at"]).total_seconds())
        told.append(
            _("the last one read {n} in {time}").format(n=measures.number(last["read"]), time=took) if last["read"] is not None
            else _("the last one took {time}").format(time=took)
        )  # fmt: skip
    return " · ".join(told)
