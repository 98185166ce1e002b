"""One order on a page of its own, to link to: /order?id=42."""

from __future__ import annotations

import streamlit as st

from console.parts import order_detail
from console.parts.faces import empty
from console.parts.page_head import head
from console.words import _

wanted = str(st.query_params.get("id", ""))
with head(_("Order"), _("As its platform told it last, and how it came here.")):
    st.page_link("app_pages/orders.py", label=_("All orders"), icon=":material/arrow_back:")
if wanted.isdecimal() and wanted.isascii():
    with st.container(width=860):
        order_detail.show(int(wanted[:18]), place="page")
else:
    empty(_("Which order?"), _("The address ends with our number of it, like {example}.").format(example="/order?id=42"), icon="search_off",
          action=_("All orders"), page="app_pages/orders.py", key="order_none")  # fmt: skip
