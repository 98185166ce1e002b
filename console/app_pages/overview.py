"""The first glance: is anything broken, is it mine, is work flowing, how fresh is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import loaders, people_loaders, sentences
from console.parts import (
    audit_words,
    concerns,
    consumer_state,
    html_table,
    measures,
    minutes_chart,
    states,
    store_state,
    stream_cells,
    streams,
    table,
    throughput,
    tiles,
)
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.html_table import Column
from console.parts.page_head import card, head, live
from console.parts.plain import plain
from console.words import _
from db import audit

BOARD_ROWS = 12
QUIET = ("sign_in", "sign_out", "save_view", "drop_view", "export")  # deeds that change nothing for others
_ICONS = {"red": "error", "orange": "info", "green": "check_circle", "gray": "info"}

with head(_("Overview"), _("Is work flowing, and what needs a person?")):
    hours = st.segmented_control(
        _("Window"), list(throughput.MINUTES), default=1, required=True, format_func=lambda value: _("{n} h").format(n=value), key="overview_hours",
        label_visibility="collapsed",
    ) or 1  # fmt: skip


def strip(found: list[concerns.Concern], stores: int, running: int) -> None:
    color, sentence = concerns.verdict(found, stores=stores, running=running)
    if found and found[0].stands_still:
        st.error(plain(sentence), icon=":material/heart_broken:")
    else:
        with st.container(horizontal=True, vertical_alignment="center", key="verdict"):
            st.markdown(f":{color}[:material/{_ICONS[color]}:] {plain(sentence)}", width="content")
            if found and found[0].action:
                st.page_link(
                    found[0].page, label=f"**{found[0].action}**", icon=":material/arrow_forward:", query_params=dict(found[0].params)
                )
    if found:
        with st.container(horizontal=True, gap="xsmall", key="attention"):
            for concern in found[:8]:
                hue = "red" if concern.kind == "person" else "orange"
                icon = ":material/error:" if concern.kind == "person" else ":material/autorenew:"
                st.page_link(concern.page, label=f":{hue}[{plain(concern.words)}]", icon=icon, query_params=dict(concern.params))


def queues(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        st.caption(_("No job waits or runs."))
        return
    most = max(10, *(int(row["waiting"]) for row in rows))
    waits = [row["oldest_wait_s"] for row in rows]
    html_table.show(
        [
            Column(_("Queue"), [html_table.text(row["queue"]) for row in rows]),
            Column(
                _("Waiting"), [html_table.bar(int(row["waiting"]) / most, measures.whole(int(row["waiting"]))) for row in rows], width=100
            ),
            Column(_("Running"), [html_table.number(row["running"]) for row in rows], width=66, is_number=True),
            Column(
                _("Oldest"), ["–" if wait is None else html_table.text(measures.leading(wait)) for wait in waits], width=74, is_number=True
            ),
        ],
        alt=_("Queues: what waits and runs"),
        row_px=table.TALL_ROW_PX,
    )


def board(stores: list[dict[str, Any]], now: Any) -> None:
    worst = sorted(stores, key=lambda store: store_state.rank(store, now))[:BOARD_ROWS]
    shown = [store_state.state(store, now) for store in worst]
    html_table.show(
        [
            Column(_("State"), [html_table.badge(states.label(one), states.STATES[one].color) for one in shown], width=120),
            Column(_("Store"), [html_table.text(store["title"]) for store in worst], width=150),
            *(
                Column(streams.title(stream), [html_table.badge(word, states.STATES[one].color) for word, one in cells], width=136)
                for stream, cells in stream_cells.cells(worst, now).items()
            ),
            Column(_("Last run"), [html_table.text(store_state.sentence(store, now)) for store in worst]),
        ],
        alt=_("How fresh each stream of each store is"),
    )


def running_now(rows: list[dict[str, Any]], now: Any) -> None:
    if not rows:
        st.caption(_("Nothing runs just now."))
        return
    parts = [measures.part(row["progress"], row["progress_total"]) for row in rows]
    html_table.show(
        [
            Column(_("Job"), [html_table.text(row["name"]) for row in rows], width=130),
            Column(_("Store"), [html_table.text(row["store_title"] or "–") for row in rows]),
            Column(_("Progress"), ["–" if part is None else html_table.bar(part / 100, f"{part:.0f}%") for part in parts], width=150),
            Column(_("Records"), [html_table.number(row["progress"]) for row in rows], width=80, is_number=True),
            Column(_("For"), [html_table.text(_for(row["started_at"], now)) for row in rows], width=100, is_number=True),
        ],
        alt=_("Jobs that run now"),
    )


def _for(started: Any, now: Any) -> str:
    return "–" if started is None else measures.duration(max((now - started).total_seconds(), 0.0))


def last_deeds(now: Any) -> None:
    """What people did lately, and what Quayside did by itself."""
    rows = [row for row in people_loaders.audit_page(audit.Wanted(), None, None, 20, False).rows if row["action"] not in QUIET][:8]
    if not rows:
        st.caption(_("Nobody has done anything yet."))
    else:  # one element for all: three for each line were a third of the page's, and as much of the time until it was there
        st.markdown("  \n".join(f"{audit_words.said(row)} :gray[· {measures.ago(row['at'], now)}]" for row in rows))


def why_jobs_fail() -> None:
    groups, now = loaders.why_jobs_fail()
    if not groups:
        st.caption(_("No job has failed for good within a day."))
        return
    worst = groups[:8]
    html_table.show(
        [
            Column(_("Jobs"), [html_table.number(group["jobs"]) for group in worst], width=60, is_number=True),
            Column(_("Reason"), [html_table.text(sentences.said(group["error"])) for group in worst]),
            Column(
                _("Last"),
                [html_table.text(measures.leading((now - group["last_at"]).total_seconds())) for group in worst],
                width=76,
                is_number=True,
            ),
        ],
        alt=_("Why jobs fail, most first"),
    )


@st.fragment(run_every=loaders.TICK_S)
def glance() -> None:
    with guard(_("the overview")):
        status = loaders.status()
        stores, now = loaders.board_of_stores(False)
        running, _now = loaders.running_jobs()
        rows, at = loaders.finished(2 * hours, throughput.MINUTES[hours])
        done = throughput.build(rows, at, hours)
        found = concerns.find(status, stores, loaders.retrying_jobs(), now, loaders.unknown_words())
        strip(found, len(stores), len(running))
        tiles.show(done, status, loaders.flow(60), at, hours)
        left, right = st.columns([5, 3])
        with left, card(minutes_chart.title(done.minutes), "minutes", aside=live(at), height="stretch"):
            minutes_chart.show(done, loaders.marks(hours))
        with right, card(_("Queues"), "queues", aside=consumer_state.count(status.consumers), height="stretch"):
            queues(status.queues)
        if stores:
            with card(
                _("Fresh as of"),
                "board",
                aside=_("worst first") if len(stores) <= BOARD_ROWS else _("worst {n} of {most}").format(n=BOARD_ROWS, most=len(stores)),
            ):
                board(stores, now)
        else:
            empty(_("No store is connected yet"), _("A store's products, orders, inventory and customers appear here after its first sync."),
                  icon="storefront", action=_("Stores"), page="app_pages/stores.py", key="overview_stores")  # fmt: skip
        left, right = st.columns([5, 3])
        with left, card(_("Running now"), "running", link=("app_pages/jobs.py", _("All jobs")), height="stretch"):
            running_now(running[:8], at)
        with right, card(_("Why jobs fail"), "why", link=("app_pages/failures.py", _("Failures")), height="stretch"):
            why_jobs_fail()
        with card(_("Last deeds"), "deeds", link=("app_pages/audit.py", _("Audit"))):
            last_deeds(at)


glance()
