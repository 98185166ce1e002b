"""Buttons of deeds: one whose role is not enough is drawn, disabled, and says what it needs. The deed itself asks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from console.door import may, why_not
from tasks.roles import Role


def button(
    label: str, *, role: Role, key: str, on_click: Callable[..., None], icon: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None,
    type: Literal["primary", "secondary", "tertiary"] = "secondary", disabled: bool = False, shortcut: str | None = None,
    width: Literal["content", "stretch"] = "content",
) -> None:  # fmt: skip
    """Draw it; `on_click` runs in a callback."""
    is_allowed = may(role)
    st.button(label, icon=icon, type=type, key=key, on_click=on_click, args=args, kwargs=kwargs or {}, shortcut=shortcut, width=width,
              disabled=disabled or not is_allowed, help=why_not(role) or None)  # fmt: skip
