"""What the lists of products and orders share: the row menu, the foot with its walk, count and CSV, the faces without rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from console import shop_loaders
from console.parts import csv_button, dialogs, keyset, measures
from console.parts.faces import empty, no_match
from console.parts.keyset import Shown
from console.parts.page_head import live
from console.words import _
from db.history import Answer


def menu() -> list[str]:
    """Details, Open page."""
    return [f":material/visibility: {_('Details')}", f":material/open_in_full: {_('Open page')}"]


def chosen(kind: str, number: int, label: str) -> None:
    """What a click in the row menu means; `kind` is product or order; in a callback."""
    if label == menu()[1]:
        dialogs.go(f"app_pages/{kind}.py", id=str(number))
    else:
        dialogs.ask(kind, number=number)


def total(stream: str, store: str | None) -> int:
    """How many are here, as the syncs' own pages counted them."""
    counted = shop_loaders.totals(stream)
    return sum(told["live"] for name, told in counted.items() if store in (None, name))


def foot(
    key: str, answer: Answer, shown: Shown, *, total: int | None, empty_title: str, empty_why: str, none_title: str, is_filtered: bool,
    on_clear: Callable[[], None], columns: Sequence[str], load: Callable[[int | None], Answer], chosen: object,
) -> None:  # fmt: skip
    """Draw what stands below the rows, or instead of them."""
    if not answer.rows and answer.searched_to is not None:
        empty(none_title, _("None in the newest part of the list. The search can go on among older ones."), icon="search_off",
              action=_("Search older"), on_click=lambda: keyset.go_before(key, shown, answer.searched_to or 0), key=key)  # fmt: skip
    elif not answer.rows and is_filtered:
        no_match(none_title, on_clear=on_clear, key=key)
    elif not answer.rows:
        empty(empty_title, empty_why, icon="inventory_2", action=_("Stores"), page="app_pages/stores.py", key=key)
    else:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            with st.container(horizontal=True, width="content"):
                keyset.walk(key, shown)
                if answer.searched_to is not None and not shown.has_older:
                    st.button(_("Search older"), icon=":material/manage_search:", key=f"{key}_search_older",
                              on_click=keyset.go_before, args=(key, shown, answer.searched_to))  # fmt: skip
                csv_button.show(key, columns, load, chosen)
            with st.container(horizontal=True, width="content"):
                if total is not None:
                    st.caption(_("{n} in all").format(n=measures.number(total)), width="content", help=_("As the syncs counted them."))
                st.caption(live(answer.at), width="content")
