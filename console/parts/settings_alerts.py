"""Settings → Alerts: what lasts, what is over, and silence about one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import sentences
from console.parts import confirm, measures, table
from console.parts.confirm import Deed, Said
from console.parts.faces import empty
from console.parts.page_head import card
from console.parts.plain import plain
from console.words import _, later, many
from db.alerts import PERSON, QUIET
from tasks.roles import Actor, Role

_SHOWN = 50


def show() -> None:
    """The alerts, those that last first."""
    every = tasks.recent_alerts(limit=_SHOWN)
    lasting = sum(one["ended_at"] is None for one in every)
    aside = many("{n} lasts", "{n} last", lasting).format(n=measures.whole(lasting)) if every else ""
    with card(_("Alerts"), "alerts", aside=aside):
        if every:
            _draw(every)
        else:
            empty(_("No alert yet"), _("What is worth waking somebody is looked for twice a minute; it stands here and is told to the channels below."),
                  icon="notifications", key="alerts")  # fmt: skip


def _draw(every: list[dict[str, Any]]) -> None:
    st.session_state["alerts_rows"] = every
    now = datetime.now(UTC)
    words = {
        "person": (_("Needs you"), "red"),
        "passing": (_("Mends itself"), "orange"),
        "silenced": (_("Silenced"), "gray"),
        "over": (_("Over"), "green"),
    }
    frame = pd.DataFrame(
        {
            "state": [[_state(one, now)] for one in every],
            "sentence": [sentences.said(one["sentence"]) for one in every],
            "began": [measures.short(one["began_at"]) for one in every],
            "ended": [measures.short(one["ended_at"]) if one["ended_at"] else None for one in every],
            "silenced": [_silence(one, now) for one in every],
            "menu": [_menu(one, now) for one in every],
        }
    )
    with st.container(key="alerts"):
        table.show(
            frame,
            {
                "state": st.column_config.MultiselectColumn(_("State"), width=110, options=list(words), color=[color for _word, color in words.values()],
                                                            format_func=lambda name: words[name][0]),
                "sentence": st.column_config.TextColumn(_("What"), width=440),
                "began": st.column_config.TextColumn(_("Since"), width=100),
                "ended": st.column_config.TextColumn(_("Until"), width=100),
                "silenced": st.column_config.TextColumn(_("Silenced until"), width=150),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=120, on_click=_clicked, key="alerts_menu"),
            },
            alt=_("Alerts"),
        )  # fmt: skip


def _is_silenced(one: dict[str, Any], now: datetime) -> bool:
    return one["silenced_until"] is not None and one["silenced_until"] > now


def _state(one: dict[str, Any], now: datetime) -> str:
    if one["ended_at"] is not None:
        return "over"
    return "silenced" if _is_silenced(one, now) else "person" if one["severity"] == PERSON else "passing"


def _silence(one: dict[str, Any], now: datetime) -> str | None:
    if not _is_silenced(one, now):
        return None
    if one["silenced_by"] == QUIET:
        return _("{time}, quiet hours").format(time=measures.short(one["silenced_until"]))
    return _("{time}, by {person}").format(time=measures.short(one["silenced_until"]), person=one["silenced_by"])


def _menu(one: dict[str, Any], now: datetime) -> list[str]:
    if _is_silenced(one, now):
        return [f":material/notifications_active: {_('Tell again…')}"]
    return [f":material/notifications_off: {_('Silence…')}"]


def _clicked() -> None:
    one = st.session_state["alerts_rows"][st.session_state["alerts_menu"].row]
    kind = "unsilence_alert" if _is_silenced(one, datetime.now(UTC)) else "silence_alert"
    confirm.ask(kind, alert_id=int(one["id"]), sentence=sentences.said(one["sentence"]))


def _hush(by: Actor, said: Said, alert_id: int, sentence: str) -> str:
    assert said.until is not None  # each of the lengths below ends
    tasks.silence_alert(alert_id, until=said.until, by=by)
    return _("Nobody is told of it until {time}.").format(time=measures.short(said.until))


def _tell(by: Actor, said: Said, alert_id: int, sentence: str) -> str:
    tasks.silence_alert(alert_id, until=None, by=by)
    return _("It is told again.")


def _target(alert_id: int, sentence: str) -> str:
    return f"alert:{alert_id}"


confirm.declare(
    "silence_alert",
    Deed(
        title=later("Silence this alert?"), verb=later("Silence"), icon=":material/notifications_off:", role=Role.OPERATOR, act=_hush, target=_target,
        lengths=("1h", "4h", "morning", "7d"),
        effect=lambda alert_id, sentence: [
            f"*{plain(sentence, longest=300)}*", _("Nobody is told of this cause until then, even when it ends and comes again. It stays in the lists."),
        ],
    ),
)  # fmt: skip
confirm.declare(
    "unsilence_alert",
    Deed(title=later("Tell of it again?"), verb=later("Tell again"), icon=":material/notifications_active:", role=Role.OPERATOR, act=_tell, target=_target,
         effect=lambda alert_id, sentence: [f"*{plain(sentence, longest=300)}*"]),
)  # fmt: skip
