"""What a request may be about: a store that is there, a stream that its platform offers, a queue; and that it says why."""

from __future__ import annotations

from db import stores
from db.engine import reading
from db.job_state import QUEUES
from db.stores import Store
from integrations import CONNECTORS
from integrations.connector import STREAMS
from tasks.bad_request import BadRequest

_LONGEST_REASON = 512


def check_stream(store: str, stream: str) -> Store:
    """The store, if it is there and its platform offers the stream.

    Raises: BadRequest, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        known = stores.by_name(conn, store)
    if known is None:
        raise BadRequest("store", f"There is no store {store!r}. Stores are listed on the page Stores.")
    platform = known.platform
    if stream not in STREAMS:
        raise BadRequest("stream", f"There is no stream {stream!r}; choose one of {', '.join(STREAMS)}.")
    facts = CONNECTORS[platform].streams.get(stream) if platform in CONNECTORS else None
    if facts is None or not facts.is_offered:
        raise BadRequest("stream", f"{platform} does not offer {stream}." + (f" {facts.note}" if facts and facts.note else ""))
    return known


def check_queue(queue: str) -> None:
    """Raises: BadRequest where there is no such queue."""
    if queue not in QUEUES:
        raise BadRequest("queue", f"There is no queue {queue!r}; choose one of {', '.join(QUEUES)}.")


def check_reason(reason: str) -> str:
    """The reason, trimmed.

    Raises: BadRequest where there is none, or too much of it.
    """
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise BadRequest("reason", f"Say in 1 to {_LONGEST_REASON} characters why; others will want to know.")
    return reason
