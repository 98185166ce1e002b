"""Settings → People: who may use the console, as what, and how they sign in."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import people_loaders
from console.door import allow
from console.parts import act, confirm, dialogs, measures, notices, role_words, shown_once, table
from console.parts.confirm import Deed, Said
from console.parts.faces import empty
from console.parts.page_head import card, live
from console.parts.plain import plain
from console.words import _, later
from settings import settings
from tasks import members, passwords
from tasks.roles import Actor, Role


def show() -> None:
    """The list, and the way to add somebody."""
    people, now = people_loaders.accounts_every(notices.has_just_written())
    with card(_("People"), "people", aside=_("Who may use this console")):
        if people:
            _draw(people, now)
        else:
            empty(_("Nobody has an account"), _("The console is open to this machine alone. With the first admin's account everybody has to sign in."),
                  icon="person_off", key="people")  # fmt: skip
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            act.button(
                _("Add a person"), role=Role.ADMIN, key="people_add", icon=":material/person_add:", type="primary", on_click=_open_add
            )
            st.caption(live(now), width="content")


def _draw(people: list[dict[str, Any]], now: datetime) -> None:
    st.session_state["people_rows"] = [(one["name"], one["role"], one["disabled_at"] is not None) for one in people]
    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in people],
            "role": [[one["role"]] if one["disabled_at"] is None else ["out"] for one in people],
            "way": [_way(one) for one in people],
            "seen": measures.timedeltas([measures.age(one["last_seen_at"], now) for one in people]),
            "added": [_("{when} by {name}").format(when=measures.short(one["created_at"]), name=one["created_by"]) for one in people],
            "menu": [_menu(one["disabled_at"] is not None) for one in people],
        }
    )
    words = {**{role.value: role_words.title(role) for role in Role}, "out": _("Shut out")}
    with st.container(key="people"):
        table.show(
            frame,
            {
                "name": st.column_config.TextColumn(_("Name"), width=270),
                "role": st.column_config.MultiselectColumn(_("Role"), width=110, options=list(words), color=["gray", "blue", "violet", "red"],
                                                           format_func=lambda name: words[name]),
                "way": st.column_config.TextColumn(_("Signs in by"), width=230),
                "seen": st.column_config.NumberColumn(_("Last here"), format="localized", alignment="right", width=100),
                "added": st.column_config.TextColumn(_("Added"), width=250),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=_clicked, key="people_menu"),
            },
            alt=_("People and their roles"),
        )  # fmt: skip


def _way(one: dict[str, Any]) -> str:
    if not one["has_password"]:
        return _("Single sign-on only")
    return _("Password, to be changed first") if one["must_change_password"] else _("Password")


def _menu(is_out: bool) -> list[str]:
    first = f":material/login: {_('Let in again…')}" if is_out else f":material/badge: {_('Change role…')}"
    last = [] if is_out else [f":material/block: {_('Shut out…')}"]
    return [first, f":material/lock_reset: {_('New password…')}", *last]


def _clicked() -> None:
    click = st.session_state["people_menu"]
    name, role, is_out = st.session_state["people_rows"][click.row]
    chosen = _menu(is_out).index(click.label)
    if chosen == 0 and is_out:
        confirm.ask("enable_account", name=name)
    elif chosen == 0:
        dialogs.ask("role", name=name, role=role)
    elif chosen == 1:
        confirm.ask("reset_password", name=name)
    else:
        confirm.ask("disable_account", name=name)


def _open_add() -> None:
    dialogs.ask("add_person", key=secrets.token_hex(8))


@dialogs.opener("add_person")
@dialogs.titled(later("Add a person"), icon=":material/person_add:")
def add_person(key: str) -> None:
    """Name, role, and whether they get a first password."""
    with st.form("add_person", border=False):
        st.text_input(_("Name"), key="person_name", required=True, max_chars=191, placeholder="ana@example.com", autocomplete="off",
                      help=_("What they sign in with; the same as at the identity provider where there is one."))  # fmt: skip
        st.selectbox(_("Role"), list(Role), key="person_role", format_func=role_words.title,
                     help=" ".join(f"**{role_words.title(role)}:** {role_words.may(role)}" for role in Role))  # fmt: skip
        if settings().has_oidc or settings().has_auth_proxy:
            st.checkbox(_("Also with a password"), key="person_password")
        notices.problem("person")
        st.form_submit_button(_("Add"), type="primary", width="stretch", key="person_add", on_click=_add, args=(key,))
    dialogs.give_way()


def _add(key: str) -> None:
    if st.session_state.get("person_added") == key:
        return  # the second half of a double click
    name, role = str(st.session_state.get("person_name") or ""), str(st.session_state.get("person_role") or "")
    needs = not (settings().has_oidc or settings().has_auth_proxy) or bool(st.session_state.get("person_password"))
    made = passwords.made_up() if needs else None

    def verb() -> str:
        members.add_account(name, role, password=made, by=allow(Role.ADMIN, action="add_account", target=f"account:{name}"))
        return _("{name} is here now: {role}.").format(name=plain(name), role=role_words.title(role))

    if notices.attempt(verb, place="person"):
        st.session_state["person_added"] = key
        if made:
            _show_password(name, made)
        else:
            dialogs.go("app_pages/settings.py", settings_part="people")


def _show_password(name: str, made: str) -> None:
    shown_once.ask(made, why=_("The first password of {name}. It has to be changed at the first sign-in.").format(name=name))


@dialogs.opener("role")
@dialogs.titled(later("Change role"), icon=":material/badge:")
def change_role(name: str, role: str) -> None:
    """Another role for one person."""
    st.markdown(f"**{plain(name)}**")
    roles = list(Role)
    wanted = st.radio(_("Role"), roles, index=roles.index(Role(role)), key=f"role_wanted_{name}", format_func=role_words.title,
                      captions=[role_words.may(one) for one in roles])  # fmt: skip
    notices.problem("role")
    done = st.button(
        _("Change"), type="primary", width="stretch", key="role_save", on_click=_set_role, args=(name,), disabled=wanted == role
    )
    if done and "role_problem" not in st.session_state:
        st.rerun()


def _set_role(name: str) -> None:
    role = str(st.session_state[f"role_wanted_{name}"])

    def verb() -> str:
        members.set_role(name, role, by=allow(Role.ADMIN, action="set_role", target=f"account:{name}"))
        return _("{name} is {role} now; open pages follow within seconds.").format(name=plain(name), role=role_words.title(role))

    notices.attempt(verb, place="role")


def _disable(by: Actor, said: Said, name: str) -> str:
    members.disable_account(name, by=by)
    return _("{name} is shut out.").format(name=plain(name))


def _enable(by: Actor, said: Said, name: str) -> str:
    members.enable_account(name, by=by)
    return _("{name} may sign in again.").format(name=plain(name))


def _reset(by: Actor, said: Said, name: str) -> str:
    _show_password(name, members.reset_password(name, by=by))
    return _("{name} has a new password.").format(name=plain(name))


def _account(name: str) -> str:
    return f"account:{name}"


confirm.declare(
    "disable_account",
    Deed(title=later("Shut this person out?"), verb=later("Shut out"), icon=":material/block:", role=Role.ADMIN, act=_disable, target=_account,
         effect=lambda name: [f"**{plain(name)}**", _("Their sessions end within seconds, on every device. What they did stays in the audit log.")]),
)  # fmt: skip
confirm.declare(
    "enable_account",
    Deed(title=later("Let this person in again?"), verb=later("Let in"), icon=":material/login:", role=Role.ADMIN, act=_enable, target=_account,
         effect=lambda name: [f"**{plain(name)}**", _("They have the role that they had, and sign in anew.")]),
)  # fmt: skip
confirm.declare(
    "reset_password",
    Deed(title=later("A new password?"), verb=later("Make one"), icon=":material/lock_reset:", role=Role.ADMIN, act=_reset, target=_account,
         effect=lambda name: [f"**{plain(name)}**", _("The old password and their sessions end. A lock by wrong passwords is lifted. They choose their own at the next sign-in.")]),
)  # fmt: skip
