"""What surrounds a job: its log, those that failed alike, the last runs of its kind for its store with how long they took."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import ops_loaders, sentences, shop_loaders
from console.parts import bars, measures, states, table
from console.words import _


def log(row: dict[str, Any]) -> None:
    """The newest log lines, in the browser's zone; those that hold a text, where one is searched for."""
    lines = ops_loaders.log_lines(row["id"])
    if not lines:
        st.caption(_("This job wrote no log line, or they were deleted by now."))
        return
    wanted = st.text_input(_("Search in the log"), key=f"log_search_{row['id']}", placeholder=_("Search in the log"), icon=":material/search:",
                           label_visibility="collapsed", width=280, max_chars=100) or ""  # fmt: skip
    shown = [line for line in lines if wanted.casefold() in line["line"].casefold()]
    zone = measures.zone()
    st.code(
        "\n".join(f"{line['at'].astimezone(zone):%H:%M:%S} {line['level']:<7} {line['line']}" for line in shown) or _("None."),
        language=None,
        wrap_lines=True,
    )
    st.caption(_("{n} of {most} lines").format(n=measures.whole(len(shown)), most=measures.whole(len(lines))))


def similar(row: dict[str, Any]) -> None:
    """Jobs that failed alike, and the way to all of them."""
    mark, answer = ops_loaders.similar(row["id"])
    if mark is None:
        st.caption(_("This job did not fail."))
        return
    st.page_link("app_pages/failures.py", label=_("All that failed alike"), icon=":material/report:", query_params={"group": mark})
    if not answer.rows:
        st.caption(_("No other job failed so."))
        return
    _jobs(answer.rows, answer.at, _("Jobs that failed alike, newest first"))


def runs(row: dict[str, Any]) -> None:
    """The last 30 of its kind for this store and stream: how long each took, and how many of them ended well."""
    answer = shop_loaders.last_runs(row["store_id"], row["stream"], row["name"])
    shown = [one for one in reversed(answer.rows) if one["finished_at"] and one["started_at"]]
    if not shown:
        st.caption(_("No other run of its kind for this store."))
        return
    ended = [one for one in answer.rows if one["state"] in ("succeeded", "failed")]
    well = sum(1 for one in ended if one["state"] == "succeeded")
    ordered = sorted(_seconds(one) for one in shown)
    with st.grid(3, min_column_width=150):
        st.metric(_("Ended well"), _("{n} of {most}").format(n=well, most=len(ended)), border=True)
        st.metric(_("Usually takes"), measures.duration(ordered[len(ordered) // 2]), border=True)
        st.metric(_("95% take at most"), measures.duration(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]), border=True)
    bars.stacked(
        [str(one["id"]) for one in shown],
        [
            bars.Series(title, states.ink(color), [_seconds(one) if _color(one) == color else 0.0 for one in shown])
            for color, title in (("primary", _("Took")), ("orange", states.label("partial")), ("red", states.label("failed")))
        ],
        height_px=140,
        has_legend=False,
        unit=" s",
        alt=_("How long the last {n} runs took").format(n=len(shown)),
    )


def _seconds(one: dict[str, Any]) -> float:
    return float((one["finished_at"] - one["started_at"]).total_seconds())


def _color(one: dict[str, Any]) -> str:
    return "red" if one["state"] == "failed" else "orange" if one["verdict"] in ("partial", "suspect_empty") else "primary"


def _jobs(rows: list[dict[str, Any]], now: Any, alt: str) -> None:
    table.show(
        pd.DataFrame(
            {
                "state": [[states.of_job(one)] for one in rows],
                "store": [one["store_title"] for one in rows],
                "age": measures.timedeltas([measures.age(one["created_at"], now) for one in rows]),
                "error": [sentences.said(one["error"] or "") for one in rows],
                "id": [f"/job?id={one['id']}" for one in rows],
            }
        ),
        {
            "state": states.column(width=104),
            "store": st.column_config.TextColumn(_("Store"), width=150),
            "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=76),
            "error": st.column_config.TextColumn(_("Error"), width=320),
            "id": st.column_config.LinkColumn("ID", display_text=r"id=(\d+)", width=74),
        },
        alt=alt,
        placeholder="",
    )
