"""What was answered to calls with an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import api_answers
from db.api_answers import Kept
from db.engine import begin, in_transaction

KEPT_DAYS = 7


def reserve(key: str, fingerprint: str) -> Kept | None:
    """Note that this call is being made; what is known of it when it is not the first.

    Raises: DatabaseAway.
    """
    return in_transaction(lambda conn: api_answers.reserve(conn, key, fingerprint, keep_s=KEPT_DAYS * 86_400.0))


def keep(key: str, status: int, answer: Mapping[str, Any]) -> None:
    """Keep the answer for whoever asks again within a week.

    Raises: DatabaseAway.
    """
    in_transaction(lambda conn: api_answers.keep(conn, key, status, answer))


def release(key: str) -> None:
    """The call was refused; the same key may ask for something else.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        api_answers.release(conn, key)
