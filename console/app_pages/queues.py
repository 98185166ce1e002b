"""What waits and runs per queue, how long until it is done, what stands at the head; pause and resume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders, ops_loaders
from console.door import may
from console.parts import act, confirm, consumer_state, dialogs, measures, notices, queue_empty, queue_line, queue_messages, states, table
from console.parts.guard import guard
from console.parts.page_head import card, head, live
from console.parts.plain import plain
from console.words import _
from db.pauses import Pause
from tasks.roles import Role

LATELY_MIN = 15


def menu_words() -> dict[str, str]:
    """What may be done with a queue: verb → its words in the row menu."""
    return {
        "pause": f":material/pause_circle: {_('Pause…')}", "resume": f":material/play_circle: {_('Resume…')}", "jobs": f":material/list_alt: {_('Jobs')}",
        "empty": f":material/delete_sweep: {_('Empty…')}",
    }  # fmt: skip


def menu_clicked() -> None:
    """The click names a row; the row's queue was frozen when it was drawn."""
    click = st.session_state["queues_menu"]
    queue = st.session_state["queues_rows"][click.row]
    verb = next((verb for verb, words in menu_words().items() if words == click.label), "jobs")
    if verb == "jobs":
        dialogs.go("app_pages/jobs.py", jobs_queue=queue)
    elif verb == "empty":
        queue_empty.ask(queue)
    else:
        confirm.ask(verb, kind="queue", name=queue)


with head(_("Queues"), _("What waits, what runs, and when it will be done. A pause keeps every job.")):
    act.button(_("Pause everything"), role=Role.OPERATOR, key="pause_all", icon=":material/pause_circle:", on_click=confirm.ask, args=("pause",),
               kwargs={"kind": "everything", "name": ""})  # fmt: skip


def paused(found: Sequence[Pause], now: datetime) -> None:
    """What is paused, by whom, and until when."""
    for one in found:
        if one.kind == "everything":
            continue  # the banner above every page says so
        what = one.name
        end = (
            _("tried again {when}").format(when=measures.ago(one.tried_at, now)) if one.tried_at
            else _("until {time}").format(time=measures.short(one.until)) if one.until else _("until somebody resumes it")
        )  # fmt: skip
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"paused_{one.kind}_{one.name}"):
            states.badge("paused")
            who = plain(one.by) if one.by else _("repeated failures")
            st.markdown(f"**{plain(what)}** · {who} · {plain(one.reason)} :gray[{plain(end)}]")
            st.space("stretch")
            act.button(_("Resume"), role=Role.OPERATOR, key=f"resume_{one.kind}_{one.name}", icon=":material/play_circle:", on_click=confirm.ask,
                       args=("resume",), kwargs={"kind": one.kind, "name": one.name})  # fmt: skip


def closed(rows: Sequence[Mapping[str, Any]], found: Sequence[Pause]) -> set[str]:
    """The queues that are paused, by themselves or with everything."""
    is_whole = any(one.kind == "everything" for one in found)
    return {row["queue"] for row in rows} if is_whole else {one.name for one in found if one.kind == "queue"}


def tiles(rows: Sequence[Mapping[str, Any]], status: tasks.Status, shut: Collection[str]) -> None:
    waiting, running = sum(int(row["waiting"]) for row in rows), sum(int(row["running"]) for row in rows)
    places = sum(int(one["workers"]) for one in status.consumers if consumer_state.state(one) in ("alive", "late"))
    oldest = max((row["oldest_wait_s"] or 0.0 for row in rows), default=0.0)
    done = sum(ops_loaders.done_lately().values())
    open_ones = sum(int(row["waiting"]) for row in rows if row["queue"] not in shut)
    left = drained_in(open_ones, done) if open_ones or not waiting else "–"
    with st.grid(4, min_column_width=165):
        st.metric(_("Waiting"), measures.number(waiting), _("oldest {time}").format(time=measures.leading(oldest)) if waiting else _("nothing waits"),
                  delta_color="off", delta_arrow="off", border=True, height="stretch")  # fmt: skip
        st.metric(_("Running"), measures.number(running), measures.counted("of {n} worker", "of {n} workers", places) if places else _("no worker"),
                  delta_color="off", delta_arrow="off", border=True, height="stretch")  # fmt: skip
        st.metric(_("Later"), measures.number(sum(int(row["delayed"]) for row in rows)), _("due at a later time"), delta_color="off",
                  delta_arrow="off", border=True, height="stretch")  # fmt: skip
        st.metric(_("Done in"), left, _("at the pace of the last {n} minutes").format(n=LATELY_MIN), delta_color="off", delta_arrow="off", border=True,
                  height="stretch")  # fmt: skip


