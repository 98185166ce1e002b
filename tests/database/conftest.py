"""Tests that need a MariaDB primary with replicas, or a million rows in MariaDB, run with --database=mariadb alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import move_now

_ON_MARIADB_ALONE = {"test_replicas.py", "test_failover.py", "test_plans.py", "test_server_settings.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path.name in _ON_MARIADB_ALONE and config.getoption("--database") != "mariadb" else None


@pytest.fixture(autouse=True)
def _now_is_now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    move_now(request.module, monkeypatch)


@pytest.fixture(scope="session")
def whole_cluster(tmp_path_factory):
    from tests.database.cluster import Cluster, address, database_at

    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        with database_at(address(cluster.primary)):
            from db.migrate import upgrade

            upgrade()
        cluster.caught_up()
        yield cluster
    finally:
        cluster.stop()
