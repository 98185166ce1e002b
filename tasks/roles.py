"""What a person may do. Asked again in each action, just before the deed; a refusal is in the audit log."""

from __future__ import annotations

from enum import StrEnum

from db import audit
from db.audit import Person
from db.engine import begin


class Role(StrEnum):
    """Each may do what the ones before it may."""

    VIEWER = "viewer"  # reads everything, the audit log too
    OPERATOR = "operator"  # syncs, retries, cancels, pauses, creates products
    ADMIN = "admin"  # stores and their secrets, people, tokens, settings, what cannot be undone


_RANK = {role: rank for rank, role in enumerate(Role)}


class Actor(Person):
    """Somebody whose role is known; goes wherever a name goes (`by=`, `requested_by=`)."""

    __slots__ = ("role",)
    role: Role

    def __new__(cls, name: str, *, role: Role, source: str = "script", address: str | None = None) -> Actor:
        """See the class."""
        made = super().__new__(cls, name, source=source, address=address)
        assert isinstance(made, Actor)
        made.role = role
        return made

    def may(self, role: Role) -> bool:
        """Whether their role is enough."""
        return _RANK[self.role] >= _RANK[role]


class Denied(Exception):
    """The role is not enough; the text is fit for the person."""


def require(actor: Actor, role: Role, *, action: str, target: str) -> Actor:
    """The actor, when they may; call it where the deed is done, not where its button is drawn.

    Raises: Denied, which is in the audit log by then; DatabaseAway.
    """
    if not actor.may(role):
        with begin() as conn:
            audit.write(conn, person=actor, action=action, target=target, outcome="denied", detail={"role": actor.role, "needs": role})
        raise Denied(f"This needs the role {role}; {actor} has the role {actor.role}. Ask an admin.")
    return actor
