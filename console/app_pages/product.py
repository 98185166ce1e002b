"""One product on a page of its own, to link to: /product?id=42."""

from __future__ import annotations

import streamlit as st

from console.parts import product_detail
from console.parts.faces import empty
from console.parts.page_head import head
from console.words import _

wanted = str(st.query_params.get("id", ""))
with head(_("Product"), _("As its platform told it last, and how it came here.")):
    st.page_link("app_pages/products.py", label=_("All products"), icon=":material/arrow_back:")
if wanted.isdecimal() and wanted.isascii():
    with st.container(width=860):
        product_detail.show(int(wanted[:18]), place="page")
else:
    empty(_("Which product?"), _("The address ends with our number of it, like {example}.").format(example="/product?id=42"), icon="search_off",
          action=_("All products"), page="app_pages/products.py", key="product_none")  # fmt: skip
