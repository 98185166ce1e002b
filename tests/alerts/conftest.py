"""A store, and a channel that hears. What is ours is imported late, as in tests/conftest.py."""

from __future__ import annotations

import pytest


@pytest.fixture
def store(clean):
    """A store whose orders are fresh and asked for each half hour, and a consumer that lives."""
    from sqlalchemy import insert

    import tasks
    from db import consumers, schema
    from db.columns import db_now
    from db.engine import begin
    from tasks import schedules
    from tests.alerts.looks import CONSUMER

    schedules.install()
    store_id = tasks.add_store("shop", platform="shopify", address="https://shop.example.com", by="test", title="Shop")
    with begin() as conn:
        consumers.beat(conn, CONSUMER)
        conn.execute(insert(schema.store_stream_stats).values(store_id=store_id, stream="orders", last_success_at=db_now()))
    return store_id


@pytest.fixture
def ops(store, work):
    """What came to a channel so far, as (kind, first words of the title)."""
    import tasks
    from tests.alerts.looks import later
    from tests.alerts.receivers import told, web_receiver

    with web_receiver() as (url, got, _):
        tasks.add_channel("ops", "webhook", {"url": url}, by="ana")

        def heard():
            later()
            work()
            return [(told(one)["kind"], told(one)["title"].partition(":")[0]) for one in got]

        yield heard
