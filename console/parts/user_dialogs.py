"""Add a user, create a product for one, look at what was created."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import dialogs, job_table, keyset, measures, notices, states, table
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from db.history import Wanted
from tasks.roles import Role

LATELY = timedelta(minutes=10)
UNFINISHED = ("queued", "delayed", "running", "retrying")
# a local part, an at sign, a domain with a dot
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def open_add_user() -> None:
    """Ask for the form, with the key that makes any number of clicks one person; in a callback."""
    dialogs.ask("add_user", key=secrets.token_hex(12))


@dialogs.opener("add_user")
@dialogs.titled(later("Add a user"), icon=":material/person_add:")
def add_user(key: str) -> None:
    """Name and address."""
    with st.form("add_user", border=False):
        st.text_input(_("Name"), key="user_name", required=True, max_chars=255)
        st.text_input(
            _("E-mail"),
            key="user_email",
            type="email",
            required=True,
            max_chars=255,
            validate=(_EMAIL, _("An e-mail address looks like ana@example.com")),
            placeholder="ana@example.com",
        )
        notices.problem("user")
        sent = st.form_submit_button(_("Add user"), type="primary", width="stretch", key="user_add", on_click=_add, args=(key,))
    if sent and "user_problem" not in st.session_state:
        st.rerun()


def _add(key: str) -> None:
    if st.session_state.get("user_added") == key:
        return  # the second half of a double click
    name, email = str(st.session_state.get("user_name", "")).strip(), str(st.session_state.get("user_email", "")).strip()

    def verb() -> str:
        return _("{name} is user {id}.").format(
            name=plain(name), id=tasks.add_user(name, email, by=allow(Role.OPERATOR, action="add_user", target=name))
        )

    if notices.attempt(verb, place="user"):
        st.session_state["user_added"] = key
        keyset.newest("users")


def open_create_product(user_id: int, name: str) -> None:
    """Ask for the form, with the key that makes any number of clicks one product; in a callback."""
    dialogs.ask("create_product", user_id=user_id, name=name, key=secrets.token_hex(12))


@dialogs.opener("create_product")
@dialogs.titled(later("Create a product"), icon=":material/add_box:")
def create_product(user_id: int, name: str, key: str) -> None:
    """What will be made, the one button, and then what became of it."""
    st.table(
        {
            _("For"): f"{plain(name)} :gray[{_('user {id}').format(id=user_id)}]",
            _("Name"): f"Product for {plain(name)}",
            _("Description"): _("Who it is for, and when it was made"),
            _("Price"): _("10.00 to 1,000.00, drawn at random"),
            _("Quantity"): _("1 to 100, drawn at random"),
            _("Category"): _("drawn at random"),
        },
        border="horizontal",
    )
    notices.problem("product")
    asked_key, job_id = st.session_state.get("product_asked", ("", 0))
    if asked_key == key:
        _watch(job_id, user_id, name)
    else:
        _warn_of_another(user_id)
        st.button(_("Create the product"), type="primary", width="stretch", key="product_create", on_click=_create, args=(user_id, key))
    dialogs.give_way()


def _warn_of_another(user_id: int) -> None:
    """Say so where this user got a product within the last minutes, or is about to get one: a second is seldom meant."""
    with guard(_("the products"), place="dialog"):
        waiting = loaders.jobs_page(Wanted(states=UNFINISHED, search=f"user:{user_id} task:create_product"), None, None, 1, True).rows
        last, now = next(iter(loaders.products_of(user_id)), None), datetime.now(UTC)
        if waiting:
            st.warning(_("Job {id} makes one for this user already.").format(id=waiting[0]["id"]), icon=":material/content_copy:")
        elif last is not None and now - last["created_at"] < LATELY:
            said = _("This user got a product {when}, No. {id}. Create another one only if two are meant.")
            st.warning(plain(said.format(when=measures.ago(last["created_at"], now), id=last["id"])), icon=":material/content_copy:")


def _create(user_id: int, key: str) -> None:
    def verb() -> str:
        asked = tasks.create_product_for_user(
            user_id,
            requested_by=allow(Role.OPERATOR, action="create_product", target=f"user:{user_id}"),
            metadata={"reason": "users page"},
            idempotency_key=key,
        )
        st.session_state["product_asked"] = (key, int(asked))
        return _("Job {id} creates the product.").format(id=int(asked))

    if st.session_state.get("product_asked", ("",))[0] != key:
        notices.attempt(verb, place="product")


@st.fragment(run_every=loaders.TICK_S)
def _watch(job_id: int, user_id: int, name: str) -> None:
    notices.show()
    with guard(_("the product")):
        row = loaders.job(job_id)
        if row is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                states.badge(states.of_job(row))
                st.text(job_table.note(row, row["now"]) or _waits(row))
                st.page_link(
                    "app_pages/job.py",
                    label=_("Job {id}").format(id=job_id),
                    icon=":material/receipt_long:",
                    query_params={"id": str(job_id)},
                )
            if row["state"] == "succeeded":
                _made(loaders.products_of(user_id)[:3])
    st.button(_("Create another"), icon=":material/add:", key="product_again", on_click=open_create_product, args=(user_id, name))
    dialogs.give_way()


def _made(rows: list[dict[str, Any]]) -> None:
    """The newest products, as much of them as a narrow dialog holds, and the way to the newest."""
    _list(rows, ("id", "name", "price", "quantity"))
    if rows:
        st.page_link(
            "app_pages/product.py", label=_("Open the product"), icon=":material/inventory_2:", query_params={"id": str(rows[0]["id"])}
        )


def _waits(row: dict[str, Any]) -> str:
    return _("Waits for a worker.") if row["state"] == "queued" else _("The product is made.")


@dialogs.opener("products")
@dialogs.titled(later("Products"), width="large", icon=":material/inventory_2:")
def products(user_id: int, name: str) -> None:
    """The newest products made for a user."""
    with guard(_("the products"), place="dialog"):
        rows = loaders.products_of(user_id)
        st.markdown(_("Made for **{name}**, newest first.").format(name=plain(name)))
        if rows:
            _list(rows)
        else:
            st.caption(_("Nothing has been made for this user yet."))
    st.button(_("Create product…"), icon=":material/add_box:", key="products_create", on_click=open_create_product, args=(user_id, name))  # fmt: skip
    dialogs.give_way()


def _list(rows: list[dict[str, Any]], order: tuple[str, ...] | None = None) -> None:
    table.show(
        pd.DataFrame(
            {
                "id": [row["id"] for row in rows],
                "name": [row["name"] for row in rows],
                "price": [measures.money(row["price"], row["currency"]) for row in rows],
                "quantity": [row["quantity"] for row in rows],
                "category": [row["category"] for row in rows],
                "made": [measures.exact(row["created_at"]) for row in rows],
            }
        ),
        {
            "id": st.column_config.NumberColumn(_("ID"), format="%d", width=60),
            "name": st.column_config.TextColumn(_("Name"), width=160),
            "price": st.column_config.TextColumn(_("Price"), width=90, alignment="right"),
            "quantity": st.column_config.NumberColumn(_("Quantity"), width=74),
            "category": st.column_config.TextColumn(_("Category"), width=110),
            "made": st.column_config.TextColumn(_("Made"), width=170),
        },
        alt=_("Products made for this user, newest first"),
        order=order,
    )
