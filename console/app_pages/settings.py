"""What an admin looks after: people, tokens, where alerts are told, how long things are kept, and how all of it is."""

from __future__ import annotations

import streamlit as st

from console import loaders
from console.door import may
from console.parts import (
    address,
    dialogs,
    notices,
    settings_alert_rules,
    settings_alerts,
    settings_channels,
    settings_health,
    settings_options,
    settings_people,
    settings_tokens,
)  # fmt: skip
from console.parts.guard import guard
from console.parts.page_head import head
from console.words import _, later
from tasks.roles import Role


def alerts() -> None:
    """What is wrong or was, and by which rules, to all; where it is told, to admins."""
    settings_alerts.show()
    settings_alert_rules.show()
    if may(Role.ADMIN):
        settings_channels.show()


PARTS = {
    "people": (later("People"), settings_people.show), "tokens": (later("API tokens"), settings_tokens.show),
    "alerts": (later("Alerts"), alerts), "retention": (later("Retention"), settings_options.show),
    "health": (later("Health"), settings_health.show),
}  # fmt: skip
FOR_ALL = ["alerts", "health"]

with head(_("Settings"), _("People, tokens, alerts, retention, health.")):
    pass
open_to = list(PARTS) if may(Role.ADMIN) else FOR_ALL
address.follow("settings_part", open_to)
if st.session_state.get("settings_part") not in open_to:
    st.session_state["settings_part"] = open_to[0]
part = st.segmented_control(
    _("Part"), open_to, key="settings_part", required=True, label_visibility="collapsed", format_func=lambda name: _(PARTS[name][0])
)
address.tell("settings_part", part)
if not may(Role.ADMIN):
    st.caption(_("People, tokens, channels of alerts and retention are shown to admins."))


@st.fragment(run_every=loaders.SLOW_TICK_S)
def drawn() -> None:
    notices.show()
    with guard(_("the settings")):
        if part in FOR_ALL or may(Role.ADMIN):
            PARTS[part or open_to[0]][1]()
    dialogs.give_way()


drawn()
