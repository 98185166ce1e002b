"""What the details of a product and of an order share: the times of the record, its syncs, the raw row."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import sentences, shop_loaders
from console.parts import measures, states, table
from console.parts.plain import plain
from console.words import _


def times(row: dict[str, Any]) -> dict[str, str]:
    """When the platform changed it, when we read it, why it is gone."""
    now = row["now"]

    def when(name: str) -> str:
        return f"{measures.ago(row[name], now)} :gray[{plain(measures.exact(row[name]))}]" if row[name] else ""

    return {
        _("Changed on the platform"): when("source_updated_at"),
        _("Read by us"): when("observed_at"),
        _("Deleted"): when("deleted_at") + (f" · {plain(row['delete_evidence'])}" if row["delete_evidence"] else ""),
    }


def foot(row: dict[str, Any], *, stream: str, place: str) -> None:
    """The syncs of its stream, the one that wrote it last, and the platform's row as it came."""
    syncs, raw = st.tabs([_("Syncs"), _("Raw record")], key=f"{place}_{stream}_tabs_{row['id']}")
    with syncs:
        job = row["job"]
        if job:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_("Written last by"), width="content")
                st.page_link(
                    "app_pages/job.py",
                    label=_("Job {id}").format(id=job["id"]),
                    icon=":material/receipt_long:",
                    query_params={"id": str(job["id"])},
                )
                st.caption(
                    plain(f"{job['name']} · {job['requested_by']} · {measures.ago(job['finished_at'], row['now'])}"), width="content"
                )
        elif row["last_job_id"]:
            st.caption(_("Written last by job {id}, whose history was deleted.").format(id=row["last_job_id"]))
        else:
            st.caption(_("No sync wrote this."))
        if row["store_id"] is not None:
            _runs(shop_loaders.last_runs(row["store_id"], stream, f"sync_{stream}").rows[:8], row["now"])
    with raw:
        if row["raw"] is None:
            st.caption(_("The platform's row was not kept."))
        else:
            st.json(row["raw"], expanded=1)


def _runs(rows: list[dict[str, Any]], now: Any) -> None:
    if not rows:
        return
    table.show(
        pd.DataFrame(
            {
                "state": [[str(one["verdict"] or one["state"])] for one in rows],
                "when": measures.timedeltas([measures.age(one["finished_at"] or one["created_at"], now) for one in rows]),
                "read": pd.array([one["read"] for one in rows], dtype="Int64"),
                "said": [sentences.said(one["sentence"] or one["error"] or "") for one in rows],
                "id": [one["id"] for one in rows],
            }
        ),
        {
            "state": states.column(width=110),
            "when": st.column_config.NumberColumn(_("Ago"), format="localized", alignment="right", width=80),
            "read": st.column_config.NumberColumn(_("Read"), format="localized", width=70),
            "said": st.column_config.TextColumn(_("What it said"), width=290),
            "id": st.column_config.NumberColumn("ID", format="%d", width=74),
        },
        alt=_("The last syncs of this stream, newest first"),
        placeholder="",
    )
