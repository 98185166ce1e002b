"""One job: header, error with its hint, how far it is, what the run read and wrote, every attempt. For the drawer and the page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import loaders, ops_loaders, sentences
from console.parts import (
    act,
    dialogs,
    dry_run,
    job_actions,
    job_attempts,
    job_change,
    job_more,
    job_outcome,
    job_parts,
    job_run,
    measures,
    notices,
    platforms,
    queue_deeds,
    states,
)
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.job_table import CAN_CANCEL, CAN_RETRY, is_repeatable, tries
from console.parts.plain import plain
from console.words import _, many
from tasks.roles import Role
from tasks.shop_pages import shop_page


@st.fragment(run_every=loaders.TICK_S)
def show(job_id: int, *, place: str) -> None:
    """Draw it as a live part; `place` is "drawer" or "page"."""
    notices.show()
    with guard(_("the job")):
        row = loaders.job(job_id)
        if row is None:
            empty(_("There is no job {id}").format(id=job_id), _("It was never requested, or its history was deleted."), icon="search_off",
                  action=_("All jobs"), page="app_pages/jobs.py", key=f"{place}_no_job")  # fmt: skip
            return
        _header(row, place)
        _error(row)
        _waits_for(row)
        job_run.progress(row)
        _actions(row, place)
        st.table(_facts(row), border="horizontal")
        job_outcome.show(row)
        job_attempts.show(row)
        job_parts.show(row, place)
        _tabs(row, place)
    dialogs.give_way()


def _tabs(row: dict[str, Any], place: str) -> None:
    """Only the tab that is open asks the database."""
    titles = {"args": _("Arguments"), "result": _("Result"), "log": _("Log"), "similar": _("Failed alike"), "runs": _("Last runs")}
    shown = dict(zip(titles, st.tabs(list(titles.values()), key=f"{place}_tabs_{row['id']}", on_change="rerun"), strict=True))
    with shown["args"]:
        if shown["args"].open:
            st.json({"args": row["args"], "metadata": row["metadata"]}, expanded=2)
    with shown["result"]:
        if shown["result"].open and row["result"]:
            st.json(row["result"], expanded=2)
        elif shown["result"].open:
            st.caption(_("No result yet.") if row["state"] in CAN_CANCEL else _("This job left no result."))
    for name, draw in (("log", job_more.log), ("similar", job_more.similar), ("runs", job_more.runs)):
        with shown[name]:
            if shown[name].open:
                draw(row)


def _waits_for(row: dict[str, Any]) -> None:
    """What keeps a queued job from running, where something is paused."""
    if row["state"] != "queued":
        return
    for one in ops_loaders.pauses():
        if (
            one.kind == "everything"
            or (one.kind == "queue" and one.name == row["queue"])
            or (one.kind == "store" and one.name == row["store"])
        ):
            what = queue_deeds.subject(one.kind, one.name)
            until = _("until {time}").format(time=measures.short(one.until)) if one.until else _("until somebody resumes it")
            st.info(_("It waits: {subject} is paused, {until}. {reason}").format(subject=what, until=plain(until), reason=plain(one.reason)),
                    icon=":material/pause_circle:")  # fmt: skip


def _header(row: dict[str, Any], place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(row['name'])}**", width="content")
        states.badge(states.of_job(row))
        dry_run.badge(row)
        if row["cancel_requested_by"]:
            st.badge(_("Stopping"), icon=":material/block:", color="orange")
        if place == "drawer":  # the page has it in its title
            st.space("stretch")
            st.caption(_("No. {id}").format(id=row["id"]).replace(".", "\\."), width="content")


def _error(row: dict[str, Any]) -> None:
    if not row["error"] or row["state"] == "succeeded":
        return
    hint = f"  \n{plain(sentences.said(row['hint']))}" if row["hint"] else ""
    kind = f"{row['error_class']}: " if row["error_class"] and not str(row["error"]).startswith(str(row["error_class"])) else ""
    if row["state"] == "failed":
        st.error(plain(kind + sentences.said(row["error"]), longest=2000) + hint, icon=":material/error:")
    elif row["state"] == "cancelled":
        st.info(plain(sentences.said(row["error"])), icon=":material/block:")
    else:
        again = (
            " " + _("Again {when}.").format(when=measures.ago(row["run_at"], row["now"]))
            if row["state"] == "queued" and row["run_at"] > row["now"]
            else ""
        )
        st.warning(plain(kind + sentences.said(row["error"]), longest=2000) + again + hint, icon=":material/autorenew:")


def _actions(row: dict[str, Any], place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if row["state"] in CAN_RETRY:
            act.button(
                _("Retry"),
                role=Role.OPERATOR,
                icon=":material/replay:",
                type="primary",
                key=f"{place}_retry",
                on_click=job_actions.retry,
                args=(row["id"],),
            )
        if row["state"] in CAN_CANCEL and not row["cancel_requested_by"]:
            act.button(
                _("Cancel"),
                role=Role.OPERATOR,
                icon=":material/block:",
                key=f"{place}_cancel",
                on_click=dialogs.ask,
                args=("cancel",),
                kwargs={"job_id": row["id"]},
            )
        if is_repeatable(row):
            act.button(_("Retry with changes…"), role=Role.OPERATOR, icon=":material/tune:", key=f"{place}_change", on_click=job_change.ask,
                       args=(row["id"],))  # fmt: skip
            st.page_link("app_pages/sync.py", label=_("Repeat…"), icon=":material/content_copy:", query_params={"repeat": str(row["id"])})
        if row["store"]:
            st.page_link(
                "app_pages/store.py", label=_("Open the store"), icon=":material/storefront:", query_params={"store": str(row["store"])}
            )
        there = shop_page(row["platform"], row["store_address"], row["stream"] or "") if row["store"] else ""
        if there:
            st.link_button(
                _("Open in {platform}").format(platform=plain(platforms.title(row["platform"]))), there, icon=":material/open_in_new:"
            )
        if row["parent_id"]:
            st.page_link("app_pages/job.py", label=_("Part of job {id}").format(id=row["parent_id"]), icon=":material/account_tree:",
                         query_params={"id": str(row["parent_id"])})  # fmt: skip
        if place == "drawer":
            st.page_link("app_pages/job.py", label=_("Open as page"), icon=":material/open_in_full:", query_params={"id": str(row["id"])})
        elif row["store"]:
            st.page_link(
                "app_pages/jobs.py",
                label=_("Jobs of this store"),
                icon=":material/list_alt:",
                query_params={"jobs_store": str(row["store"])},
            )


def _facts(row: dict[str, Any]) -> dict[str, str]:
    now = row["now"]

    def when(name: str) -> str:
        return f"{measures.ago(row[name], now)} :gray[{plain(measures.exact(row[name]))}]" if row[name] else "–"

    facts = {
        _("Store"): f"{plain(row['store_title'])} :gray[{plain(platforms.title(row['platform']))}]" if row["store_title"] else "–",
        _("Queue"): plain(row["queue"]),
        _("Requested by"): plain(row["requested_by"]),
        _("Requested"): when("created_at"),
        _("Started"): when("started_at"),
        _("Finished"): when("finished_at"),
        _("Attempt"): _("{n} of {most}").format(n=tries(row), most=row["max_attempts"])
        + (", " + many("worker died once", "worker died {n} times", row["crashes"]).format(n=row["crashes"]) if row["crashes"] else ""),
        _("Worker"): plain(row["worker"] or "–"),
        _("Changed from"): _("Job {id}").format(id=plain(row["metadata"]["changed_from"])) if row["metadata"].get("changed_from") else "–",
    }
    return {name: text for name, text in facts.items() if text != "–"}
