"""The five numbers of the overview, grey unless a threshold is crossed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from console.parts import bars, concerns, consumer_state, measures, states, throughput
from console.parts.throughput import Throughput
from console.words import _
from tasks import Status

GOOD_RATE = 95.0  # percent of jobs; below it the tile is red


def show(done: Throughput, status: Status, flow: Mapping[str, Counter[str]], at: datetime, hours: int) -> None:
    """Finished, success rate, failed, waiting, running."""
    buckets = done.buckets
    total, before = sum(done.now.values()), sum(done.before.values())
    rate, rate_before = done.rate(done.now), done.rate(done.before)
    waiting = sum(int(queue["waiting"]) for queue in status.queues)
    delayed = sum(int(queue["delayed"]) for queue in status.queues)
    running = sum(int(queue["running"]) for queue in status.queues)
    oldest = max((queue["oldest_wait_s"] or 0.0 for queue in status.queues), default=0.0)
    places = sum(int(one["workers"]) for one in status.consumers if consumer_state.state(one) in ("alive", "late"))
    than = _("vs previous {n} h").format(n=hours)
    with st.grid(5, min_column_width=165):
        _tile(_("Jobs finished"), measures.number(total), _change(total, before), buckets.sum(axis=1).tolist(), than=than)
        _tile(
            _("Success rate"),
            "–" if rate is None else f"{rate:.1f}%",
            0 if rate is None or rate_before is None else f"{rate - rate_before:+.1f} pp",
            _rates(done),
            color="gray" if rate is None or rate >= GOOD_RATE else "red" if rate_before is None or rate <= rate_before else "orange",
            than=than,
            has_zero=False,
        )
        _tile(
            _("Failed"),
            measures.number(done.now["failed"]),
            done.now["failed"] - done.before["failed"],
            buckets["failed"].tolist(),
            than=than,
        )
        _tile(
            _("Waiting now"),
            measures.number(waiting),
            _("oldest {time}").format(time=measures.leading(oldest)) if waiting else _("nothing waits"),
            throughput.level(waiting, flow, "came", "started", at),
            color="orange" if oldest > concerns.TOO_OLD_S else "gray",
            than=_("{n} later").format(n=delayed) if delayed else None,
            has_arrow=False,
        )
        _tile(
            _("Running now"),
            measures.number(running),
            measures.counted("of {n} worker", "of {n} workers", places) if places else _("no worker"),
            throughput.level(running, flow, "started", "ended", at),
            color="blue" if running else "gray",
            has_arrow=False,
        )


def _tile(
    label: str,
    value: str,
    change: str | int,
    past: Sequence[float],
    *,
    color: str = "gray",
    than: str | None = None,
    has_arrow: bool = True,
    has_zero: bool = True,
) -> None:
    """A number, how it changed and how it came about. The bars are not st.metric's own: those load a chart's library before the page is there."""
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        st.metric(
            label,
            value,
            change,
            delta_color="off" if color == "gray" else color,  # type: ignore[arg-type]  # a theme's name
            delta_arrow="auto" if has_arrow else "off",
            delta_description=than,
        )
        bars.spark(past, states.ink(color), has_zero=has_zero)


def _change(now: int, before: int) -> str | int:
    return f"{100 * (now - before) / before:+.0f}%" if before and now != before else now - before


def _rates(done: Throughput) -> list[float]:
    rates, last = [], 100.0
    for succeeded, failed in zip(done.buckets["succeeded"], done.buckets["failed"], strict=True):
        last = 100.0 * succeeded / (succeeded + failed) if succeeded + failed else last
        rates.append(last)
    return rates
