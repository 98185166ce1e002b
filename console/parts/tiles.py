"""The five numbers of the overview, grey unless a threshold is crossed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from console.parts import concerns, consumer_state, measures, throughput
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
        st.metric(_("Jobs finished"), measures.number(total), _change(total, before), delta_color="off", delta_description=than,
                  border=True, height="stretch", chart_data=buckets.sum(axis=1).tolist(), chart_type="area")  # fmt: skip
        st.metric(_("Success rate"), "–" if rate is None else f"{rate:.1f}%",
                  0 if rate is None or rate_before is None else f"{rate - rate_before:+.1f} pp", delta_description=than, border=True, height="stretch",
                  delta_color="off" if rate is None or rate >= GOOD_RATE else "red" if rate_before is None or rate <= rate_before else "orange", chart_data=_rates(done), chart_type="area")  # fmt: skip
        st.metric(_("Failed"), measures.number(done.now["failed"]), done.now["failed"] - done.before["failed"], delta_color="off", delta_description=than,
                  border=True, height="stretch", chart_data=buckets["failed"].tolist(), chart_type="bar")  # fmt: skip
        st.metric(_("Waiting now"), measures.number(waiting), _("oldest {time}").format(time=measures.leading(oldest)) if waiting else _("nothing waits"), delta_arrow="off",
                  delta_color="orange" if oldest > concerns.TOO_OLD_S else "off", border=True, height="stretch",
                  delta_description=_("{n} later").format(n=delayed) if delayed else None,
                  chart_data=throughput.level(waiting, flow, "came", "started", at), chart_type="bar")  # fmt: skip
        st.metric(_("Running now"), measures.number(running), measures.counted("of {n} worker", "of {n} workers", places) if places else _("no worker"), delta_arrow="off",
                  delta_color="blue" if running else "off", border=True, height="stretch",
                  chart_data=throughput.level(running, flow, "started", "ended", at), chart_type="bar")  # fmt: skip


def _change(now: int, before: int) -> str | int:
    return f"{100 * (now - before) / before:+.0f}%" if before and now != before else now - before


def _rates(done: Throughput) -> list[float]:
    rates, last = [], 100.0
    for succeeded, failed in zip(done.buckets["succeeded"], done.buckets["failed"], strict=True):
        last = 100.0 * succeeded / (succeeded + failed) if succeeded + failed else last
        rates.append(last)
    return rates
