"""One order: its facts, lines and refunds, the platform's own row, the syncs that brought it. For the drawer and the page."""

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


@dialogs.opener("order")
@dialogs.titled(later("Order"), width=680, position="right", icon=":material/receipt:")
def open_drawer(number: int) -> None:
    """Everything about the order, at the side."""
    show(number, place="drawer")


def show(number: int, *, place: str) -> None:
    """Draw it; `place` is "drawer" or "page"."""
    with guard(_("the order"), place="dialog" if place == "drawer" else "page"):
        row = shop_loaders.order(number)
        if row is None:
            empty(_("There is no such order"), _("It was never here, or its row was deleted."), icon="search_off",
                  action=_("All orders"), page="app_pages/orders.py", key=f"{place}_no_order")  # fmt: skip
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(row['number'])}**", width="content")
            for word in dict.fromkeys(
                ("deleted" if row["deleted_at"] else row["status"], row["payment_status"], row["fulfillment_status"])
            ):
                record_words.badge(word if word != "unknown" else None)
            if row["is_test"]:
                st.badge(_("Test order"), color="violet")
            if place == "drawer":
                st.space("stretch")
                st.page_link(
                    "app_pages/order.py", label=_("Open as page"), icon=":material/open_in_full:", query_params={"id": str(number)}
                )
        st.table(_facts(row), border="horizontal")
        _lines(row)
        _refunds(row)
        record_detail.foot(row, stream="orders", place=place)


def _facts(row: dict[str, Any]) -> dict[str, str]:
    now, currency = row["now"], row["currency"]
    customer = row["customer"] or {}
    name = " ".join(str(part) for part in (customer.get("first_name"), customer.get("last_name")) if part)
    raw = [row[one] for one in ("raw_status", "raw_payment_status", "raw_fulfillment_status") if row[one]]

    def when(moment: Any) -> str:
        return f"{measures.ago(moment, now)} :gray[{plain(measures.exact(moment))}]" if moment else ""

    facts = {
        _("Store"): f"{plain(row['store_title'] or '')} :gray[{plain(platforms.title(row['platform'] or ''))}]",
        _("Customer"): plain(" · ".join(part for part in (name, row["email"] or customer.get("email") or "") if part)),
        _("Placed"): when(row["placed_at"]),
        _("Cancelled"): when(row["cancelled_at"]),
        **{
            title: plain(measures.money(row[column], currency)) if row[column] else ""
            for title, column in (
                (_("Subtotal"), "subtotal"), (_("Discount"), "discount"), (_("Shipping"), "shipping"), (_("Tax"), "tax"), (_("Refunded"), "refunded"),
            )
        },
        _("Total"): f"**{plain(measures.money(row['total'], currency))}**",
        _("Platform's ID"): plain(row["external_id"] or ""),
        _("Platform's status"): plain(" · ".join(str(one) for one in raw)),
        **record_detail.times(row),
    }  # fmt: skip
    return {name: text for name, text in facts.items() if text}


def _lines(row: dict[str, Any]) -> None:
    lines, currency = row["lines"], row["currency"]
    if not lines:
        st.caption(_("This order has no lines."))
        return
    st.markdown(f"**{_('Lines')}**")
    table.show(
        pd.DataFrame(
            {
                "title": [one["title"] for one in lines],
                "sku": [one["sku"] for one in lines],
                "quantity": [one["quantity"] for one in lines],
                "price": [measures.money(one["unit_price"], currency) for one in lines],
                "total": [measures.money(one["total"], currency) for one in lines],
            }
        ).head(50),
        {
            "title": st.column_config.TextColumn(_("Article"), width=235),
            "sku": st.column_config.TextColumn("SKU", width=120),
            "quantity": st.column_config.NumberColumn(_("Quantity"), format="localized", width=74),
            "price": st.column_config.TextColumn(_("Each"), width=100, alignment="right"),
            "total": st.column_config.TextColumn(_("Total"), width=100, alignment="right"),
        },
        alt=_("Lines of this order"),
    )
    if len(lines) > 50 or row["more_lines"]:
        st.caption(_("The first 50 are shown; the raw record has all that the platform told."))


def _refunds(row: dict[str, Any]) -> None:
    refunds, currency = row["refunds"], row["currency"]
    if not refunds:
        return
    st.markdown(f"**{_('Refunds')}**")
    table.show(
        pd.DataFrame(
            {
                "at": [measures.exact(one["refunded_at"]) for one in refunds],
                "amount": [measures.money(one["amount"], currency) for one in refunds],
                "reason": [one["reason"] for one in refunds],
            }
        ),
        {
            "at": st.column_config.TextColumn(_("When"), width=190),
            "amount": st.column_config.TextColumn(_("Amount"), width=110, alignment="right"),
            "reason": st.column_config.TextColumn(_("Reason"), width=330),
        },
        alt=_("Refunds of this order"),
    )
