"""One bulk operation: who and why, how far and how fast, what was refused; stop it, or try the refused part again."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders, ops_loaders, sentences
from console.parts import act, confirm, dialogs, measures, notices, states, table
from console.parts.confirm import Deed, Said
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.bulk import CANCELLING
from tasks.roles import Actor, Role

_TITLES = {"retry": later("Retry jobs"), "cancel": later("Cancel jobs"), "retry_rejected": later("Try rejected records"),
           "empty_queue": later("Empty a queue")}  # fmt: skip
_SHOWN = {"refused": later("Refused"), "waiting": later("Waiting"), "done": later("Done")}


def title(row: dict[str, Any]) -> str:
    """Retry jobs."""
    return _(_TITLES[row["action"]]) if row["action"] in _TITLES else str(row["action"])


def _stop(by: Actor, said: Said, operation_id: int) -> str:
    tasks.stop_bulk(operation_id, by=by)
    return _("It stops; what was done stays done.")


def _repeat(by: Actor, said: Said, operation_id: int) -> str:
    started = tasks.repeat_bulk(operation_id, by=by, reason=said.reason)
    dialogs.go("app_pages/bulk.py", id=str(started.id))
    return _("Bulk operation {id} is at work.").format(id=started.id)


def _restore(by: Actor, said: Said, operation_id: int) -> str:
    started = tasks.restore_bulk(operation_id, by=by, reason=said.reason)
    dialogs.go("app_pages/bulk.py", id=str(started.id))
    return _("Bulk operation {id} is at work.").format(id=started.id)


def _target(operation_id: int) -> str:
    return f"bulk:{operation_id}"


confirm.declare(
    "stop_bulk",
    Deed(title=later("Stop it?"), verb=later("Stop"), icon=":material/stop_circle:", role=Role.OPERATOR, act=_stop, target=_target,
         effect=lambda operation_id: [_("No further ones are acted on. What was done stays done, and the rest can be tried again later.")]),
)  # fmt: skip
confirm.declare(
    "repeat_bulk",
    Deed(title=later("Try the rest again?"), verb=later("Try again"), icon=":material/replay:", role=Role.OPERATOR, act=_repeat, target=_target,
         needs_reason=True, effect=lambda operation_id: [_("Acts again on what was refused, and on what it did not come to.")]),
)  # fmt: skip
confirm.declare(
    "restore_bulk",
    Deed(title=later("Bring the cancelled jobs back?"), verb=later("Bring them back"), icon=":material/undo:", role=Role.OPERATOR, act=_restore,
         target=_target, needs_reason=True,
         effect=lambda operation_id: [_("Queues again just the jobs that this operation cancelled, due at once; syncs go on at their checkpoint."),
                                      _("One that another job has replaced since is left as it is.")]),
)  # fmt: skip


@st.fragment(run_every=loaders.TICK_S)
def show(operation_id: int) -> None:
    """Draw it as a live part."""
    notices.show()
    with guard(_("the bulk operation")):
        row = ops_loaders.bulk_operation(operation_id, notices.has_just_written())
        if row is None:
            empty(_("There is no bulk operation {id}").format(id=operation_id), _("It was never asked for, or its history was deleted."), icon="search_off",
                  action=_("All of them"), page="app_pages/bulk.py", key="no_bulk")  # fmt: skip
            return
        had_turn, is_open = row["done"] + row["refused"], row["state"] in ("waiting", "running")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title(row)}**", width="content")
            states.badge(row["state"])
            if row["cancel_requested_by"] and is_open:
                st.badge(_("Stopping"), icon=":material/block:", color="orange")
            st.space("stretch")
            if row["job_id"]:
                st.page_link(
                    "app_pages/job.py",
                    label=_("Job {id}").format(id=row["job_id"]),
                    icon=":material/receipt_long:",
                    query_params={"id": str(row["job_id"])},
                )
            if is_open:
                act.button(_("Stop…"), role=Role.OPERATOR, key="bulk_stop", icon=":material/stop_circle:", on_click=confirm.ask, args=("stop_bulk",),
                           kwargs={"operation_id": operation_id})  # fmt: skip
            elif row["action"] in CANCELLING and row["done"]:
                act.button(_("Bring them back…"), role=Role.OPERATOR, key="bulk_restore", icon=":material/undo:", on_click=confirm.ask,
                           args=("restore_bulk",), kwargs={"operation_id": operation_id})  # fmt: skip
            if not is_open and row["done"] < row["total"]:
                act.button(_("Try the rest again…"), role=Role.ADMIN if row["action"] == "empty_queue" else Role.OPERATOR, key="bulk_repeat", icon=":material/replay:", type="primary",
                           on_click=confirm.ask, args=("repeat_bulk",), kwargs={"operation_id": operation_id})  # fmt: skip
        if row["error"] and row["state"] == "failed":
            st.error(plain(sentences.said(row["error"]), longest=1000), icon=":material/error:")
        st.progress((measures.part(had_turn, row["total"]) or 0) / 100, text=plain(outlook(row)))
        with st.grid(4, min_column_width=150):
            for name, value in (
                (_("Chosen"), row["total"]),
                (_("Done"), row["done"]),
                (_("Refused"), row["refused"]),
                (_("To come"), row["total"] - had_turn),
            ):
                st.metric(name, measures.whole(value), border=True)
        told = {
            name: ", ".join(map(str, value)) if isinstance(value, list) else value
            for name, value in dict(row["filter"] or {}).items()
            if value
        }
        chosen = " · ".join(f"{name} {value}" for name, value in told.items())
        facts = {
            _("By"): plain(row["requested_by"]),
            _("Reason"): plain(row["reason"]),
            _("Chosen by"): plain(chosen),
            _("Asked for"): f"{measures.ago(row['created_at'], row['now'])} :gray[{plain(measures.exact(row['created_at']))}]",
            _("Finished"): plain(measures.exact(row["finished_at"])) if row["finished_at"] else "",
        }
        st.table({name: text for name, text in facts.items() if text}, border="horizontal")
        _targets(operation_id)
    dialogs.give_way()


def outlook(row: dict[str, Any]) -> str:
    """120 of 312 · 20/s · about 10 s left."""
    had_turn = row["done"] + row["refused"]
    told = [_("{n} of {most}").format(n=measures.whole(had_turn), most=measures.whole(row["total"]))]
    if row["per_s"]:
        told.append(_("{rate}/s").format(rate=f"{row['per_s']:.1f}"))
        if row["state"] == "running":
            told.append(_("about {time} left").format(time=measures.duration((row["total"] - had_turn) / row["per_s"])))
    return " · ".join(told)


def _targets(operation_id: int) -> None:
    outcome = st.segmented_control(_("Show"), list(_SHOWN), default="refused", required=True, key="bulk_show", format_func=lambda name: _(_SHOWN[name]),
                                   label_visibility="collapsed")  # fmt: skip
    rows = ops_loaders.bulk_targets(operation_id, outcome)
    if not rows:
        st.caption(_("None."))
        return
    table.show(
        pd.DataFrame({"id": [row["target_id"] for row in rows], "said": [sentences.said(row["said"] or "") for row in rows]}),
        {
            "id": st.column_config.NumberColumn(_("Number"), format="%d", width=100),
            "said": st.column_config.TextColumn(_("What it said"), width=600),
        },
        alt=_("Targets of this operation, newest first"),
        placeholder="",
    )
    if len(rows) == 50:
        st.caption(_("The newest 50 are shown."))
