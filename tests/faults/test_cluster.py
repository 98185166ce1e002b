"""A primary with two replicas under real consumers and the console: one dead, one behind, and then the primary fails over."""

from __future__ import annotations

import pytest

import tasks
from db.job_state import JobState
from db.migrate import upgrade
from tests.console.conftest import look
from tests.console.served import ROOT
from tests.database.cluster import Cluster, address, database_at, run
from tests.faults import marks
from tests.faults.conftest import Stage
from tests.faults.proxy import Proxy
from tests.servers import until

pytestmark = [pytest.mark.faults, pytest.mark.processes]


@pytest.fixture
def cluster(ground, tmp_path, monkeypatch):
    """A cluster that acknowledges what a replica has, its primary behind an address that can be pointed at another server."""
    monkeypatch.setenv("DB_MAX_LAG_S", "2")
    found = Cluster(tmp_path / "cluster", is_semi_sync=True)
    way = Proxy(("127.0.0.1", found.primary.port))
    try:
        with database_at(f"127.0.0.1:{way.port}", *(address(replica) for replica in found.replicas)):
            upgrade()
            found.caught_up()
            yield found, way
    finally:
        way.close()
        found.stop()


def page(name, **params):
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_file(str(ROOT / "console" / "main.py"), default_timeout=30)
    at.run()
    for param, value in params.items():
        at.query_params[param] = value
    return look(at.switch_page(f"app_pages/{name}.py"))


def states(at):
    """What the console says of the database's servers."""
    return [state for frame in at.dataframe if "lag" in frame.value for (state,) in frame.value["state"]]


def test_the_console_tells_what_is_beside_bad_replicas_and_jobs_in_hand_survive_the_failover(cluster, own_redis, monkeypatch):
    servers, way = cluster
    marks.begin_again()
    stage = Stage(own_redis, monkeypatch)
    with stage.consumer(), stage.consumer():
        held = stage.ask(3, "hold")
        until("three in hand", lambda: all(tasks.job(job_id).state is JobState.RUNNING for job_id in held))
        dead, behind = servers.replicas
        dead.kill()
        run(behind, "STOP SLAVE SQL_THREAD")
        until("one is seen to be dead and one behind", lambda: states(page("settings", settings_part="health")) == ["up", "away", "late"])
        tasks.add_user("Ana of this very moment", by="test")
        assert "Ana of this very moment" in str([list(frame.value.to_dict("list").values()) for frame in page("users").dataframe])
        run(behind, "START SLAVE SQL_THREAD")
        stage.ask(12)
        servers.primary.kill()
        servers.replicas = [behind]
        servers.promote(behind)
        way.target = ("127.0.0.1", servers.primary.port)
        stage.go()
        assert stage.settle(timeout_s=60) == []
    assert max(stage.entered().values()) <= 2
