"""One deed on many: what it would do to whom, counted, then why, then a job of its own. It acts on the set that was counted and on no other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import ops_loaders
from console.door import allow
from console.parts import dialogs, environment, measures, notices
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later, many
from db.history import Wanted
from db.rejected import WantedRejected
from tasks import bulk
from tasks.bulk import BulkPreview
from tasks.roles import Role

TITLES = {"retry": later("Retry many"), "cancel": later("Cancel many"), "retry_rejected": later("Try rejected records again")}
VERBS = {"retry": later("Retry them"), "cancel": later("Cancel them"), "retry_rejected": later("Try them again")}
MUST_SAY_WHY = 100  # so many targets need a reason


def ask(
    action: str, *, wanted: Wanted | WantedRejected | None = None, fingerprint: str | None = None, max_id: int | None = None,
    ids: Sequence[int] | None = None,
) -> None:  # fmt: skip
    """Have the dialog opened, with the key that makes any number of clicks one operation; in a callback."""
    for key in ("bulk_problem", "bulk_field", "bulk_preview", "bulk_reason"):
        st.session_state.pop(key, None)
    chosen = {"wanted": wanted, "fingerprint": fingerprint, "max_id": max_id, "ids": ids}
    dialogs.ask("bulk", action=action, chosen=chosen, key=secrets.token_hex(12))


@dialogs.opener("bulk")
def confirm(action: str, chosen: dict[str, Any], key: str) -> None:
    """Count, show, ask. `chosen`: the arguments of tasks.preview_bulk."""
    st.dialog(_(TITLES[action]), icon=":material/library_add_check:", on_dismiss=dialogs.CLOSED)(_inside)(action, chosen, key)


def _inside(action: str, chosen: dict[str, Any], key: str) -> None:
    with guard(_("the preview"), place="dialog"):
        environment.badge()
        frozen = st.session_state.get("bulk_preview")
        if frozen is None or frozen[0] != key:
            frozen = (key, bulk.preview_bulk(action, **chosen))
            st.session_state["bulk_preview"] = frozen
        preview: BulkPreview = frozen[1]
        ready = preview.counts.get("ready", 0)
        if chosen["fingerprint"] and (group := ops_loaders.failure(chosen["fingerprint"], False)):
            st.markdown(f"*{plain(group['example'], longest=200)}*")
        st.markdown(said(preview))
        if preview.is_cut:
            st.caption(_("More match: this takes the newest {n}.").format(n=measures.whole(bulk.MOST)))
        elif preview.searched_to is not None:
            st.caption(
                _("Jobs before No. {id} were not looked at: narrow the filter by time to reach them.").format(id=preview.searched_to)
            )
        if preview.ids and chosen["max_id"] is not None:
            st.caption(_("The newest of them is No. {id}; none after it is touched.").format(id=preview.ids[0]))
        st.caption(_("It acts on just these, each looked at again when its turn comes. What arrives in the meantime is left alone."))
        if ready:
            st.text_input(_("Reason"), key="bulk_reason", max_chars=200, placeholder=_("For those who wonder later"))
        notices.problem("bulk")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(_("Leave it"), key="bulk_no"):
                st.rerun()
            st.button(_(VERBS[action]), type="primary", key="bulk_yes", on_click=_start, args=(preview, key), disabled=not ready)
    dialogs.give_way()


def _start(preview: BulkPreview, key: str) -> None:
    reason = str(st.session_state.get("bulk_reason") or "").strip()
    if not reason and len(preview.ids) >= MUST_SAY_WHY:
        st.session_state["bulk_problem"] = _("Say why: so many at once will be wondered about.")
        return

    def verb() -> str:
        by = allow(Role.OPERATOR, action=f"bulk_{preview.action}", target=f"{len(preview.ids)} of {preview.chosen}"[:255])
        started = bulk.start_bulk(preview, by=by, reason=reason, idempotency_key=key)
        dialogs.go("app_pages/bulk.py", id=str(started.id))
        return _("Bulk operation {id} is at work.").format(id=started.id)

    notices.attempt(verb, place="bulk")


def said(preview: BulkPreview) -> str:
    """**312** can be retried, 14 are running already."""
    ready, counts = preview.counts.get("ready", 0), preview.counts
    first = {
        "retry": many("**{n}** job can be retried", "**{n}** jobs can be retried", ready),
        "cancel": many("**{n}** job can be cancelled", "**{n}** jobs can be cancelled", ready),
        "retry_rejected": many("**{n}** record can be tried again", "**{n}** records can be tried again", ready),
    }[preview.action].format(n=measures.whole(ready))
    return ", ".join([first, *(text.format(n=measures.whole(counts[why])) for why, text in _not(counts).items())]) + "."


def _not(counts: Mapping[str, Any]) -> dict[str, str]:
    words = {
        "same": _("{n} not needed, since another job does the same"), "gone": _("{n} gone by now"), "queued": _("{n} waiting already"),
        "running": _("{n} running already"), "succeeded": _("{n} succeeded"), "failed": _("{n} failed already"), "cancelled": _("{n} cancelled already"),
    }  # fmt: skip
    return {why: text for why, text in words.items() if counts.get(why)}
