"""Cached reads of the pages Audit and Settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from db import accounts, audit, servers_health, tokens
from db.history import Answer
from db.reads import Fresh

_TTL = 4.8


@st.cache_data(ttl=_TTL, show_spinner=False, max_entries=200)
def audit_page(wanted: audit.Wanted, before: int | None, after: int | None, limit: int, fresh: Fresh) -> Answer:
    """See db.audit.page."""
    return audit.page(wanted, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=300, show_spinner=False, max_entries=200)
def audit_by_ids(ids: tuple[int, ...], fresh: Fresh) -> Answer:
    """See db.audit.by_ids; lines never change."""
    return audit.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=_TTL, show_spinner=False, max_entries=200)
def newer_audit(wanted: audit.Wanted, than: int) -> int:
    """How many such lines have come since the id `than`, at most 100."""
    return len(audit.page(wanted, after=than, limit=100).rows)


@st.cache_data(ttl=60, show_spinner=False, max_entries=5)
def audit_actions() -> list[str]:
    """See db.audit.actions."""
    return audit.actions()


@st.cache_data(ttl=_TTL, show_spinner=False, max_entries=5)
def accounts_every(fresh: Fresh) -> tuple[list[dict[str, Any]], datetime]:
    """See db.accounts.every."""
    return accounts.every(fresh=fresh)


@st.cache_data(ttl=_TTL, show_spinner=False, max_entries=5)
def tokens_every(fresh: Fresh) -> tuple[list[dict[str, Any]], datetime]:
    """See db.tokens.every."""
    return tokens.every(fresh=fresh)


@st.cache_data(ttl=_TTL, show_spinner=False, max_entries=5)
def databases() -> list[servers_health.Server]:
    """See db.servers_health.look."""
    return servers_health.look()
