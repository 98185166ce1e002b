"""Who does the work: consumers and their heartbeats, what runs, and whether a job gets through."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders, sentences
from console.door import allow
from console.parts import act, consumer_cards, consumer_state, dialogs, measures, notices, states, table
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.page_head import card, head, live
from console.parts.plain import plain
from console.words import _
from settings import VERSION
from tasks.roles import Role


def test() -> None:
    """Send one job through everything; in a callback. While it is under way, further clicks are the same request."""
    if st.session_state.pop("test_done", False):
        st.session_state["test_key"] = secrets.token_hex(12)
    key = st.session_state["test_key"]

    def verb() -> str:
        st.session_state["test_job"] = int(
            tasks.test_worker(requested_by=allow(Role.OPERATOR, action="test_worker", target="workers"), idempotency_key=key)
        )
        return _("Job {id} is on its way.").format(id=st.session_state["test_job"])

    notices.attempt(verb)


st.session_state.setdefault("test_key", secrets.token_hex(12))
with head(_("Workers"), _("Consumers, their heartbeats and what they hold.")):
    act.button(_("Test worker"), role=Role.OPERATOR, icon=":material/network_ping:", type="primary", key="test_worker", on_click=test)


def menu_clicked() -> None:
    """The click names a row; the row's job was frozen when it was drawn."""
    click = st.session_state["running_menu"]
    dialogs.ask("job", job_id=st.session_state["running_rows"][click.row])


def round_trip() -> None:
    """The test job, live: how long it waited, how long it ran."""
    job_id = st.session_state.get("test_job")
    row = loaders.job(job_id) if job_id else None
    if row is None:
        return
    st.session_state["test_done"] = row["state"] not in ("queued", "running")
    if row["state"] == "succeeded":
        whole = (row["finished_at"] - row["created_at"]).total_seconds()
        waited = (row["started_at"] - row["created_at"]).total_seconds()
        said = _("A job got through in **{whole}**: it waited {waited} for a worker and ran {ran} on {worker}.")
        st.success(
            said.format(
                whole=measures.duration(whole),
                waited=measures.duration(waited),
                ran=measures.duration(whole - waited),
                worker=plain(row["worker"] or ""),
            ),
            icon=":material/check_circle:",
        )
    elif row["state"] in ("failed", "cancelled"):
        st.error(
            _("The test job: {state}. {error}").format(state=states.label(row["state"]), error=plain(sentences.said(row["error"] or ""))),
            icon=":material/error:",
        )
    else:
        waits = (row["now"] - row["created_at"]).total_seconds()
        say = st.warning if waits > 10 else st.info
        said = _("Job {id} is {state}, {time} since it was sent.").format(
            id=job_id, state=states.label(row["state"]).lower(), time=measures.duration(waits)
        )
        if waits > 10 and row["state"] == "queued":
            said += " " + _("No worker has taken it: is a consumer running?")
        say(said, icon=":material/network_ping:")


def tiles(status: tasks.Status) -> None:
    here = consumer_state.present(status.consumers)
    up = [one for one in here if consumer_state.state(one) in ("alive", "late")]
    lost = len(here) - len(up)
    places, running = sum(int(one["workers"]) for one in up), sum(int(queue["running"]) for queue in status.queues)
    memory = [int(one["memory_bytes"]) for one in up if one["memory_bytes"]]
    with st.grid(4, min_column_width=165):
        st.metric(_("Consumers up"), _("{n} of {most}").format(n=len(up), most=len(here)) if here else _("none"),
                  _("{n} lost").format(n=lost) if lost else None, delta_color="red",
                  delta_arrow="off", delta_description=None if lost else _("all heard of") if up else _("start run_consumer.py"), border=True,
                  height="stretch")  # fmt: skip
        st.metric(_("Workers busy"), _("{n} of {most}").format(n=running, most=places),
                  delta_description=_("{n}% busy").format(n=f"{100 * running / places:.0f}") if places else _("no worker"),
                  border=True, height="stretch")  # fmt: skip
        st.metric(_("Memory"), measures.size(sum(memory)) if memory else "–",
                  delta_description=_("largest {size}").format(size=measures.size(max(memory))) if memory else _("not told"), border=True, height="stretch")  # fmt: skip
        skew = {str(one["version"]) for one in up} - {VERSION}
        st.metric(_("Version"), VERSION, _("mixed versions") if skew else None, delta_color="orange", delta_arrow="off",
                  delta_description=plain(", ".join(sorted(skew))) if skew else _("same as this console"), border=True, height="stretch")  # fmt: skip


def running_jobs(rows: list[dict[str, Any]], now: datetime) -> None:
    if not rows:
        st.caption(_("Nothing runs just now."))
        return
    st.session_state["running_rows"] = [row["id"] for row in rows]
    frame = pd.DataFrame(
        {
            "job": [row["name"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "progress": [measures.part(row["progress"], row["progress_total"]) for row in rows],
            "for": measures.timedeltas([measures.took(row["started_at"], now) for row in rows]),
            "worker": [row["worker"] for row in rows],
            "id": [row["id"] for row in rows],
            "menu": [f":material/visibility: {_('Details')}"] * len(rows),
        }
    )
    table.show(
        frame,
        {
            "job": st.column_config.TextColumn(_("Job"), width=170),
            "store": st.column_config.TextColumn(_("Store"), width=170),
            "progress": st.column_config.ProgressColumn(_("Progress"), format="%d%%", min_value=0, max_value=100, color="blue", width=180),
            "for": st.column_config.NumberColumn(_("For"), format="localized", alignment="right", width=110),
            "worker": st.column_config.TextColumn(_("Worker"), width=220),
            "id": st.column_config.NumberColumn(_("ID"), format="%d", width=84, alignment="right"),
            "menu": st.column_config.ButtonColumn("", type="tertiary", width=110, on_click=menu_clicked, key="running_menu"),
        },
        alt=_("Jobs that run now"),
    )


@st.fragment(run_every=loaders.TICK_S)
def fleet() -> None:
    notices.show()
    with guard(_("the workers")):
        status = loaders.status()
        rows, now = loaders.running_jobs()
        round_trip()
        tiles(status)
        here = consumer_state.present(status.consumers)
        if here:
            consumer_cards.warn_of_versions(here)
            consumer_cards.show(here, now)
        else:
            empty(_("No consumer is alive"), _("Requests are kept and nothing runs. Start a consumer with: python run\\_consumer.py"),
                  icon="heart_broken", key="consumers")  # fmt: skip
        with card(_("Running now"), "running", aside=live(now)):
            running_jobs(rows, now)
        color, word = ("green", _("{server} answers")) if status.broker_is_up else ("red", _("{server} does not answer"))
        with st.container(horizontal=True, gap="medium"):
            st.caption(f":{color}[●] {word.format(server=plain(status.broker))}", width="content")
            st.caption(f":green[●] {_('{server} answers').format(server=_('Database') + ' ' + plain(status.database))}", width="content")
    dialogs.give_way()


fleet()
