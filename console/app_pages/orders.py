"""Every order of every shop: found by number, e-mail or the platform's id."""

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
from db import orders
from db.orders import Wanted

ROWS = 18
CSV = ("id", "store", "number", "external_id", "placed_at", "status", "payment_status", "fulfillment_status", "total", "refunded", "currency", "email",
       "lines", "source_updated_at")  # fmt: skip


def menu_clicked() -> None:
    """The click names a row; the row's order was frozen when it was drawn."""
    click = st.session_state["orders_menu"]
    record_list.chosen("order", st.session_state["orders_rows"][click.row], click.label)


with head(_("Orders"), _("What the shops have sold, last placed first.")):
    pass
search, store = record_filters.show(
    "orders", _("Order number, e-mail or ID"), _("Numbers and e-mail addresses are found by how they begin, with or without #, at any age.")
)
wanted = Wanted(store=store, search=search)


def draw(rows: list[dict[str, Any]], now: Any) -> None:
    frame = pd.DataFrame(
        {
            "number": [row["number"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "status": record_words.cells(rows, "status"),
            "payment": record_words.cells(rows, "payment_status"),
            "fulfilment": record_words.cells(rows, "fulfillment_status"),
            "total": [measures.money(row["total"], row["currency"]) for row in rows],
            "lines": pd.array([row["lines"] for row in rows], dtype="Int64"),
            "customer": [row["email"] for row in rows],
            "placed": measures.timedeltas([measures.age(row["placed_at"], now) for row in rows]),
            "menu": [record_list.menu()] * len(rows),
        }
    )

    def badges(title: str, name: str, width: int) -> Any:
        return record_words.column(title, {str(row[name]) for row in rows if row[name]}, width=width)

    with st.container(key="orders"):
        table.show(
            frame,
            {
                "number": st.column_config.TextColumn(_("Order"), width=110),
                "store": st.column_config.TextColumn(_("Store"), width=140),
                "status": badges(_("Status"), "status", 100),
                "payment": badges(_("Payment"), "payment_status", 126),
                "fulfilment": badges(_("Fulfilment"), "fulfillment_status", 126),
                "total": st.column_config.TextColumn(_("Total"), width=112, alignment="right"),
                "lines": st.column_config.NumberColumn(_("Lines"), format="localized", width=56),
                "customer": st.column_config.TextColumn(_("Customer"), width=190),
                "placed": st.column_config.NumberColumn(_("Placed"), format="localized", alignment="right", width=80),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=menu_clicked, key="orders_menu"),
            },
            alt=_("Orders, last placed first"),
            placeholder="",
        )


@st.fragment(run_every=loaders.SLOW_TICK_S)
def listed() -> None:
    notices.show()
    with guard(_("the list of orders")):
        answer, shown = keyset.frozen(
            "orders",
            wanted,
            lambda before, after: shop_loaders.orders_page(wanted, before, after, ROWS, False),
            lambda ids: shop_loaders.orders_by_ids(ids, False),
        )
        st.session_state["orders_rows"] = [row["id"] for row in answer.rows]
        if answer.rows:
            draw(answer.rows, answer.at)
        record_list.foot(
            "orders", answer, shown, total=None if search else record_list.total("orders", store),
            empty_title=_("No orders yet"), empty_why=_("They appear here after a store's first sync of orders."), none_title=_("No orders match"),
            is_filtered=bool(search or store), on_clear=partial(record_filters.clear, "orders"), columns=CSV,
            load=lambda before: orders.page(wanted, before=before, limit=shop_loaders.CSV_PAGE), chosen=wanted,
        )  # fmt: skip
    dialogs.give_way()


listed()
