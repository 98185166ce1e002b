"""How the Selling Partner API says no: `{"errors": [{"code", "message", "details"}]}`."""

from __future__ import annotations

from integrations.sandbox.contract import Answer

DENIED = "Access to requested resource is denied."


class Refusal(Exception):
    """A request that is refused; `answer` is what goes out."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.answer = Answer.of({"errors": [{"code": code, "message": message, "details": details}]}, status)


def invalid(details: str) -> Refusal:
    """A parameter that cannot be."""
    return Refusal(400, "InvalidInput", "Invalid Input", details)


def bad_token(details: str) -> Refusal:
    """An access token that is missing, unknown or too old."""
    return Refusal(403, "Unauthorized", DENIED, details)


def no_role(details: str = "") -> Refusal:
    """A good token whose application has not the role: the same code as for a bad token."""
    return Refusal(403, "Unauthorized", DENIED, details)


def not_found(message: str) -> Refusal:
    """Something that does not exist."""
    return Refusal(404, "NotFound", message)


def quota() -> Refusal:
    """Too many requests."""
    return Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
