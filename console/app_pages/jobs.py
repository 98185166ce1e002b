"""Every job, newest first: filter, look closer, retry, cancel."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from console import loaders
from console.parts import act, bulk_dialog, dialogs, job_actions, job_export, job_filters, job_table, keyset, measures, notices
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.job_table import CAN_CANCEL, CAN_RETRY
from console.parts.page_head import head, live
from console.words import _
from tasks.roles import Role

ROWS = 18


def menu_clicked() -> None:
    """The click names a row; the row's id was frozen when it was drawn."""
    click = st.session_state["jobs_menu"]
    job_actions.chosen(st.session_state["jobs_rows"][click.row], click.label)


with head(_("Jobs"), _("Newest first. Filters live in the address bar, so a view can be shared.")):
    st.button(
        _("New sync"), icon=":material/add:", type="primary", shortcut="N", key="jobs_new", on_click=dialogs.go, args=("app_pages/sync.py",)
    )
wanted, columns = job_filters.show()
if wanted.search:
    job_filters.records_found(wanted)


def all_matching(max_id: int) -> None:
    """One deed on all that the filters mean, up to the newest that the person has seen."""
    with st.popover(_("All that match"), icon=":material/library_add_check:", key="jobs_all"):
        st.caption(_("Up to job {id}, the newest on this page; later ones are left alone.").format(id=max_id))
        for action, label, icon in (
            ("retry", _("Retry all that match…"), ":material/replay:"),
            ("cancel", _("Cancel all that match…"), ":material/block:"),
        ):
            act.button(label, role=Role.OPERATOR, key=f"jobs_all_{action}", icon=icon, on_click=bulk_dialog.ask, args=(action,),
                       kwargs={"wanted": wanted, "max_id": max_id}, type="tertiary")  # fmt: skip


def with_chosen(rows: list[dict[str, Any]], ids: list[int]) -> None:
    """One deed on the rows that are ticked, by their ids."""
    chosen = [row for row in rows if row["id"] in ids]
    with st.container(horizontal=True, vertical_alignment="center", key="jobs_chosen"):
        st.caption(measures.counted("{n} job chosen", "{n} jobs chosen", len(chosen)), width="content")
        for action, may, label, icon in (
            ("retry", CAN_RETRY, _("Retry {n}…"), ":material/replay:"), ("cancel", CAN_CANCEL, _("Cancel {n}…"), ":material/block:"),
        ):  # fmt: skip
            fit = [int(row["id"]) for row in chosen if row["state"] in may]
            act.button(label.format(n=len(fit)), role=Role.OPERATOR, key=f"jobs_chosen_{action}", icon=icon, on_click=bulk_dialog.ask, args=(action,),
                       kwargs={"ids": fit}, disabled=not fit)  # fmt: skip


@st.fragment(run_every=loaders.TICK_S)
def table() -> None:
    notices.show()
    with guard(_("the list of jobs")):
        fresh = notices.has_just_written()
        answer, shown = keyset.frozen(
            "jobs",
            wanted,
            lambda before, after: loaders.jobs_page(wanted, before, after, ROWS, fresh),
            lambda ids: loaders.jobs_by_ids(ids, fresh),
        )
        if not answer.rows and answer.searched_to is not None:
            empty(_("None in the newest part of the list"), job_filters.why_none(wanted), icon="search_off", action=_("Search older"),
                  on_click=partial(keyset.go_before, "jobs", shown, answer.searched_to), key="jobs")  # fmt: skip
        elif not answer.rows and job_filters.is_filtered(wanted):
            no_match(_("No jobs match"), on_clear=job_filters.clear, key="jobs", why=job_filters.why_none(wanted))
        elif not answer.rows:
            empty(_("No jobs yet"), _("A job appears here as soon as a sync is requested, by a person, a schedule or the API."),
                  icon="inbox", action=_("Request a sync"), page="app_pages/sync.py", key="jobs")  # fmt: skip
        else:
            st.session_state["jobs_rows"] = [row["id"] for row in answer.rows]
            ids = job_table.show(answer.rows, answer.at, key="jobs", on_menu=menu_clicked, columns=columns)
            if ids:
                with_chosen(answer.rows, ids)
            new = loaders.newer_jobs(wanted, shown.ids[0]) if shown.is_newest else 0
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                with st.container(horizontal=True, width="content"):
                    keyset.walk("jobs", shown, new=new)
                    if answer.searched_to is not None and not shown.has_older:
                        st.button(_("Search older"), icon=":material/manage_search:", key="jobs_search_older", on_click=keyset.go_before,
                                  args=("jobs", shown, answer.searched_to))  # fmt: skip
                    if job_filters.is_filtered(wanted):
                        all_matching(shown.ids[0])
                    job_export.button(wanted)
                st.caption(
                    live(answer.at),
                    width="content",
                    help=_("The rows stay where they are; what they say is read anew every {n} seconds.").format(n=loaders.TICK_S),
                )
    dialogs.give_way()


table()
