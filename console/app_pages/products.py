"""Every product of every shop: found by name, SKU or the platform's id."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, shop_loaders
from console.parts import dialogs, keyset, measures, notices, record_filters, record_list, record_words, table
from console.parts.guard import guard
from console.parts.page_head import head
from console.words import _
from db import products
from db.products import Wanted

ROWS = 18
CSV = (
    "id",
    "store",
    "external_id",
    "name",
    "sku",
    "status",
    "price",
    "currency",
    "quantity",
    "variants",
    "category",
    "vendor",
    "source_updated_at",
)


def menu_clicked() -> None:
    """The click names a row; the row's product was frozen when it was drawn."""
    click = st.session_state["products_menu"]
    record_list.chosen("product", st.session_state["products_rows"][click.row], click.label)


with head(_("Products"), _("What the shops sell, as their platforms told it last.")):
    st.page_link("app_pages/users.py", label=_("Create for a user"), icon=":material/add_box:")
search, store = record_filters.show(
    "products",
    _("Name, SKU or ID"),
    _("A whole SKU or platform ID is found at once; part of a name is searched in the newest products first."),
)
wanted = Wanted(store=store, search=search)


def draw(rows: list[dict[str, Any]], now: Any) -> None:
    frame = pd.DataFrame(
        {
            "name": [row["name"] for row in rows],
            "store": [row["store_title"] or "–" for row in rows],
            "status": record_words.cells(rows, "status"),
            "sku": [row["sku"] for row in rows],
            "price": [measures.money(row["price"], row["currency"]) for row in rows],
            "stock": pd.array([row["quantity"] for row in rows], dtype="Int64"),
            "variants": pd.array([row["variants"] or None for row in rows], dtype="Int64"),
            "changed": measures.timedeltas([measures.age(row["source_updated_at"] or row["created_at"], now) for row in rows]),
            "menu": [record_list.menu()] * len(rows),
        }
    )
    with st.container(key="products"):
        table.show(
            frame,
            {
                "name": st.column_config.TextColumn(_("Product"), width=270),
                "store": st.column_config.TextColumn(_("Store"), width=140),
                "status": record_words.column(_("Status"), {str(row["status"]) for row in rows if row["status"]}, width=92),
                "sku": st.column_config.TextColumn("SKU", width=130),
                "price": st.column_config.TextColumn(_("Price"), width=110, alignment="right"),
                "stock": st.column_config.NumberColumn(_("In stock"), format="localized", width=76),
                "variants": st.column_config.NumberColumn(_("Variants"), format="localized", width=76),
                "changed": st.column_config.NumberColumn(_("Changed"), format="localized", alignment="right", width=84),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=menu_clicked, key="products_menu"),
            },
            alt=_("Products, newest first"),
            placeholder="",
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def listed() -> None:
    notices.show()
    with guard(_("the list of products")):
        answer, shown = keyset.frozen(
            "products",
            wanted,
            lambda before, after: shop_loaders.products_page(wanted, before, after, ROWS, False),
            lambda ids: shop_loaders.products_by_ids(ids, False),
        )
        st.session_state["products_rows"] = [row["id"] for row in answer.rows]
        if answer.rows:
            draw(answer.rows, answer.at)
        record_list.foot(
            "products", answer, shown, total=None if search else record_list.total("products", store),
            empty_title=_("No products yet"), empty_why=_("They appear here after a store's first sync of products."), none_title=_("No products match"),
            is_filtered=bool(search or store), on_clear=partial(record_filters.clear, "products"), columns=CSV,
            load=lambda before: products.page(wanted, before=before, limit=shop_loaders.CSV_PAGE), chosen=wanted,
        )  # fmt: skip
    dialogs.give_way()


listed()
