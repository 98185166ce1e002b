"""Settings → Health: the database's servers, the broker, the versions."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pandas as pd
import streamlit as st

from console import loaders, people_loaders
from console.parts import consumer_state, measures, table
from console.parts.page_head import card
from console.parts.plain import plain
from console.words import _
from settings import VERSION, settings


def show() -> None:
    """What stands behind the console, and how it is."""
    _databases()
    with st.container(horizontal=True):
        with card(_("Broker"), "broker", height="stretch"):
            _broker()
        with card(_("Versions"), "versions", height="stretch"):
            _versions()


def _databases() -> None:
    servers = people_loaders.databases()
    frame = pd.DataFrame(
        {
            "state": [
                ["up" if one.answers and (one.lag_s is None or one.lag_s <= settings().db_max_lag_s) else "late" if one.answers else "away"]
                for one in servers
            ],
            "role": [_("Primary: writes") if one.role == "primary" else _("Replica: reads") for one in servers],
            "place": [one.place for one in servers],
            "version": [one.version for one in servers],
            "lag": [f"{one.lag_s:.1f} s" if one.lag_s is not None else None for one in servers],
            "took": [f"{one.took_s * 1000:.0f} ms" for one in servers],
            "problem": [one.problem for one in servers],
        }
    )
    words = {"up": (_("Answers"), "green"), "late": (_("Behind"), "orange"), "away": (_("Away"), "red")}
    with card(
        _("Database"),
        "databases",
        aside=_("A replica more than {n} s behind answers nothing").format(n=f"{settings().db_max_lag_s:g}") if len(servers) > 1 else "",
    ):
        table.show(
            frame,
            {
                "state": st.column_config.MultiselectColumn(_("State"), width=90, options=list(words), color=[color for _word, color in words.values()],
                                                            format_func=lambda name: words[name][0]),
                "role": st.column_config.TextColumn(_("Does"), width=130),
                "place": st.column_config.TextColumn(_("Where"), width=330),
                "version": st.column_config.TextColumn(_("Version"), width=180),
                "lag": st.column_config.TextColumn(_("Behind"), width=80, alignment="right"),
                "took": st.column_config.TextColumn(_("Answered in"), width=100, alignment="right"),
                "problem": st.column_config.TextColumn(_("Problem"), width=240),
            },
            alt=_("Servers of the database"),
        )  # fmt: skip


def _broker() -> None:
    status = loaders.status()
    if status.broker_is_up:
        st.badge(_("Answers"), icon=":material/check_circle:", color="green")
    else:
        st.badge(_("Away"), icon=":material/error:", color="red")
        st.markdown(_("Jobs are kept in the database and start when it is back."))
    st.caption(plain(status.broker))
    up = [one for one in consumer_state.present(status.consumers) if consumer_state.state(one) in ("alive", "late")]
    st.markdown(measures.counted("{n} consumer is up.", "{n} consumers are up.", len(up)))


def _versions() -> None:
    here = {
        "Quayside": VERSION,
        "Python": platform.python_version(),
        **{name: version(name) for name in ("streamlit", "huey", "SQLAlchemy")},
    }
    others = sorted({str(one["version"]) for one in consumer_state.present(loaders.status().consumers)} - {VERSION})
    st.table(here, border="horizontal")
    if others:
        st.caption(":orange[" + _("Consumers of other versions: {versions}").format(versions=plain(", ".join(others))) + "]")
