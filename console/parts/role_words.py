"""What the roles are called, and what each may do."""

from __future__ import annotations

from console.words import _, later
from tasks.roles import Role

TITLES = {Role.VIEWER: later("Viewer"), Role.OPERATOR: later("Operator"), Role.ADMIN: later("Admin")}
_MAY = {
    Role.VIEWER: later("Reads everything, the audit log too."),
    Role.OPERATOR: later("Also syncs, retries, cancels, pauses, creates products."),
    Role.ADMIN: later("Also stores and their secrets, people, tokens, settings, and what cannot be undone."),
}


def title(role: str) -> str:
    """Viewer, Operator or Admin."""
    return _(TITLES[Role(role)])


def may(role: str) -> str:
    """One sentence on what the role is for."""
    return _(_MAY[Role(role)])
