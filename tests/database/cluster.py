"""A MariaDB primary with two GTID replicas, and this process pointed at them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers import MariaDb, until

_REPLICATION = ("repl", "repl-test")
_OURS = ("DB_MASTER_HOST", "DB_SLAVE1_HOST", "DB_SLAVE2_HOST", "DB_USER", "DB_PASSWORD", "DB_NAME")


def _options(number: int) -> list[str]:
    return [
        f"--server-id={number}", "--log-bin=binlog", "--log-slave-updates", "--binlog-format=ROW", "--gtid-strict-mode=ON", "--gtid-domain-id=1",
        "--relay-log=relay", "--relay-log-recovery=ON", "--innodb-buffer-pool-size=32M", *(["--read-only=ON"] if number > 1 else []),
    ]  # fmt: skip


class Cluster:
    """`primary` and `replicas`; `user` may do anything in the database, and nothing where a server is read-only."""

    user, password = "app", "app-test"

    def __init__(self, folder: Path, *, is_semi_sync: bool = False) -> None:
        with ExitStack() as undo:
            seed = MariaDb(folder / "seed")
            undo.callback(seed.stop)
            with seed.connect(database=None, user="root", password="") as root, root.cursor() as cursor:
                cursor.execute(f"CREATE USER '{_REPLICATION[0]}'@'%' IDENTIFIED BY '{_REPLICATION[1]}'")
                cursor.execute(f"GRANT REPLICATION SLAVE ON *.* TO '{_REPLICATION[0]}'@'%'")
                cursor.execute(f"CREATE USER '{self.user}'@'%' IDENTIFIED BY '{self.password}'")
                cursor.execute(f"GRANT ALL ON {MariaDb.database}.* TO '{self.user}'@'%'")
            seed.stop()
            self.nodes: list[MariaDb] = []
            for number in (1, 2, 3):
                self.nodes.append(MariaDb(folder / f"node{number}", *_options(number), seed=seed.folder))
                undo.callback(self.nodes[-1].stop)
            self.primary, *self.replicas = self.nodes
            if (
                is_semi_sync
            ):  # a commit is acknowledged when a replica has it; not before, or the server's own first writes would wait for one
                for replica in self.replicas:
                    run(replica, "SET GLOBAL rpl_semi_sync_slave_enabled = ON")
            for replica in self.replicas:
                follow(replica, self.primary)
            if is_semi_sync:
                waits = ("wait_point = 'AFTER_SYNC'", "timeout = 60000", "enabled = ON")
                run(self.primary, *(f"SET GLOBAL rpl_semi_sync_master_{one}" for one in waits))
            undo.pop_all()

    def stop(self) -> None:
        """For good."""
        for node in self.nodes:
            node.thaw()
            node.stop()

    def caught_up(self) -> None:
        """Wait until both replicas have what the primary has."""
        number = ask(self.primary, "SELECT @@gtid_binlog_pos")
        for replica in self.replicas:
            if replica.is_running():
                assert ask(replica, f"SELECT MASTER_GTID_WAIT('{number}', 20)") == 0, log_of(replica)

    def mend(self) -> None:
        """Every node up and replicating, as at the beginning."""
        for node in self.nodes:
            node.thaw()
            if not node.is_running():
                node.kill()
                node.start()
        for replica in self.replicas:
            run(replica, "START SLAVE")
        self.caught_up()

    def newest(self) -> MariaDb:
        """The replica that has received most, applied or not: what was acknowledged is there."""
        return max(self.replicas, key=lambda node: int(received(node).rpartition("-")[2] or 0))

    def promote(self, node: MariaDb) -> None:
        """`node` is the primary from now on; the others that are up follow it."""
        run(node, "STOP SLAVE IO_THREAD")
        assert ask(node, f"SELECT MASTER_GTID_WAIT('{received(node)}', 60)") == 0, log_of(
            node
        )  # RESET SLAVE throws away what is not applied
        run(node, "STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only = OFF")
        self.primary, self.replicas = node, [other for other in self.replicas if other is not node and other.is_running()]
        for replica in self.replicas:
            run(replica, "STOP SLAVE", f"CHANGE MASTER TO MASTER_PORT = {node.port}", "START SLAVE")


def follow(replica: MariaDb, primary: MariaDb) -> None:
    """Make `replica` read what `primary` writes, by GTID."""
    run(
        replica,
        "STOP SLAVE",
        f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port}, MASTER_USER='{_REPLICATION[0]}', "
        f"MASTER_PASSWORD='{_REPLICATION[1]}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1",
        "START SLAVE",
    )
    until(f"replication ({log_of(replica)})", lambda: status(replica)["Slave_IO_Running"] == status(replica)["Slave_SQL_Running"] == "Yes")


def status(replica: MariaDb) -> dict[str, object]:
    """What the replica says of its replication."""
    import pymysql.cursors

    with replica.connect(database=None, user="root", password="") as conn, conn.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute("SHOW SLAVE STATUS")
        return cursor.fetchone() or {}


def received(replica: MariaDb) -> str:
    """The number of the last transaction that the replica has received, applied or not."""
    return str(status(replica)["Gtid_IO_Pos"])


def run(node: MariaDb, *statements: str) -> None:
    """As root."""
    with node.connect(database=None, user="root", password="") as conn, conn.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def ask(node: MariaDb, question: str) -> object:
    """One value, as root."""
    with node.connect(user="root", password="") as conn, conn.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
        return row[0] if row else None


def log_of(node: MariaDb) -> str:
    """The end of a server's log, for a failure."""
    log = node.folder / "error.log"
    return log.read_text()[-2000:] if log.exists() else "no log"


@contextmanager
def database_at(primary: str, *replicas: str, user: str = Cluster.user, password: str = Cluster.password) -> Iterator[None]:
    """This process uses these servers, host:port each; afterwards what it used before."""
    kept = {name: os.environ.get(name) for name in _OURS}
    slaves = {f"DB_SLAVE{number}_HOST": where for number, where in enumerate(replicas, start=1)}
    wanted = {"DB_MASTER_HOST": primary, **slaves, "DB_USER": user, "DB_PASSWORD": password, "DB_NAME": MariaDb.database}
    _use({name: wanted.get(name) for name in _OURS})
    try:
        yield
    finally:
        _use(kept)


def _use(variables: dict[str, str | None]) -> None:
    from db import engine, replicas
    from settings import settings

    engine.dispose()
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    replicas._unfit_until.clear()
    replicas._behind_until.clear()
    settings.cache_clear()
    for kept in (engine.primary, engine.readers, engine.last_resort):
        kept.forget()


def address(node: MariaDb) -> str:
    """host:port."""
    return f"127.0.0.1:{node.port}"
