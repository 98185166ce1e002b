"""Up to when a stream is complete, and the way to set that by hand: the old value is said, with how to set it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from console import loaders
from console.parts import act, confirm, measures, notices, streams
from console.parts.confirm import Deed, Moments, Said
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Actor, Role


def line(store: Mapping[str, Any], stream: str, offer: Mapping[str, Any], watermark: datetime | None) -> None:
    """The watermark, and the button to set it where the stream is read by it."""
    if not watermark and not offer["incremental"]:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        told = _("Complete up to {time} on the platform's clock").format(time=measures.exact(watermark)) if watermark else _(
            "No watermark: the next sync reads everything")  # fmt: skip
        st.caption(plain(told), width="content")
        if offer["incremental"]:
            act.button(_("Reset…"), role=Role.ADMIN, key=f"watermark_{store['name']}_{stream}", icon=":material/restart_alt:", type="tertiary",
                       on_click=confirm.ask, args=("reset_watermark",), kwargs={"store": str(store["name"]), "stream": stream})  # fmt: skip


def _found(store: str) -> dict[str, Any] | None:
    every, _now = loaders.board_of_stores(notices.has_just_written())
    return next((one for one in every if one["name"] == store), None)


def _old(store: str, stream: str) -> datetime | None:
    stat = (_found(store) or {"streams": {}})["streams"].get(stream) or {}
    moment: datetime | None = stat.get("watermark")
    return moment


def _effect(store: str, stream: str) -> list[str]:
    known, old = _found(store), _old(store, stream)
    of = {"stream": streams.word(stream), "store": plain(known["title"] if known else store), "time": plain(measures.exact(old))}
    now = (
        _("The {stream} of **{store}** are complete up to **{time}**; the next sync reads what changed since.")
        if old
        else _("The {stream} of **{store}** have no watermark; the next sync reads all of them.")
    )
    back = (
        _("To take it back: **Reset…** again, from {time} on; a little earlier loses nothing. The audit log keeps that time.")
        if old
        else _("To take it back: **Reset…** again, from the beginning.")
    )
    return [
        now.format(**of),
        _("From the beginning, the next sync reads all of them again, which may take long. From a moment on, it reads what changed since; what changed "
          "before and is not here yet is left out until a full sync."),
        _("Nothing is read now, and no record is changed by this. Syncs of it that failed or were stopped begin anew when they are retried. One that "
          "runs has to end first."),
        back.format(**of),
    ]  # fmt: skip


def _reset(by: Actor, said: Said, store: str, stream: str) -> str:
    done = tasks.reset_watermark(store, stream, said.moment, reason=said.reason, by=by)
    if done.new is None:
        return _("The next sync reads all {stream} again.").format(stream=streams.word(stream))
    return _("The next sync reads the {stream} that changed since {time}.").format(
        stream=streams.word(stream), time=plain(measures.exact(done.new))
    )


confirm.declare(
    "reset_watermark",
    Deed(title=later("Reset this watermark?"), verb=later("Reset the watermark"), icon=":material/restart_alt:", role=Role.ADMIN, effect=_effect, act=_reset,
         target=lambda store, stream: f"store:{store}", needs_reason=True, needs_name=lambda store, stream: store,
         moments=Moments(none=later("From the beginning"), one=later("From a moment on"), first=_old)),
)  # fmt: skip
