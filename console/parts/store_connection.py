"""How a store is reached: its last connection test, until when its credentials last, how much more we may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import act, connection_result, measures, notices, store_state
from console.parts.plain import plain
from console.words import _
from tasks.roles import Role

_JUST_TESTED_S = 600.0


def card(store: dict[str, Any], check: dict[str, Any] | None, now: datetime) -> None:
    """All of it in a frame; `check`: the newest test, see db.board.checks."""
    with st.container(border=True, gap="xsmall", key="store_connection"):
        _test(store, check, now)
        _credentials(store, now)
        _budget(store)


def ask_test(name: str) -> None:
    """Ask a worker to try the credentials; in a callback. Two clicks are one job."""

    def verb() -> str:
        asked = tasks.test_connection(name, requested_by=allow(Role.OPERATOR, action="test_connection", target=f"store:{name}"))
        return (_("Job {id} tries the connection.") if asked.is_new else _("Job {id} does that already.")).format(id=int(asked))

    notices.attempt(verb)


def _test(store: dict[str, Any], check: dict[str, Any] | None, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_('Connection')}**", width="content")
        if check is None:
            st.caption(_("not tested yet"), width="content")
        elif check["finished_at"] is not None:
            st.caption(_("tested {when}").format(when=measures.ago(check["finished_at"], now)), width="content")
        st.space("stretch")
        if check is not None and check["finished_at"] is None:
            st.page_link(
                "app_pages/job.py",
                label=_("Job {id}").format(id=check["id"]),
                icon=":material/receipt_long:",
                query_params={"id": str(check["id"])},
            )
        else:
            act.button(_("Test connection"), role=Role.OPERATOR, icon=":material/network_ping:", type="secondary" if check else "primary", key="store_test", on_click=ask_test,
                      args=(store["name"],))  # fmt: skip
    if check is None:
        st.caption(_("Asks the platform who we are and what we may read, before anything is synced."))
    elif check["state"] != "succeeded" or _is_recent(check, now):
        connection_result.show(check, store["platform"])
    else:
        with st.expander(plain(connection_result.in_short(check["result"]))):
            connection_result.show(check, store["platform"])


def _credentials(store: dict[str, Any], now: datetime) -> None:
    """Until when they last, where the platform told; in colour once somebody should put in new ones."""
    left = store_state.days_left(store, now)
    if left is None:
        return
    until = store["credentials_until"]
    words = _("Credentials end {when}") if left >= 0 else _("Credentials ended {when}")
    said = plain(f"{words.format(when=measures.ago(until, now))} ({measures.exact(until)})")
    color = "red" if left < store_state.VERY_SOON_DAYS else "orange" if store_state.ends_soon(store, now) else "gray"
    st.caption(f":material/key: :{color}[{said}]")


def _is_recent(check: dict[str, Any], now: datetime) -> bool:
    """Whether somebody who has just asked is still looking at it."""
    return bool((now - check["finished_at"]).total_seconds() < _JUST_TESTED_S)


def _budget(store: dict[str, Any]) -> None:
    """How much more the platform lets us ask just now, while it is known; in colour while it makes us wait."""
    budget = loaders.budget_of(store["platform"], store["name"])
    if budget is None:
        return
    left = _("Rate limit: {left} of {capacity} left, {rate} more each second").format(
        left=measures.whole(budget.available), capacity=measures.whole(budget.capacity), rate=f"{budget.rate_per_s:g}"
    )
    if budget.held_s >= 1:
        told = _("The platform asked us to wait {time} more").format(time=measures.duration(budget.held_s))
        st.caption(f":material/hourglass_top: :orange[{plain(told)}] · {plain(left)}")
    else:
        st.caption(f":material/speed: {plain(left)}")
