"""How TikTok Shop says no: `{"code", "message", "request_id"}`, most of them with HTTP 200. Codes and texts from its error index.

Not in the index, and so unverified: the code for a product that does not exist, for a worn-out page token and for a refused
refresh token.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.contract import Answer

REQUEST_ID = "202611220949301024509910319695C45A"
NOT_THERE = 12052901  # unverified


class Refusal(Exception):
    """A request that is refused; `answer` is what goes out."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.answer = enveloped(None, code=code, message=message, status=status)


def enveloped(data: Any, *, code: int = 0, message: str = "Success", status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """`data` in TikTok's envelope; a refusal has none."""
    content = {"code": code, "message": message, "request_id": REQUEST_ID}
    return Answer.of(content if data is None else {**content, "data": data}, status, headers)


def invalid(name: str, why: str, kind: str = "query") -> Refusal:
    """A parameter that cannot be."""
    return Refusal(36009004, f"Invalid parameter. The `{name}` {kind} parameter {why}.", 400)


def unknown_app() -> Refusal:
    """No such app."""
    return Refusal(36009004, "Invalid credentials. Invalid `app_key` query parameter.", 400)


def too_old() -> Refusal:
    """A timestamp of more than 5 minutes ago."""
    return Refusal(
        36009004, "Invalid timestamp. The value of the `timestamp` query parameter must not be earlier than 5 minutes before the current time."
    )  # fmt: skip


def too_new() -> Refusal:
    """A timestamp of more than 30 seconds ahead."""
    return Refusal(
        36009004,
        "Invalid timestamp. The value of the `timestamp` query parameter must not exceed the current time by more than 30 seconds.",
    )


def no_sign() -> Refusal:
    """No signature."""
    return Refusal(36009004, "Missing credentials. The request does not include a required signature in the query.")


def bad_sign() -> Refusal:
    """A signature that does not fit."""
    return Refusal(106001, "Invalid credentials. The `sign` query parameter is invalid.")


def bad_token() -> Refusal:
    """An access token that was never given out, or whose seller took it back."""
    return Refusal(36009004, "Invalid credentials. The `x-tts-access-token` header is invalid.", 401)


def expired_token() -> Refusal:
    """An access token that is too old."""
    return Refusal(105002, "Expired credentials. The `access_token` or `x-tts-access-token` header has expired.", 401)


def no_cipher() -> Refusal:
    """No shop named."""
    return Refusal(106013, "Missing identifier. The `shop_cipher` query parameter is required to identify the target shop.")


def needless_cipher() -> Refusal:
    """A shop named where none belongs."""
    return Refusal(36009004, "Unexpected identifier. The `shop_cipher` query parameter is not required for this request.")


def not_allowed(path: str) -> Refusal:
    """An app without the permission."""
    return Refusal(105005, f"Access denied. The app is not authorized to access the endpoint {path}.", 403)


def no_path() -> Refusal:
    """No such endpoint."""
    return Refusal(36009009, "Invalid path. The specified path does not match any available endpoint.", 404)


def wrong_method() -> Refusal:
    """An endpoint asked in another way."""
    return Refusal(36009010, "Invalid method. The request method does not match the endpoint.", 405)


def not_there(what: str) -> Refusal:
    """A record that does not exist."""
    return Refusal(NOT_THERE, f"The {what} does not exist.")