def drained_in(waiting: int, done: int) -> str:
    """How long what waits and may run will take, at the pace of lately; nobody knows while nothing ends."""
    if not waiting:
        return _("nothing waits")
    return "≈ " + measures.duration(waiting / done * LATELY_MIN * 60) if done else "–"


def verbs(row: Mapping[str, Any], *, is_paused: bool) -> list[str]:
    """What its menu offers; to empty it, to admins, while something waits."""
    may_empty = may(Role.ADMIN) and row["waiting"] + row["delayed"]
    return ["resume" if is_paused else "pause", "jobs", *(["empty"] if may_empty else [])]


def listed(rows: Sequence[Mapping[str, Any]], found: Sequence[Pause], shut: Collection[str]) -> None:
    here = {one.name for one in found if one.kind == "queue"}
    done, most = ops_loaders.done_lately(), max((int(row["waiting"]) for row in rows), default=0)
    words = menu_words()
    frame = pd.DataFrame(
        {
            "state": [["paused" if row["queue"] in shut else "running" if row["running"] else "queued" if row["waiting"] else "idle"] for row in rows],
            "queue": [row["queue"] for row in rows],
            "waiting": [int(row["waiting"]) for row in rows],
            "oldest": measures.timedeltas([measures.leading_part(row["oldest_wait_s"]) for row in rows]),
            "running": [int(row["running"]) for row in rows],
            "delayed": [int(row["delayed"]) for row in rows],
            "pace": [_("{n}/min").format(n=f"{done.get(row['queue'], 0) / LATELY_MIN:.1f}") for row in rows],
            "left": [
                "" if not row["waiting"] else "–" if row["queue"] in shut else drained_in(int(row["waiting"]), done.get(row["queue"], 0))
                for row in rows
            ],
            "menu": [[words[verb] for verb in verbs(row, is_paused=row["queue"] in here)] for row in rows],
        }
    )  # fmt: skip
    st.session_state["queues_rows"] = [row["queue"] for row in rows]
    with st.container(key="queues"):
        table.show(
            frame,
            {
                "state": states.column(width=100),
                "queue": st.column_config.TextColumn(_("Queue"), width=150),
                "waiting": st.column_config.ProgressColumn(
                    _("Waiting"), format="localized", max_value=max(most, 10), color="blue", width=170
                ),
                "oldest": st.column_config.NumberColumn(_("Oldest"), format="localized", alignment="right", width=84),
                "running": st.column_config.NumberColumn(_("Running"), format="localized", width=84),
                "delayed": st.column_config.NumberColumn(_("Later"), format="localized", width=84),
                "pace": st.column_config.TextColumn(_("Pace"), width=90, alignment="right"),
                "left": st.column_config.TextColumn(_("Done in"), width=110, alignment="right"),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=menu_clicked, key="queues_menu"),
            },
            alt=_("Queues: what waits and runs"),
            row_px=table.TALL_ROW_PX,
            placeholder="",
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def queues() -> None:
    notices.show()
    with guard(_("the queues")):
        status = loaders.status()
        found = ops_loaders.pauses()
        _rows, now = loaders.running_jobs()
        paused(found, now)
        shut = closed(status.queues, found)
        tiles(status.queues, status, shut)
        listed(status.queues, found, shut)
        with card(_("Next in line"), "line", aside=live(now)):
            queue_line.show(status.queues, now)
        with card(_("Messages"), "messages", aside=plain(status.broker)):
            queue_messages.show()
    dialogs.give_way()


queues()
