"""The first glance: is anything broken, is it mine, is work flowing, how fresh is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, people_loaders, sentences
from console.parts import (
    audit_words,
    concerns,
    consumer_state,
    measures,
    minutes_chart,
    states,
    store_state,
    stream_cells,
    table,
    throughput,
    tiles,
)
from console.parts.faces import empty
from console.parts.guard import guard
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
    most = max(int(row["waiting"]) for row in rows)
    frame = pd.DataFrame(
        {
            "queue": [row["queue"] for row in rows],
            "waiting": [int(row["waiting"]) for row in rows],
            "running": [int(row["running"]) for row in rows],
            "oldest": measures.timedeltas([measures.leading_part(row["oldest_wait_s"]) for row in rows]),
        }
    )
    table.show(
        frame,
        {
            "queue": st.column_config.TextColumn(_("Queue"), width=118),
            "waiting": st.column_config.ProgressColumn(_("Waiting"), format="localized", max_value=max(most, 10), color="blue", width=110),
            "running": st.column_config.NumberColumn(_("Running"), width=66),
            "oldest": st.column_config.NumberColumn(_("Oldest"), format="localized", alignment="right", width=74),
        },
        alt=_("Queues: what waits and runs"),
        row_px=table.TALL_ROW_PX,
    )


def board(stores: list[dict[str, Any]], now: Any) -> None:
    worst = sorted(stores, key=lambda store: store_state.rank(store, now))[:BOARD_ROWS]
    frame = pd.DataFrame(
        {
            "state": [[store_state.state(store, now)] for store in worst],
            "store": [store["title"] for store in worst],
            **stream_cells.fresh(worst, now),
            "said": [store_state.sentence(store, now) for store in worst],
        }
    )
    table.show(
        frame,
        {
            "state": states.column(width=120),
            "store": st.column_config.TextColumn(_("Store"), width=150),
            **stream_cells.fresh_columns(worst, now, width=128),
            "said": st.column_config.TextColumn(_("Last run"), width=250),
        },
        alt=_("How fresh each stream of each store is"),
        placeholder="",
    )


def running_now(rows: list[dict[str, Any]], now: Any) -> None:
    if not rows:
        st.caption(_("Nothing runs just now."))
        return
    frame = pd.DataFrame(
        {
            "job": [row["name"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "progress": [measures.part(row["progress"], row["progress_total"]) for row in rows],
            "records": [row["progress"] for row in rows],
            "for": measures.timedeltas([measures.took(row["started_at"], now) for row in rows]),
        }
    )
    table.show(
        frame,
        {
            "job": st.column_config.TextColumn(_("Job"), width=130),
            "store": st.column_config.TextColumn(_("Store"), width=150),
            "progress": st.column_config.ProgressColumn(_("Progress"), format="%d%%", min_value=0, max_value=100, color="blue", width=150),
            "records": st.column_config.NumberColumn(_("Records"), format="localized", width=80),
            "for": st.column_config.NumberColumn(_("For"), format="localized", alignment="right", width=100),
        },
        alt=_("Jobs that run now"),
    )


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
    frame = pd.DataFrame(
        {
            "jobs": [group["jobs"] for group in groups],
            "error": [sentences.said(group["error"]) for group in groups],
            "last": measures.timedeltas([measures.age(group["last_at"], now) for group in groups]),
        }
    ).head(8)
    table.show(
        frame,
        {
            "jobs": st.column_config.NumberColumn(_("Jobs"), format="localized", width=54),
            "error": st.column_config.TextColumn(_("Reason"), width=240),
            "last": st.column_config.NumberColumn(_("Last"), format="localized", alignment="right", width=72),
        },
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
