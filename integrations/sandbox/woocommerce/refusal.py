"""How WooCommerce says no: `{"code", "message", "data": {"status", …}}`, as recorded."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.contract import Answer


class Refusal(Exception):
    """A request that is refused; `answer` is what goes out."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer.of({"code": code, "message": message, "data": {"status": status, **more}}, status)


def unknown_key() -> Refusal:
    """OAuth with a consumer key that does not exist."""
    return authentication("Consumer key is invalid.")


def authentication(message: str) -> Refusal:
    """Credentials that are there but wrong."""
    return Refusal(401, "woocommerce_rest_authentication_error", message)


def cannot_view(*, is_list: bool, is_known: bool) -> Refusal:
    """Nobody is logged in (401), or somebody who may not (403)."""
    message = "Sorry, you cannot list resources." if is_list else "Sorry, you cannot view this resource."
    return Refusal(403 if is_known else 401, "woocommerce_rest_cannot_view", message)


def no_route() -> Refusal:
    """A path or method that does not exist."""
    return Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")


def invalid_id(kind: str) -> Refusal:
    """A record that does not exist; customers and the rest say so differently (wc/v3 controllers)."""
    if kind == "customer":
        return Refusal(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return Refusal(404, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")


def not_built(name: str) -> Refusal:
    """A parameter that WooCommerce has and this sandbox has not: better an error than a wrong list."""
    return Refusal(501, "sandbox_not_built", f"The sandbox does not know the parameter {name}; build it in sandbox/woocommerce/.")
