"""One product: its facts, variants and stock, the platform's own row, the syncs that brought it. For the drawer and the page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import shop_loaders
from console.parts import dialogs, measures, platforms, record_detail, record_words, table
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later


@dialogs.opener("product")
@dialogs.titled(later("Product"), width=680, position="right", icon=":material/inventory_2:")
def open_drawer(number: int) -> None:
    """Everything about the product, at the side."""
    show(number, place="drawer")


def show(number: int, *, place: str) -> None:
    """Draw it; `place` is "drawer" or "page"."""
    with guard(_("the product"), place="dialog" if place == "drawer" else "page"):
        row = shop_loaders.product(number)
        if row is None:
            empty(_("There is no product {id}").format(id=number), _("It was never here, or its row was deleted."), icon="search_off",
                  action=_("All products"), page="app_pages/products.py", key=f"{place}_no_product")  # fmt: skip
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(row['name'])}**", width="content")
            record_words.badge("deleted" if row["deleted_at"] else row["status"])
            if place == "drawer":
                st.space("stretch")
                st.page_link(
                    "app_pages/product.py", label=_("Open as page"), icon=":material/open_in_full:", query_params={"id": str(number)}
                )
        st.table(_facts(row), border="horizontal")
        _variants(row)
        _stock(row)
        if row["description"]:
            with st.expander(_("Description"), icon=":material/notes:"):
                st.text(str(row["description"])[:5_000])
        record_detail.foot(row, stream="products", place=place)


def _facts(row: dict[str, Any]) -> dict[str, str]:
    facts = {
        _("Store"): f"{plain(row['store_title'])} :gray[{plain(platforms.title(row['platform']))}]" if row["store_title"] else "",
        _("For the user"): f"{plain(row['user'])} :gray[{row['user_id']}]" if row["user"] else "",
        _("Price"): plain(measures.money(row["price"], row["currency"])),
        _("In stock"): measures.whole(row["quantity"]) if row["quantity"] is not None else "",
        _("Category"): plain(row["category"] or ""),
        _("Vendor"): plain(row["vendor"] or ""),
        _("Platform's ID"): plain(row["external_id"] or ""),
        _("Platform's status"): plain(row["raw_status"] or ""),
        **record_detail.times(row),
    }
    return {name: text for name, text in facts.items() if text}


def _variants(row: dict[str, Any]) -> None:
    variants = row["variants"]
    if not variants:
        return
    st.markdown(f"**{_('Variants')}**")
    table.show(
        pd.DataFrame(
            {
                "title": [one["title"] for one in variants],
                "sku": [one["sku"] for one in variants],
                "price": [measures.money(one["price"], one["currency"] or row["currency"]) for one in variants],
                "stock": pd.array([one["quantity"] for one in variants], dtype="Int64"),
                "barcode": [one["barcode"] for one in variants],
            }
        ).head(50),
        {
            "title": st.column_config.TextColumn(_("Variant"), width=200),
            "sku": st.column_config.TextColumn("SKU", width=130),
            "price": st.column_config.TextColumn(_("Price"), width=110, alignment="right"),
            "stock": st.column_config.NumberColumn(_("In stock"), format="localized", width=80),
            "barcode": st.column_config.TextColumn(_("Barcode"), width=120),
        },
        alt=_("Variants of this product"),
    )
    if len(variants) > 50 or row["more_variants"]:
        st.caption(_("The first 50 are shown; the raw record has all that the platform told."))


def _stock(row: dict[str, Any]) -> None:
    levels = row["levels"]
    if not levels:
        return
    st.markdown(f"**{_('Stock by place')}**")
    table.show(
        pd.DataFrame(
            {
                "place": [one["location_name"] or one["location_id"] or "–" for one in levels],
                "sku": [one["sku"] for one in levels],
                **{
                    name: pd.array([one[name] for one in levels], dtype="Int64")
                    for name in ("available", "on_hand", "committed", "incoming")
                },
            }
        ).head(50),
        {
            "place": st.column_config.TextColumn(_("Location"), width=180),
            "sku": st.column_config.TextColumn("SKU", width=130),
            "available": st.column_config.NumberColumn(_("Available"), format="localized", width=80),
            "on_hand": st.column_config.NumberColumn(_("On hand"), format="localized", width=80),
            "committed": st.column_config.NumberColumn(_("Committed"), format="localized", width=86),
            "incoming": st.column_config.NumberColumn(_("Incoming"), format="localized", width=80),
        },
        alt=_("Stock of this product by place"),
    )
