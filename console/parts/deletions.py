"""Looking for records that a platform no longer has: the last look of a stream, the questions before one, and before many deletions are believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from console import loaders, sentences
from console.door import allow
from console.parts import act, dialogs, measures, notices, platforms, states, streams
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.reconcile import FEW, MOST
from tasks.roles import Role

TOO_MANY = "too_many_deletions"


def last_look(store: Mapping[str, Any], stream: str, look: Mapping[str, Any] | None, now: datetime) -> None:
    """What the last look found, and the button for the next."""
    name = str(store["name"])
    is_open = look is not None and look["state"] in ("queued", "running")
    if look is not None and look["reason_code"] == TOO_MANY and look["state"] == "failed":
        st.warning(plain(sentences.said(look["error"]), longest=1000), icon=":material/delete_sweep:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if look is not None:
            if is_open:
                states.badge(str(look["shown"]))
            st.caption(plain(told(look, now)), width="content")
        st.space("stretch")
        if look is not None and is_open:
            st.page_link(
                "app_pages/job.py",
                label=_("Job {id}").format(id=look["id"]),
                icon=":material/receipt_long:",
                query_params={"id": str(look["id"])},
            )
            return
        about = {"name": name, "stream": stream}
        if look is not None and look["reason_code"] == TOO_MANY and look["state"] == "failed":
            act.button(_("Confirm the deletions…"), role=Role.ADMIN, icon=":material/delete_sweep:", key=f"store_confirm_{stream}", on_click=dialogs.ask,
                      args=("confirm_deletions",), kwargs=about)  # fmt: skip
        act.button(_("Look for deletions…"), role=Role.OPERATOR, icon=":material/search:", type="tertiary", key=f"store_look_{stream}", on_click=dialogs.ask,
                  args=("look_for_deletions",), kwargs=about)  # fmt: skip


def told(look: Mapping[str, Any], now: datetime) -> str:
    """One line about a reconcile job."""
    if look["state"] in ("queued", "running"):
        done, total = look["progress"], look["progress_total"]
        if not (done and total):
            return _("Looking for deletions")
        return _("Looking for deletions, {done} of {total} asked for").format(done=measures.whole(done), total=measures.whole(total))
    ended = measures.ago(look["finished_at"], now)
    if look["state"] == "succeeded":
        gone = int((look["result"] or {}).get("deleted", 0))
        if not gone:
            return _("Looked for deletions {when}: none gone").format(when=ended)
        return _("Looked for deletions {when}: {n} gone").format(when=ended, n=measures.whole(gone))
    if look["reason_code"] == TOO_MANY:
        return _("Looked for deletions {when}: too many to be believed").format(when=ended)
    if look["state"] == "cancelled":
        return _("The look for deletions {when} was cancelled").format(when=ended)
    return _("The look for deletions {when} failed: {error}").format(when=ended, error=sentences.said(look["error"]))


def _store(name: str, stream: str) -> Mapping[str, Any] | None:
    stores, _now = loaders.board_of_stores(notices.has_just_written())
    found = next((one for one in stores if one["name"] == name), None)
    if found is None or stream not in found["streams"]:
        st.markdown(_("This is not there any more."))
        return None
    return found


@dialogs.opener("look_for_deletions")
@dialogs.titled(later("Look for deletions?"), icon=":material/search:")
def ask(name: str, stream: str) -> None:
    """What will be asked and what will be marked."""
    with guard(_("the store"), place="dialog"):
        store = _store(name, stream)
        if store is None:
            return
        live = int(store["streams"][stream]["live"])
        st.markdown(
            _("Asks {platform} for each of the **{n}** {stream} of **{store}** by its ID.").format(
                platform=plain(platforms.title(store["platform"])),
                n=measures.whole(live),
                stream=streams.word(stream),
                store=plain(store["title"]),
            )
        )
        st.markdown(_("Those that it says do not exist are marked as deleted, with its answer as the evidence; nothing is erased."))
        st.markdown(
            _("If more than {n} are gone, none is marked and you are asked first.").format(n=measures.whole(max(FEW, int(MOST * live))))
        )
    _buttons(name, stream, _("Look for deletions"), is_confirmed=False, may=True)


@dialogs.opener("confirm_deletions")
@dialogs.titled(later("Confirm the deletions?"), icon=":material/delete_sweep:")
def confirm(name: str, stream: str) -> None:
    """Names the store; the verb waits until the person has, too."""
    with guard(_("the store"), place="dialog"):
        store = _store(name, stream)
        if store is None:
            return
        looks, _now = loaders.checks(store["id"])
        st.warning(plain((looks.get(stream) or {}).get("error") or "", longest=1000), icon=":material/delete_sweep:")
        st.markdown(
            _("Look at the shop of **{store}** first. Then all {stream} that {platform} says do not exist are marked as deleted, however many "
              "they are. One that comes back is live again with its next sync.").format(
                store=plain(store["title"]), stream=streams.word(stream), platform=plain(platforms.title(store["platform"]))
            )
        )  # fmt: skip
    typed = st.text_input(
        _("Type {name} to confirm").format(name=plain(name)), key="confirm_name", live="300ms", autocomplete="off", max_chars=64
    )
    _buttons(name, stream, _("Mark them as deleted"), is_confirmed=True, may=typed.strip() == name)


def _buttons(name: str, stream: str, verb: str, *, is_confirmed: bool, may: bool) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(_("Leave it"), key="look_no", on_click=dialogs.ask, args=("store",), kwargs={"name": name})
        st.button(verb, type="primary", key="look_yes", on_click=look_for, args=(name, stream, is_confirmed), disabled=not may)
    dialogs.give_way()


def look_for(name: str, stream: str, is_confirmed: bool) -> None:
    """Ask for it, and go back to the store; in a callback. Two clicks are one job: an unfinished one of the same stream is returned."""
    if is_confirmed and str(st.session_state.get("confirm_name", "")).strip() != name:
        return

    role = Role.ADMIN if is_confirmed else Role.OPERATOR

    def verb() -> str:
        asked = tasks.reconcile(
            name, stream, requested_by=allow(role, action="reconcile", target=f"store:{name}"), is_confirmed=is_confirmed
        )
        return (_("Job {id} looks for deletions.") if asked.is_new else _("Job {id} does that already.")).format(id=int(asked))

    notices.attempt(verb)
    dialogs.ask("store", name=name)
