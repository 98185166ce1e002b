"""Which installation this is: said beside every title and in every dialog that asks first, so that nobody takes one for another."""

from __future__ import annotations

import streamlit as st

from console.parts.plain import plain
from settings import settings


def badge() -> None:
    """ENVIRONMENT_NAME as a badge; nothing where it is not set."""
    if name := settings().environment_name:
        st.badge(plain(name, longest=40), icon=":material/dns:", color="violet")
