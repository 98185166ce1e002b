"""Failures by their cause: how often within an hour, a day, a week; which stores; and what to do about each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, ops_loaders
from console.parts import address, bulk_dialog, confirm, dialogs, failure_detail, keyset, measures, notices, states, table, views
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _, later
from db.failure_lists import CAP

SHOWN = ("new", "regressed", "known", "muted", "resolved")
KINDS = {"person": later("Needs a person"), "passing": later("Mends itself"), "bug": later("A bug")}
ROWS = 25
KIND_COLORS = {"person": "red", "passing": "orange", "bug": "violet"}


def menu_words() -> dict[str, str]:
    """What may be done with a group: verb → its words in the row menu."""
    return {
        "details": f":material/visibility: {_('Details')}", "retry": f":material/replay: {_('Retry the failed jobs…')}",
        "mute": f":material/notifications_off: {_('Mute…')}", "unmute": f":material/notifications: {_('Unmute…')}",
        "resolve": f":material/task_alt: {_('Resolved…')}", "note": f":material/edit_note: {_('Note and owner…')}",
    }  # fmt: skip


def menu_clicked() -> None:
    """The click names a row; the row's group was frozen when it was drawn."""
    click = st.session_state["failures_menu"]
    mark = st.session_state["failures_rows"][click.row]
    verb = next((verb for verb, words in menu_words().items() if words == click.label), "details")
    if verb == "details":
        dialogs.ask("failure", fingerprint=mark)
    elif verb == "retry":
        bulk_dialog.ask("retry", fingerprint=mark)
    elif verb == "note":
        dialogs.ask("note_failures", fingerprint=mark)
    else:
        confirm.ask(f"{verb}_failures", fingerprint=mark)


def clear() -> None:
    """Show the usual ones again; in a callback."""
    st.session_state.update(failures_state=[], failures_kind=[])


with head(_("Failures"), _("Alike failures stand together. Resolve what is mended; it tells you when it comes back.")):
    pass
address.follow_many("failures_state", SHOWN)
address.follow_many("failures_kind", list(KINDS))
with st.container(horizontal=True, vertical_alignment="center"):
    chosen = st.pills(
        _("State"), SHOWN, selection_mode="multi", key="failures_state", format_func=states.label, label_visibility="collapsed"
    )
    kinds = st.pills(
        _("Kind"),
        list(KINDS),
        selection_mode="multi",
        key="failures_kind",
        format_func=lambda name: _(KINDS[name]),
        label_visibility="collapsed",
    )
    views.show("failures")
address.tell("failures_state", chosen)
address.tell("failures_kind", kinds)


def count(value: int) -> str:
    """How many; of a capped count, that there are more."""
    return f"{measures.whole(CAP)}+" if value >= CAP else measures.whole(value) if value else ""


def draw(rows: list[dict[str, Any]], now: Any) -> None:
    words = menu_words()
    frame = pd.DataFrame(
        {
            "state": [[row["state"]] for row in rows],
            "kind": [[row["kind"]] for row in rows],
            "error": [row["example"] for row in rows],
            "name": [row["name"] for row in rows],
            **{window: [count(row[window]) for row in rows] for window in ("hour", "day", "week")},
            "stores": pd.array([row["stores"] or None for row in rows], dtype="Int64"),
            "last": measures.timedeltas([measures.age(row["last_seen_at"], now) for row in rows]),
            "owner": [row["assigned_to"] or "" for row in rows],
            "menu": [[words[verb] for verb in ("details", "retry", "unmute" if row["state"] == "muted" else "mute", "resolve", "note")] for row in rows],
        }
    )  # fmt: skip
    st.session_state["failures_rows"] = [row["fingerprint"] for row in rows]
    with st.container(key="failures"):
        table.show(
            frame,
            {
                "state": states.column(width=102),
                "kind": st.column_config.MultiselectColumn(
                    _("Kind"), width=128, options=list(KINDS), color=list(KIND_COLORS.values()), format_func=lambda name: _(KINDS[name])
                ),
                "error": st.column_config.TextColumn(_("Example"), width=290),
                "name": st.column_config.TextColumn(_("Job"), width=120),
                "hour": st.column_config.TextColumn(_("1 h"), width=52, alignment="right"),
                "day": st.column_config.TextColumn(_("24 h"), width=56, alignment="right"),
                "week": st.column_config.TextColumn(_("7 d"), width=56, alignment="right"),
                "stores": st.column_config.NumberColumn(_("Stores"), width=62),
                "last": st.column_config.NumberColumn(_("Last"), format="localized", alignment="right", width=78),
                "owner": st.column_config.TextColumn(_("Owner"), width=90),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=menu_clicked, key="failures_menu"),
            },
            alt=_("Failures by their cause, last seen first"),
            placeholder="",
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def failures() -> None:
    notices.show()
    with guard(_("the failures")):
        fresh, wanted = notices.has_just_written(), (tuple(chosen), tuple(kinds))
        answer, shown = keyset.frozen(
            "failures",
            wanted,
            lambda before, after: ops_loaders.failures(*wanted, before, after, ROWS, fresh),
            lambda marks: ops_loaders.failures_by_marks(marks, fresh),
            name=lambda row: row["fingerprint"],
            place=lambda row: (row["last_seen_at"], row["fingerprint"]),
        )
        if answer.rows:
            draw(answer.rows, answer.at)
            new = ops_loaders.newer_failures(shown.edges[0], *wanted, shown.ids) if shown.is_newest else 0
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                with st.container(horizontal=True, width="content"):
                    keyset.walk("failures", shown, new=new)
                st.caption(live(answer.at), width="content")
        elif chosen or kinds:
            no_match(_("No failures match"), on_clear=clear, key="failures")
        else:
            empty(_("Nothing has failed"), _("A job that fails for good appears here, together with those that failed alike."), icon="task_alt",
                  action=_("All jobs"), page="app_pages/jobs.py", key="failures")  # fmt: skip
    dialogs.give_way()


failure_detail.open_linked()
failures()
