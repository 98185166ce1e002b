"""Reads the query of a call. Parameters that Amazon does not know are ignored, as Amazon does; known ones have to be right."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from integrations.sandbox.amazon.refusal import invalid

Params = Mapping[str, str]


def words(params: Params, name: str, *, most: int | None = None, allowed: Sequence[str] = ()) -> list[str]:
    """A comma-separated list. Raises: Refusal."""
    found = [word for word in params.get(name, "").split(",") if word]
    if most is not None and len(found) > most:
        raise invalid(f"'{name}' may have {most} values at most.")
    if allowed and (wrong := [word for word in found if word not in allowed]):
        raise invalid(f"'{name}' has the value '{wrong[0]}', which is none of {', '.join(allowed)}.")
    return found


def one_of(params: Params, name: str, allowed: Sequence[str], default: str = "") -> str:
    """A word of a set. Raises: Refusal."""
    value = params.get(name, default)
    if value not in allowed:
        raise invalid(f"'{name}' has to be one of {', '.join(allowed)}.")
    return value


def number(params: Params, name: str, low: int, high: int, default: int) -> int:
    """A whole number between `low` and `high`. Raises: Refusal."""
    text = params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise invalid(f"'{name}' has to be between {low} and {high}.")
    return int(text)


def moment(params: Params, name: str) -> float | None:
    """ISO 8601 with a zone, in Unix seconds. Raises: Refusal."""
    text = params.get(name)
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"'{name}' is no ISO 8601 date-time.") from None
    if "T" not in text or when.tzinfo is None:
        raise invalid(f"'{name}' is no ISO 8601 date-time with a zone.")
    return when.astimezone(UTC).timestamp()


def marketplaces(params: Params, ours: str, *, is_required: bool = True) -> None:
    """Raises: Refusal unless `marketplaceIds` names the seller's."""
    found = words(params, "marketplaceIds", most=50)
    if (is_required or found) and ours not in found:
        raise invalid("Invalid marketplaceIds provided.")


def mark(params: Params, *left_out: str) -> str:
    """A digest of a question without its page: a token fits no other question."""
    question = sorted((name, value) for name, value in params.items() if name not in left_out)
    return hashlib.blake2b(repr(question).encode(), digest_size=6).hexdigest()


def token(content: Mapping[str, object]) -> str:
    """An opaque page token."""
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def read_token(text: str, name: str, of: str) -> dict[str, object]:
    """The content of a token of the question `of`. Raises: Refusal."""
    try:
        content = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, UnicodeError):
        content = None
    if not isinstance(content, dict) or content.get("of") != of:
        raise invalid(f"The provided '{name}' is invalid, or other parameters changed with it.")
    return content
