"""Who did what: every deed, also a denied one and one over the API."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, people_loaders, shop_loaders
from console.parts import address, audit_actions, audit_line, csv_button, dialogs, keyset, measures, notices, table
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _
from db import audit
from db.audit import OUTCOMES, Wanted

ROWS = 18
CSV = ("id", "at", "person", "action", "target", "outcome", "source", "address", "detail")


def menu_clicked() -> None:
    """The click names a row; the row's line was frozen when it was drawn."""
    click = st.session_state["audit_menu"]
    dialogs.ask("audit_line", row=st.session_state["audit_rows"][click.row])


def clear() -> None:
    """Show every line again; in a callback."""
    for name in ("person", "target"):
        st.session_state[f"audit_{name}"] = ""
    st.session_state["audit_action"] = st.session_state["audit_outcome"] = None


def filters() -> Wanted:
    """What is chosen above the list; it lives in the address bar."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in ("person", "target"):
            address.follow(f"audit_{name}")
        address.follow("audit_outcome", OUTCOMES)
        person = st.text_input(_("Who"), key="audit_person", placeholder=_("Who"), icon=":material/person:", label_visibility="collapsed", width=190,
                               max_chars=191, help=_("A whole name, as the list shows it."))  # fmt: skip
        action = st.query_params.get("audit_action")  # while the list of actions cannot be read
        with st.container(width=210), guard(_("the list of actions"), place="page"):
            known = people_loaders.audit_actions()
            address.follow("audit_action", known)
            action = st.selectbox(_("What"), known, index=None, key="audit_action", placeholder=_("What"), label_visibility="collapsed",
                                  format_func=audit_actions.title)  # fmt: skip
            address.tell("audit_action", action)
        target = st.text_input(_("On what"), key="audit_target", placeholder=_("On what, e.g. store:zurich"), icon=":material/search:", width=240,
                               label_visibility="collapsed", max_chars=200)  # fmt: skip
        outcome = st.segmented_control(_("Outcome"), OUTCOMES, key="audit_outcome", label_visibility="collapsed",
                                       format_func=lambda name: _(audit_line.OUTCOMES[name].label))  # fmt: skip
    for name, value in (("person", person), ("target", target), ("outcome", outcome)):
        address.tell(f"audit_{name}", value)
    return Wanted(person=(person or "").strip(), action=action or "", target=(target or "").strip(), outcome=outcome or "")


def draw(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(
        {
            "at": [measures.short(row["at"]) for row in rows],
            "person": [row["person"] for row in rows],
            "action": [audit_actions.title(row["action"]) for row in rows],
            "target": [row["target"] for row in rows],
            "outcome": [[row["outcome"]] for row in rows],
            "detail": [audit_line.told(row["detail"]) for row in rows],
            "source": [audit_line.source(row["source"]) for row in rows],
            "address": [row["address"] for row in rows],
            "menu": [f":material/visibility: {_('Details')}"] * len(rows),
        }
    )
    st.session_state["audit_rows"] = rows
    with st.container(key="audit"):
        table.show(
            frame,
            {
                "at": st.column_config.TextColumn(_("When"), width=108),
                "person": st.column_config.TextColumn(_("Who"), width=128),
                "action": st.column_config.TextColumn(_("What"), width=144),
                "target": st.column_config.TextColumn(_("On what"), width=148),
                "outcome": audit_line.outcomes(_("Outcome"), width=84),
                "detail": st.column_config.TextColumn(_("Details"), width=200),
                "source": st.column_config.TextColumn(_("By way of"), width=76),
                "address": st.column_config.TextColumn(_("From"), width=98),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=92, on_click=menu_clicked, key="audit_menu"),
            },
            alt=_("What was done, newest first"),
        )


with head(_("Audit"), _("Who did what, also what was denied and what came over the API.")):
    pass
wanted = filters()


@st.fragment(run_every=loaders.SLOW_TICK_S)
def listed() -> None:
    notices.show()
    with guard(_("the audit log")):
        fresh = notices.has_just_written()
        answer, shown = keyset.frozen(
            "audit",
            wanted,
            lambda before, after: people_loaders.audit_page(wanted, before, after, ROWS, fresh),
            lambda ids: people_loaders.audit_by_ids(ids, fresh),
        )
        if answer.rows:
            draw(answer.rows)
            foot(answer, shown)
        elif answer.searched_to is not None:
            empty(_("No lines match"), _("None in the newest part of the list. The search can go on among older ones."), icon="search_off",
                  action=_("Search older"), on_click=lambda: keyset.go_before("audit", shown, answer.searched_to or 0), key="audit")  # fmt: skip
        elif wanted != Wanted():
            no_match(_("No lines match"), on_clear=clear, key="audit")
        else:
            empty(
                _("Nothing was done yet"),
                _("Each sync that a person asks for, each change and each refusal appears here."),
                icon="history_edu",
                key="audit",
            )
    dialogs.give_way()


def foot(answer: Any, shown: keyset.Shown) -> None:
    new = people_loaders.newer_audit(wanted, shown.ids[0]) if shown.is_newest else 0
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content"):
            keyset.walk("audit", shown, new=new)
            if answer.searched_to is not None and not shown.has_older:
                st.button(_("Search older"), icon=":material/manage_search:", key="audit_search_older", on_click=keyset.go_before,
                          args=("audit", shown, answer.searched_to))  # fmt: skip
            csv_button.show("audit", CSV, export, wanted)
        st.caption(live(answer.at), width="content")


def export(before: int | None) -> Any:
    """A page for the CSV, the detail on one line."""
    answer = audit.page(wanted, before=before, limit=shop_loaders.CSV_PAGE)
    for row in answer.rows:
        row["detail"] = audit_line.told(row["detail"])
    return answer


listed()
