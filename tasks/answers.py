"""What was answered to calls with an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import api_answers
from db.api_answers import Kept
from db.engine import begin, in_transaction

KEPT_DAYS = 7
AT_WORK_S = 60.0  # a call that has had no answer for so long has died with its console; no call takes as long


def reserve(key: str, fingerprint: str, *, by: str) -> Kept | None:
    """Note that the call `by` is being made; None when it is its turn, else what is known of the one before.

    Raises: DatabaseAway.
    """
    return in_transaction(lambda conn: api_answers.reserve(conn, key, fingerprint, by=by, keep_s=KEPT_DAYS * 86_400.0, at_work_s=AT_WORK_S))


def keep(key: str, status: int, answer: Mapping[str, Any], *, by: str) -> None:
    """Keep the answer of the call `by` for whoever asks again within a week.

    Raises: DatabaseAway.
    """
    in_transaction(lambda conn: api_answers.keep(conn, key, status, answer, by=by))


def release(key: str, *, by: str) -> None:
    """The call `by` has no answer that could be kept; the same key may ask again, or for something else.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        api_answers.release(conn, key, by=by)
