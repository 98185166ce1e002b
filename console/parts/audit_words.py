"""A line of the audit log in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.parts.plain import plain
from console.words import _, later

_DEEDS = {
    "cancel": later("cancelled {target}"), "export": later("downloaded {target}"), "hurry": later("moved {target} to the front"), "mark_lost": later("marked {target} lost"), "retry": later("retried {target}"), "sync": later("asked for a sync of {target}"),
    "add_store": later("connected {target}"), "change_store": later("changed {target}"), "pause_store": later("paused {target}"),
    "resume_store": later("resumed {target}"), "pause_queue": later("paused {target}"), "resume_queue": later("resumed {target}"),
    "pause_everything": later("paused everything"), "resume_everything": later("resumed everything"),
    "put_schedule": later("set a schedule of {target}"), "drop_schedule": later("dropped a schedule of {target}"),
    "pause_schedule": later("paused a schedule of {target}"), "resume_schedule": later("resumed a schedule of {target}"),
    "enable_schedule": later("turned on a schedule of {target}"), "disable_schedule": later("turned off a schedule of {target}"),
    "reset_schedule": later("reset a schedule of {target}"), "run_schedule": later("ran a schedule of {target}"),
    "retry_rejected": later("tried rejected records of {target} again"), "reconcile": later("looked for deletions in {target}"),
    "start_bulk": later("started {target}"), "stop_bulk": later("stopped {target}"), "drain": later("drained {target}"),
    "undrain": later("let {target} take jobs again"), "add_user": later("added {target}"), "mute_failures": later("muted {target}"),
    "resolve_failures": later("resolved {target}"), "change_option": later("changed {target}"), "test_connection": later("tested {target}"),
    "silence_alert": later("silenced {target}"), "empty_queue": later("emptied {target}"), "reset_watermark": later("reset a watermark of {target}"),
    "change_alert_rule": later("changed {target}"), "set_quiet_hours": later("set the quiet hours of {target}"),
}  # fmt: skip


def said(row: Mapping[str, Any]) -> str:
    """**ana** paused store:zurich: stock-taking; for a place that renders Markdown."""
    target = f"**{plain(row['target'])}**"
    text = _DEEDS.get(row["action"])
    deed = _(text).format(target=target) if text else f"{plain(row['action'])} {target}"
    why = str((row["detail"] or {}).get("reason") or "")
    denied = f" :red[{_('denied')}]" if row["outcome"] == "denied" else f" :orange[{_('refused')}]" if row["outcome"] == "refused" else ""
    return f"**{plain(row['person'])}** {deed}{denied}" + (f": {plain(why, longest=160)}" if why else "")
