"""Connect a store, change one. Secrets go in and never come out: their fields are emptied with every click."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import dialogs, measures, notices, platforms, store_tags
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Role

# the rule of tasks.add_store, told before the click
_NAME = r"^[A-Za-z0-9_]{1,64}$"
_ADDRESS = r"^https?://[^/\s]+.*$"
_ADDRESSES = {
    "amazon": "https://sellingpartnerapi-eu.amazon.com", "ebay": "https://api.ebay.com", "shopify": "https://acme.myshopify.com",
    "tiktok": "https://open-api.tiktokglobalshop.com", "woocommerce": "https://shop.example",
}  # fmt: skip
_FIELDS = ("name", "platform", "address")


def open_connect() -> None:
    """Ask for the form, with the key that makes any number of clicks one store; in a callback."""
    _forget("connect")
    dialogs.ask("connect_store", key=secrets.token_hex(12))


@dialogs.opener("connect_store")
@dialogs.titled(later("Connect a store"), icon=":material/add_business:", width=560)
def connect(key: str) -> None:
    """Platform first: it says which secrets are asked for."""
    platform = st.selectbox(
        _("Platform"), platforms.ALL, index=None, format_func=platforms.title, key="connect_platform", placeholder=_("Choose a platform")
    )
    if platform is None:
        st.caption(_("The platform says what it has to be told."))
        return
    with st.form("connect_store", border=False, enter_to_submit=False):
        left, right = st.columns(2)
        left.text_input(_("Name"), key="connect_name", required=True, max_chars=64, validate=(_NAME, _("1 to 64 letters, digits or _")), placeholder="shop1",
                        help=_("How jobs, scripts and variables call it: 1 to 64 letters, digits or _. It stays."))  # fmt: skip
        right.text_input(_("Title"), key="connect_title", max_chars=255, placeholder=_("As people call it"))
        _wrong("connect", "name")
        st.text_input(
            _("Address"),
            key="connect_address",
            required=True,
            max_chars=512,
            validate=(_ADDRESS, _("An address begins with https://")),
            placeholder=_ADDRESSES.get(platform, "https://"),
        )
        _wrong("connect", "address")
        _secret_fields("connect", platform, is_new=True)
        notices.problem("connect", besides=_FIELDS)
        st.form_submit_button(
            _("Connect store"), type="primary", width="stretch", key="connect_go", on_click=_connect, args=(key, platform)
        )
    dialogs.give_way()


def _connect(key: str, platform: str) -> None:
    given = _take_secrets("connect", platform)
    if st.session_state.get("connected") == key:
        return  # the second half of a double click
    name, title, address = (_text(f"connect_{field}") for field in ("name", "title", "address"))

    def verb() -> str:
        tasks.add_store(
            name,
            platform=platform,
            address=address,
            title=title,
            secrets_given=given,
            by=allow(Role.ADMIN, action="add_store", target=f"store:{name}"),
        )
        return _("{store} is connected.").format(store=plain(title or name))

    if _attempt(verb, "connect", given):
        st.session_state["connected"] = key
        dialogs.ask("store", name=name)


def open_edit(name: str) -> None:
    """Ask for the form; in a callback."""
    _forget("edit")
    dialogs.ask("edit_store", name=name)


@dialogs.opener("edit_store")
@dialogs.titled(later("Edit store"), icon=":material/edit:", width=560)
def edit(name: str) -> None:
    """Title, address, tags, new secrets; a field of a secret that is left empty changes nothing."""
    with guard(_("the store"), place="dialog"):
        stores, _now = loaders.board_of_stores(notices.has_just_written())
        store = next((one for one in stores if one["name"] == name), None)
        if store is None:
            st.markdown(_("This store is not there any more."))
            return
        st.caption(plain(f"{platforms.title(store['platform'])} · {name}"))
        with st.form("edit_store", border=False, enter_to_submit=False):
            st.text_input(_("Title"), value=store["title"], key=f"edit_title_{name}", required=True, max_chars=255)
            st.text_input(
                _("Address"),
                value=store["address"],
                key=f"edit_address_{name}",
                required=True,
                max_chars=512,
                validate=(_ADDRESS, _("An address begins with https://")),
            )
            _wrong("edit", "address")
            store_tags.field(store, stores)
            _wrong("edit", "tags")
            _secret_fields("edit", store["platform"], is_new=False)
            notices.problem("edit", besides=("address", "tags"))
            st.form_submit_button(
                _("Save"), type="primary", width="stretch", key="edit_go", on_click=_change, args=(name, store["platform"])
            )
    dialogs.give_way()


def _change(name: str, platform: str) -> None:
    given = _take_secrets("edit", platform)

    def verb() -> str:
        tasks.change_store(
            name,
            by=allow(Role.ADMIN, action="change_store", target=f"store:{name}"),
            address=_text(f"edit_address_{name}"),
            title=_text(f"edit_title_{name}"),
            tags=store_tags.given(name),
            secrets_given=given,
        )
        return measures.counted("Saved, with {n} new secret.", "Saved, with {n} new secrets.", len(given)) if given else _("Saved.")

    if _attempt(verb, "edit", given):
        dialogs.ask("store", name=name)


def _attempt(verb: Callable[[], str], place: str, given: dict[str, str]) -> bool:
    """Run it; a person whose secrets are gone from the form has to know."""
    went_well = notices.attempt(verb, place=place)
    st.session_state[f"{place}_emptied"] = bool(given) and not went_well
    return went_well


def _secret_fields(place: str, platform: str, *, is_new: bool) -> None:
    names = tasks.secret_names(platform)
    st.markdown(f"**{_('Credentials')}**")
    with st.grid(2, min_column_width=200):
        for name in (*names["required"], *names["optional"]):
            st.text_input(
                _("{secret} (optional)").format(secret=_label(name)) if name in names["optional"] else _label(name), type="password", key=_secret_key(place, name),
                autocomplete="new-password", max_chars=4096, placeholder="" if is_new else _("Unchanged"),
            )  # fmt: skip
    example = f"{platform}_{names['required'][0]}".upper() if names["required"] else ""
    if is_new and example:
        st.caption(
            plain(
                _("Kept encrypted and never shown again. One left empty is read from the environment, such as {example}.").format(
                    example=f"{example}_shop1"
                )
            )
        )
    elif example:
        st.caption(_("Kept encrypted and never shown. A field left empty leaves its secret as it is."))
    if st.session_state.get(f"{place}_emptied"):
        st.caption(f":orange[{_('The secrets were not kept: enter them again.')}]")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize().replace(" id", " ID")


def _secret_key(place: str, name: str) -> str:
    return f"{place}_secret_{name}_{st.session_state.get(f'{place}_turn', 0)}"


def _take_secrets(place: str, platform: str) -> dict[str, str]:
    """What was typed. The fields get other keys: Streamlit forgets what stood in a field only when it is not drawn any more."""
    names = tasks.secret_names(platform)
    given = {name: _text(_secret_key(place, name)) for name in (*names["required"], *names["optional"])}
    st.session_state[f"{place}_turn"] = st.session_state.get(f"{place}_turn", 0) + 1
    return {name: value for name, value in given.items() if value}


def _wrong(place: str, field: str) -> None:
    notices.problem(place, only=field)


def _text(key: str) -> str:
    return str(st.session_state.get(key) or "").strip()


def _forget(place: str) -> None:
    """What a form said when it was last open."""
    for key in (f"{place}_problem", f"{place}_field", f"{place}_emptied"):
        st.session_state.pop(key, None)
