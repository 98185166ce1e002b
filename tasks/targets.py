"""What a request may be about: a store that is there, a stream that its platform offers."""

from __future__ import annotations

from db import stores
from db.engine import reading
from db.stores import Store
from integrations import CONNECTORS
from integrations.connector import STREAMS
from tasks.bad_request import BadRequest


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
