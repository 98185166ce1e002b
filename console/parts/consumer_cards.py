"""The consumers, a card each: heartbeat, version, what their workers did in the last hour; drain one, or take its jobs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console import loaders, ops_loaders
from console.parts import act, confirm, consumer_state, measures, states
from console.parts.plain import plain
from console.words import _
from db.consumers import belongs
from settings import VERSION
from tasks.roles import Role


def show(consumers: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """A card each: whether it lives, what its workers did in the last hour, and what may be done with it."""
    ended = ops_loaders.ended_lately()
    with st.grid(4 if len(consumers) % 4 == 0 else 3, min_column_width=230):
        for one in consumers:
            state = consumer_state.state(one)
            with st.container(border=True, height="stretch", key=f"consumer_{one['id']}"):
                with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                    st.markdown(f"**{plain(str(one['host']).partition('~')[0])}**", width="content")
                    states.badge("draining" if one["drain_by"] and state != "lost" else state)
                st.caption(
                    plain(
                        f"pid {one['pid']} · {one['version']} · "
                        + _("up {time}").format(time=measures.leading((now - one["started_at"]).total_seconds()))
                    )
                )
                st.markdown(
                    plain(
                        f"{measures.counted('{n} worker', '{n} workers', int(one['workers']))} ({one['worker_type']}) · {measures.size(one['memory_bytes'])}"
                    )
                )
                st.caption(plain(_last_hour(one, ended)))
                if state == "lost":
                    st.markdown(
                        f":red[{_('No heartbeat for {time}.').format(time=measures.leading(one['age_s']))}] {_('Its jobs go to others.')}"
                    )
                    _of_lost(one)
                else:
                    st.caption(_("Heartbeat {time} ago").format(time=measures.leading(one["age_s"])))
                _buttons(one, state)


def _of_lost(one: Mapping[str, Any]) -> None:
    """The jobs that a lost consumer still holds; each goes back to the queue when its lease ends."""
    held = [row for row in loaders.running_jobs()[0] if belongs(row["worker"], one["host"], one["pid"])]
    for row in held[:5]:
        st.page_link(
            "app_pages/job.py",
            label=_("Job {id}").format(id=row["id"]),
            icon=":material/receipt_long:",
            query_params={"id": str(row["id"])},
        )


def _last_hour(one: Mapping[str, Any], ended: Mapping[str, Mapping[str, int]]) -> str:
    """120 done, 3 failed in the last hour."""
    states_of = [counts for worker, counts in ended.items() if belongs(worker, one["host"], one["pid"])]
    done, failed = (sum(counts.get(state, 0) for counts in states_of) for state in ("succeeded", "failed"))
    return _("{done} done, {failed} failed in the last hour").format(done=measures.number(done), failed=measures.number(failed))


def warn_of_versions(consumers: Sequence[Mapping[str, Any]]) -> None:
    """Say which consumers are of another version than this console: what one writes the other may not understand."""
    other = [one for one in consumers if str(one["version"]) != VERSION and consumer_state.state(one) != "lost"]
    if other:
        told = ", ".join(f"{str(one['host']).partition('~')[0]}:{one['pid']} ({one['version']})" for one in other)
        st.warning(
            _("Of another version than this console ({version}): {consumers}. Restart them, one after the other.").format(
                version=plain(VERSION), consumers=plain(told)
            ),
            icon=":material/difference:",
        )


def _buttons(one: Mapping[str, Any], state: str) -> None:
    about = {"consumer_id": str(one["id"]), "host": f"{one['host']}:{one['pid']}"}
    if state in ("late", "lost"):
        act.button(_("Mark lost…"), role=Role.OPERATOR, key=f"lost_{one['id']}", icon=":material/heart_broken:", type="tertiary", on_click=confirm.ask,
                   args=("mark_lost",), kwargs=about)  # fmt: skip
    if state == "lost":
        return
    if one["drain_by"]:
        act.button(_("Take jobs again"), role=Role.OPERATOR, key=f"undrain_{one['id']}", icon=":material/play_circle:", type="tertiary",
                   on_click=confirm.ask, args=("undrain",), kwargs=about)  # fmt: skip
    else:
        act.button(_("Drain…"), role=Role.OPERATOR, key=f"drain_{one['id']}", icon=":material/hourglass_bottom:", type="tertiary", on_click=confirm.ask,
                   args=("drain",), kwargs=about)  # fmt: skip
