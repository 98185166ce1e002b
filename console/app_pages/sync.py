"""Ask for a sync: choose, see what it will do, start it once, watch it."""

from __future__ import annotations

import streamlit as st

from console import door
from console.parts import sync_form, sync_prefill, sync_watch
from console.parts.guard import guard
from console.parts.page_head import head
from console.words import _

sync_prefill.let_go()
with head(_("Sync"), _("Read from a shop now. Regular syncs go on beside it.")):
    if "sync_asked" in st.session_state:
        st.button(_("Another sync"), icon=":material/add:", type="primary", key="sync_again", on_click=sync_form.open_again)
with guard(_("the form"), place="page"):
    if "sync_asked" in st.session_state:
        sync_watch.watch(st.session_state["sync_asked"])
    else:
        sync_form.show()
        sync_watch.of_person(str(door.actor()))
