"""How eBay says no: `{"errors": [{errorId, domain, category, message, …}]}`; the token endpoint says it in OAuth's way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.contract import Answer


class Refusal(Exception):
    """A request that is refused; `answer` is what goes out."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refused(
    status: int,
    number: int,
    message: str,
    *,
    domain: str,
    category: str = "REQUEST",
    headers: Mapping[str, str] | None = None,
    **named: str,
) -> Refusal:
    """An error of an API; `named` are its parameters."""
    return Refusal(Answer.of({"errors": [error(number, message, domain=domain, category=category, **named)]}, status, headers))


def error(number: int, message: str, *, domain: str, category: str = "REQUEST", **named: str) -> dict[str, Any]:
    """One entry of `errors`."""
    entry: dict[str, Any] = {"errorId": number, "domain": domain, "category": category, "message": message, "longMessage": message}
    if named:
        entry["parameters"] = [{"name": name, "value": value} for name, value in named.items()]
    return entry


def of_inventory(status: int, number: int, message: str, **named: str) -> Refusal:
    """An error of the Inventory API."""
    return refused(status, number, message, domain="API_INVENTORY", headers=None, **named)


def of_fulfillment(status: int, number: int, message: str, **named: str) -> Refusal:
    """An error of the Fulfillment API."""
    return refused(status, number, message, domain="API_FULFILLMENT", headers=None, **named)


def of_oauth(status: int, code: str, description: str) -> Refusal:
    """An error of the token endpoint."""
    return Refusal(Answer.of({"error": code, "error_description": description}, status))
