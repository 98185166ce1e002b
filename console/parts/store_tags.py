"""The tags of stores: a filter of the list, a field of the form, badges on the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import loaders
from console.parts import address, notices
from console.parts.plain import plain
from console.words import _
from db.engine import DatabaseAway
from tasks import store_tags

FILTER = "stores_tag"


def choose() -> list[str]:
    """The tags that are asked for: a store that is wanted has each of them. Nothing is drawn while no store has any."""
    known = _known()
    address.follow_many(FILTER, known)
    chosen = (
        st.multiselect(_("Tags"), known, key=FILTER, placeholder=_("Tags"), label_visibility="collapsed", width=200, select_all=False)
        if known
        else []
    )
    address.tell(FILTER, chosen)
    return list(chosen)


def _known() -> list[str]:
    try:
        return _of(loaders.board_of_stores(notices.has_just_written())[0])
    except DatabaseAway:  # the list itself says so; what a link asks for holds until it is back
        return [tag for tag in st.query_params.get(FILTER, "").split(",") if tag]


def _of(stores: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted({tag for store in stores for tag in store["tags"]})


def field(store: Mapping[str, Any], stores: Sequence[Mapping[str, Any]]) -> None:
    """Those of the store, to take away or to add to: tags that other stores have, or new ones."""
    st.multiselect(
        _("Tags"), _of(stores), default=store["tags"], key=_field_key(str(store["name"])), accept_new_options=True, max_selections=store_tags.MOST, select_all=False,
        placeholder=_("Choose or type one, such as eu"),
        help=_("Words to find it by: up to {most}, of letters, digits, -, _ and blanks.").format(most=store_tags.MOST),
    )  # fmt: skip


def given(name: str) -> list[str] | None:
    """What the field of this store holds; None where it was not drawn."""
    return list(st.session_state[_field_key(name)]) if _field_key(name) in st.session_state else None


def _field_key(name: str) -> str:
    return f"edit_tags_{name}"


def badges(store: Mapping[str, Any]) -> None:
    """Each tag, in a row that its caller has begun."""
    for tag in store["tags"]:
        st.badge(plain(tag), icon=":material/sell:", color="gray")
