"""The menu: every page, in its section."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import console.parts.audit_line
import console.parts.bulk_detail
import console.parts.bulk_dialog
import console.parts.cancel_dialog
import console.parts.confirm
import console.parts.deletions
import console.parts.failure_deeds
import console.parts.failure_detail
import console.parts.job_drawer
import console.parts.order_detail
import console.parts.product_detail
import console.parts.queue_deeds
import console.parts.schedule_deeds
import console.parts.shown_once
import console.parts.store_dialogs
import console.parts.store_drawer
import console.parts.user_dialogs  # noqa: F401  # each of these announces its dialog
from console import door
from console.parts import dialogs, language_menu, notices, pause_banner, person_menu
from console.words import _
from settings import VERSION

_ASSETS = Path(__file__).parent / "assets"

st.set_page_config(
    page_title="Quayside",
    page_icon=(_ASSETS / "icon.svg").read_text(),
    layout="wide",
    initial_sidebar_state=216,
    menu_items={"About": f"Quayside {VERSION}"},
)
door.enter()
st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "icon.svg"), size="large")
page = st.navigation(
    {
        _("Operate"): [
            st.Page("app_pages/overview.py", title=_("Overview"), icon=":material/monitoring:", default=True),
            st.Page("app_pages/jobs.py", title=_("Jobs"), icon=":material/list_alt:"),
            st.Page("app_pages/failures.py", title=_("Failures"), icon=":material/report:"),
            st.Page("app_pages/sync.py", title=_("Sync"), icon=":material/sync:"),
            st.Page("app_pages/schedules.py", title=_("Schedules"), icon=":material/calendar_month:"),
            st.Page("app_pages/bulk.py", title=_("Bulk"), icon=":material/library_add_check:"),
            st.Page("app_pages/job.py", title=_("Job"), icon=":material/receipt_long:", visibility="hidden"),
        ],
        _("Shops"): [
            st.Page("app_pages/stores.py", title=_("Stores"), icon=":material/storefront:"),
            st.Page("app_pages/products.py", title=_("Products"), icon=":material/inventory_2:"),
            st.Page("app_pages/orders.py", title=_("Orders"), icon=":material/receipt:"),
            st.Page("app_pages/users.py", title=_("Users"), icon=":material/group:"),
            st.Page("app_pages/store.py", title=_("Store"), icon=":material/storefront:", visibility="hidden"),
            st.Page("app_pages/product.py", title=_("Product"), icon=":material/inventory_2:", visibility="hidden"),
            st.Page("app_pages/order.py", title=_("Order"), icon=":material/receipt:", visibility="hidden"),
        ],
        _("System"): [
            st.Page("app_pages/queues.py", title=_("Queues"), icon=":material/reorder:"),
            st.Page("app_pages/workers.py", title=_("Workers"), icon=":material/memory:"),
            st.Page("app_pages/audit.py", title=_("Audit"), icon=":material/history_edu:"),
            st.Page("app_pages/settings.py", title=_("Settings"), icon=":material/settings:"),
        ],
    },
    expanded=True,
)
st.session_state["page"] = page.url_path
person_menu.show()
language_menu.show()
notices.show()
dialogs.open_asked()
pause_banner.show()  # behind the dialogs: what it asks for is opened at the next run
page.run()
