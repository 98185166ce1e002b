"""The primary dies and a replica takes its place: what waits, what is lost, and that the next sync brings it back."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

import tasks
from db.engine import DatabaseAway, begin, primary, reading
from db.migrate import upgrade
from db.schema import orders, requests, store_stream_stats
from integrations.sandbox.server import running
from integrations.sandbox.shop import ShopSpec
from tests.database.cluster import Cluster, address, ask, database_at, run, status
from tests.faults.proxy import Proxy
from tests.servers import until
from tests.sync.test_faithful import finish

pytestmark = [pytest.mark.faults, pytest.mark.processes]


@pytest.fixture(params=[False, True], ids=["asynchronous", "semi-synchronous"])
def failover(request, ground, tmp_path):
    """A cluster whose primary is reached through an address that can be pointed at another server."""
    cluster = Cluster(tmp_path, is_semi_sync=request.param)
    way = Proxy(("127.0.0.1", cluster.primary.port))
    try:
        with database_at(f"127.0.0.1:{way.port}", *(address(replica) for replica in cluster.replicas)):
            upgrade()
            cluster.caught_up()
            yield cluster, way, request.param
    finally:
        way.close()
        cluster.stop()


def fail_over(cluster, way):
    cluster.primary.kill()
    cluster.promote(cluster.newest())
    way.target = ("127.0.0.1", cluster.primary.port)


@contextmanager
def writing():
    """A thread that writes row after row; the names of those that were acknowledged."""
    acknowledged, stop = [], threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            try:
                with begin() as conn:
                    conn.execute(insert(requests).values(server_id=f"w{number}"))
            except (DatabaseAway, SQLAlchemyError):
                continue
            acknowledged.append(f"w{number}")

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        writer.join(timeout=60)


def stored():
    with reading(fresh=True) as conn:
        return set(conn.scalars(select(requests.c.server_id)))


def test_what_was_acknowledged_is_there_after_the_failover_if_a_replica_had_to_have_it(failover):
    cluster, way, is_semi_sync = failover
    with writing() as acknowledged:
        until("rows are written", lambda: len(acknowledged) > 50)
        for replica in cluster.replicas:
            run(replica, "STOP SLAVE IO_THREAD")
        cut_off = len(acknowledged)
        if not is_semi_sync:
            until("rows are written that no replica has", lambda: len(acknowledged) > cut_off + 50)
        fail_over(cluster, way)
        there_again = len(acknowledged)
        until("writing goes on by itself", lambda: len(acknowledged) > there_again + 20)
    lost = set(acknowledged) - stored()
    assert bool(lost) is not is_semi_sync, f"{len(lost)} acknowledged rows are gone"


@pytest.mark.parametrize("failover", [True], indirect=True, ids=["semi-synchronous"])
def test_what_a_replica_has_received_and_not_applied_yet_is_not_lost(failover):
    """A commit is acknowledged when a replica has received it; the one that has received most may have applied least."""
    cluster, way, _ = failover
    quick, slow = cluster.replicas
    run(slow, "STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY = 3", "START SLAVE")
    until("it replicates again", lambda: status(slow)["Slave_IO_Running"] == "Yes")
    with writing() as acknowledged:
        until("rows are written", lambda: len(acknowledged) > 20)
        run(quick, "STOP SLAVE IO_THREAD")
        cut_off = len(acknowledged)
        until("rows are written that the slow one alone has received", lambda: len(acknowledged) > cut_off + 20)
        fail_over(cluster, way)
        assert cluster.primary is slow
    assert set(acknowledged) <= stored()


def test_rows_and_cursor_go_back_together_so_the_next_sync_heals_it(failover):
    cluster, way, is_semi_sync = failover
    from tasks import broker, huey_app

    def work():
        while huey_app.queue_length():
            if (task := huey_app.huey.dequeue()) is not None:
                huey_app.huey.execute(task)

    def sync():
        return finish(tasks.sync(store="store1", stream="orders", requested_by="ana"), work)

    def ours():
        with reading(fresh=True) as conn:
            return set(conn.scalars(select(orders.c.external_id)))

    broker.client().flushdb()
    with running(ShopSpec(platform="woocommerce", name="store1", size=5, orders=30, customers=5)) as sandbox:
        door = sandbox.door("woocommerce", "store1")
        tasks.add_store(
            "store1", platform="woocommerce", address=sandbox.address("woocommerce", "store1"), by="test", secrets_given=door.credentials()
        )
        assert sync().verdict == "success"
        first = ours()
        cluster.caught_up()
        if not is_semi_sync:
            for replica in cluster.replicas:
                run(replica, "STOP SLAVE IO_THREAD")
        for _ in range(10):
            sandbox.shop("woocommerce", "store1").add("orders", at=datetime.now(UTC) - timedelta(seconds=10))
        assert sync().verdict == "success"
        whole = ours()
        assert len(whole) == len(first) + 10
        fail_over(cluster, way)
        until("the promoted replica answers", lambda: _writes())
        back = ours()
        assert back == (whole if is_semi_sync else first)
        with reading(fresh=True) as conn:
            assert conn.scalar(select(store_stream_stats.c.live).where(store_stream_stats.c.stream == "orders")) == len(back)
        assert sync().verdict == "success"
        assert ours() == whole


def _writes():
    try:
        with begin() as conn:
            conn.execute(insert(requests).values(server_id="probe"))
    except (DatabaseAway, SQLAlchemyError):
        return False
    return True


@pytest.mark.parametrize("failover", [False], indirect=True, ids=["asynchronous"])
def test_a_primary_that_has_become_a_replica_is_left_by_every_connection(failover):
    cluster, way, _ = failover
    with begin() as conn:
        conn.execute(insert(requests).values(server_id="before"))
    old = cluster.primary
    cluster.caught_up()
    run(old, "SET GLOBAL read_only = ON")
    cluster.promote(cluster.newest())
    way.target = ("127.0.0.1", cluster.primary.port)  # connections that are open stay with the old one
    assert primary().pool.checkedin() > 0
    until("writes reach the new primary", _writes)
    assert ask(cluster.primary, "SELECT COUNT(*) FROM requests WHERE server_id = 'probe'") == 1
    assert ask(old, "SELECT COUNT(*) FROM requests WHERE server_id = 'probe'") == 0
