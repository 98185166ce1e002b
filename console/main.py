"""The menu: every page, in its section."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import console.parts.cancel_dialog
import console.parts.deletions
import console.parts.job_drawer
import console.parts.store_dialogs
import console.parts.store_drawer
import console.parts.user_dialogs  # noqa: F401  # each of these announces its dialog
from console.parts import dialogs, notices
from settings import VERSION

_ASSETS = Path(__file__).parent / "assets"

st.set_page_config(
    page_title="Quayside",
    page_icon=(_ASSETS / "icon.svg").read_text(),
    layout="wide",
    initial_sidebar_state=216,
    menu_items={"About": f"Quayside {VERSION}"},
)
st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "icon.svg"), size="large")
page = st.navigation(
    {
        "Operate": [
            st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
            st.Page("app_pages/jobs.py", title="Jobs", icon=":material/list_alt:"),
            st.Page("app_pages/sync.py", title="Sync", icon=":material/sync:"),
            st.Page("app_pages/job.py", title="Job", icon=":material/receipt_long:", visibility="hidden"),
        ],
        "Shops": [
            st.Page("app_pages/stores.py", title="Stores", icon=":material/storefront:"),
            st.Page("app_pages/users.py", title="Users", icon=":material/group:"),
        ],
        "System": [st.Page("app_pages/workers.py", title="Workers", icon=":material/memory:")],
    },
    expanded=True,
)
notices.show()
dialogs.open_asked()
page.run()
