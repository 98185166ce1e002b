"""Who the person at the screen is, and what they may do."""

from __future__ import annotations

from tasks.roles import Actor, Role, require


def actor() -> Actor:
    """The person of this session, their role read anew."""
    return Actor("console", role=Role.ADMIN, source="console")


def person() -> str:
    """Their name, for what needs no more than a viewer."""
    return actor()


def may(role: Role) -> bool:
    """Whether to draw what needs this role. It forbids nothing: the deed asks `allow`."""
    return actor().may(role)


def allow(role: Role, *, action: str, target: str) -> Actor:
    """The person, for `by=` and `requested_by=`, when their role is enough.

    Raises: Denied, DatabaseAway.
    """
    return require(actor(), role, action=action, target=target)
