"""One store on a page of its own, to link to: /store?store=zurich. Status, timeline, rejected records, here against there, schedule."""

from __future__ import annotations

import secrets

import streamlit as st

from console import loaders
from console.parts import (
    act,
    address,
    confirm,
    dialogs,
    notices,
    platforms,
    states,
    store_dialogs,
    store_drawer,
    store_sections,
    store_state,
    store_tags,
)
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Role

STATUS = "status"
TABS = {STATUS: later("Status"), "timeline": later("Timeline"), "records": later("Rejected records"), "reconcile": later("Here and there"),
        "schedule": later("Schedule")}  # fmt: skip

name = str(st.query_params.get("store", ""))
st.session_state.setdefault("store_key", secrets.token_hex(8))


def title() -> tuple[str, str]:
    """Its title and its platform, as far as anybody can say now."""
    with guard(_("the store"), place="page"):
        found = next((one for one in loaders.store_names() if one[0] == name), None)
        if found is not None:
            return found[1], platforms.title(found[2])
    return _("Store"), ""


shown, platform = title()
with head(plain(shown), plain(" · ".join(part for part in (platform, name) if part)) if platform else _("One connected shop.")):
    st.page_link("app_pages/stores.py", label=_("All stores"), icon=":material/arrow_back:")
address.follow("store_tab", list(TABS))
st.session_state["store_tab"] = st.session_state.get("store_tab") or STATUS
tab = (
    st.segmented_control(
        _("Show"), list(TABS), key="store_tab", required=True, format_func=lambda key: _(TABS[key]), label_visibility="collapsed"
    )
    or STATUS
)
address.tell("store_tab", tab if tab != STATUS else None)


@st.fragment(run_every=loaders.SLOW_TICK_S)
def body() -> None:
    notices.show()
    with guard(_("the store")):
        every, now = loaders.board_of_stores(notices.has_just_written())
        store = next((one for one in every if one["name"] == name), None)
        if store is None:
            empty(_("Which store?"), _("There is no store {name}.").format(name=plain(name)) if name else _("Choose one on the page Stores."),
                  icon="search_off", action=_("All stores"), page="app_pages/stores.py", key="store_none")  # fmt: skip
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            states.badge(store_state.state(store, now))
            st.caption(plain(store["address"]), width="content")
            store_tags.badges(store)
            st.space("stretch")
            if store["paused_at"]:
                act.button(_("Resume"), role=Role.OPERATOR, key="store_resume", icon=":material/play_circle:", on_click=confirm.ask, args=("resume",),
                           kwargs={"kind": "store", "name": name})  # fmt: skip
            else:
                act.button(_("Pause…"), role=Role.OPERATOR, key="store_pause", icon=":material/pause_circle:", on_click=confirm.ask, args=("pause",),
                           kwargs={"kind": "store", "name": name})  # fmt: skip
            act.button(_("Sync or backfill…"), role=Role.OPERATOR, key="store_sync", icon=":material/sync:", type="primary", on_click=dialogs.go,
                       args=("app_pages/sync.py",), kwargs={"sync_store": name})  # fmt: skip
            act.button(
                _("Edit, credentials…"),
                role=Role.ADMIN,
                key="store_page_edit",
                icon=":material/edit:",
                on_click=store_dialogs.open_edit,
                args=(name,),
            )
        if tab == STATUS:
            store_drawer.status(store, now)
        else:
            store_sections.SECTIONS[tab](store, now)
        st.caption(live(now))
    dialogs.give_way()


body()
