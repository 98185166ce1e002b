"""What may be done about a group of failures: mute, resolve, note and assign."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import ops_loaders
from console.door import allow
from console.parts import confirm, dialogs, measures, notices
from console.parts.confirm import Deed, Said
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks import failures
from tasks.roles import Actor, Role


def _example(fingerprint: str) -> str:
    row = ops_loaders.failure(fingerprint, False)
    return plain(row["example"], longest=200) if row else fingerprint


def _target(fingerprint: str) -> str:
    return f"failures:{fingerprint}"


def _mute(by: Actor, said: Said, fingerprint: str) -> str:
    assert said.until is not None  # each of the lengths below ends
    failures.mute_failures(fingerprint, said.until, by=by)
    return _("Muted until {time}.").format(time=measures.short(said.until))


def _unmute(by: Actor, said: Said, fingerprint: str) -> str:
    failures.unmute_failures(fingerprint, by=by)
    return _("It is told again.")


def _resolve(by: Actor, said: Said, fingerprint: str) -> str:
    failures.resolve_failures(fingerprint, by=by)
    return _("Resolved. Should it come again, it stands here as back again.")


def _know(by: Actor, said: Said, fingerprint: str) -> str:
    failures.acknowledge_failures(fingerprint, by=by)
    return _("Marked as known.")


confirm.declare(
    "mute_failures",
    Deed(
        title=later("Mute this failure?"), verb=later("Mute"), icon=":material/notifications_off:", role=Role.OPERATOR, act=_mute, target=_target,
        lengths=("1h", "4h", "morning", "7d"),
        effect=lambda fingerprint: [f"*{_example(fingerprint)}*", _("It is counted on, and nobody is told of it until then.")],
    ),
)  # fmt: skip
confirm.declare(
    "unmute_failures",
    Deed(title=later("Tell of it again?"), verb=later("Unmute"), icon=":material/notifications:", role=Role.OPERATOR, act=_unmute, target=_target,
         effect=lambda fingerprint: [f"*{_example(fingerprint)}*"]),
)  # fmt: skip
confirm.declare(
    "resolve_failures",
    Deed(
        title=later("Is it mended?"), verb=later("Mark as resolved"), icon=":material/task_alt:", role=Role.OPERATOR, act=_resolve, target=_target,
        effect=lambda fingerprint: [
            f"*{_example(fingerprint)}*", _("Jobs that failed stay failed: retry them by themselves. Should it come again, it is told as back again."),
        ],
    ),
)  # fmt: skip
confirm.declare(
    "acknowledge_failures",
    Deed(title=later("Do you know of it?"), verb=later("Mark as known"), icon=":material/visibility:", role=Role.OPERATOR, act=_know, target=_target,
         effect=lambda fingerprint: [f"*{_example(fingerprint)}*", _("It is no longer told as new.")]),
)  # fmt: skip


@dialogs.opener("note_failures")
@dialogs.titled(later("Note and owner"), icon=":material/edit_note:")
def note(fingerprint: str) -> None:
    """Who cares for it, and what is known about it."""
    with guard(_("the failure"), place="dialog"):
        row = ops_loaders.failure(fingerprint, False) or {}
        st.markdown(f"*{_example(fingerprint)}*")
        with st.form("note_failures", border=False):
            st.text_input(_("Who cares for it"), value=row.get("assigned_to") or "", key=f"note_owner_{fingerprint}", max_chars=255)
            st.text_area(_("What is known"), value=row.get("note") or "", key=f"note_text_{fingerprint}", max_chars=1024, height=120)
            notices.problem("note")
            sent = st.form_submit_button(
                _("Save"), type="primary", width="stretch", key="note_save", on_click=_save, args=(fingerprint, row)
            )
        if sent and "note_problem" not in st.session_state:
            st.rerun()


def _save(fingerprint: str, before: dict[str, Any]) -> None:
    owner, text = (str(st.session_state.get(f"note_{field}_{fingerprint}") or "").strip() for field in ("owner", "text"))

    def verb() -> str:
        by = allow(Role.OPERATOR, action="note_failures", target=_target(fingerprint))
        if owner != (before.get("assigned_to") or ""):
            failures.assign_failures(fingerprint, owner or None, by=by)
        if text != (before.get("note") or ""):
            failures.note_failures(fingerprint, text, by=by)
        return _("Saved.")

    notices.attempt(verb, place="note")
