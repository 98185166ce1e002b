"""Three consoles behind one address, two consumers, a primary with two replicas, Redis with a password: used as people do, and broken."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from integrations.sandbox.server import running
from integrations.sandbox.shop import ShopSpec
from tests.deployment.conftest import PASSWORD, go_to, has_session, serving, told
from tests.deployment.topology import CONSOLES, FRONT, ROOT
from tests.servers import until

pytestmark = [pytest.mark.processes, pytest.mark.browser]
_numbers = itertools.count(1)


def call(topology, path, body=None):
    """The answer of the API, through nginx."""
    asked = urllib.request.Request(
        f"{topology.address}{path}", data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {topology.token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def connect(topology, sandbox, name):
    door, address = sandbox.door("woocommerce", name), sandbox.address("woocommerce", name)
    told(
        topology,
        f"""
        import tasks
        tasks.add_store({name!r}, platform="woocommerce", address={address!r}, secrets_given={dict(door.credentials())!r}, by="test")""",
    )


@contextlib.contextmanager
def slow_shop(topology, size, delay_s):
    """The name of a store of its own, whose products come slowly; each time another, since one topology serves every try."""
    name = f"shop{next(_numbers)}"
    with running(ShopSpec(platform="woocommerce", name=name, size=size, orders=10, plan="enterprise")) as sandbox:
        connect(topology, sandbox, name)
        sandbox.visits("woocommerce", name).fault("slow", stream="products", times=1000, delay_s=delay_s)
        yield name


def state(topology, job_id, queue="sync-products"):
    return call(topology, f"/queue/job/{queue}/{job_id}")["status"]


def test_the_replicas_follow_and_set_up_may_run_again(topology):
    topology.run_once("database-set-up", ["sh", str(ROOT / "deploy/database/set_up.sh")])
    topology.run_once("migrate", [sys.executable, *topology.services["migrate"]["command"][1:]])
    for name in ("mysql-slave1", "mysql-slave2"):
        until(
            f"{name} has the schema", lambda name=name: topology.databases[name].as_root("SELECT version_num FROM quayside.alembic_version")
        )
        assert topology.databases[name].as_root("SHOW STATUS LIKE 'Rpl_semi_sync_slave_status'")[0][1] == "ON"
        assert topology.databases[name].as_root("SELECT @@read_only")[0][0] == 1
    denied = topology.databases["mysql-master"].connect(user="quayside", password=topology.given["DB_PASSWORD"])
    with denied, denied.cursor() as cursor, pytest.raises(Exception, match="DROP command denied"):
        cursor.execute("DROP TABLE jobs")


def test_nobody_comes_in_without_a_sign_in(topology):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{topology.address}/queue/status", timeout=10)
    assert refused.value.code == 401
    with urllib.request.urlopen(f"{topology.address}/", timeout=10) as answer:
        assert answer.url.startswith(f"{topology.address}/sign-in")


def test_behind_a_proxy_with_tls_sign_in_cookies_are_secure_and_who_came_is_written_down(topology, page):
    came = {}
    for source in (FRONT, "127.0.0.1"):
        said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        with httpx2.Client(base_url=topology.address, transport=httpx2.HTTPTransport(local_address=source), headers=said) as client:
            form = client.get("/sign-in")
            given = {"form_key": form.text.split('name="form_key" value="')[1].split('"')[0], "name": "ana", "password": PASSWORD}
            cookie = "; ".join(line.split(";")[0] for line in form.headers.get_list("set-cookie"))
            came[source] = client.post("/sign-in", data=given, headers={"Cookie": cookie})
        assert came[source].status_code == 303
    assert "Secure" in came[FRONT].headers["set-cookie"]
    assert "Secure" not in came["127.0.0.1"].headers["set-cookie"], "only that proxy knows of https"
    rows = topology.databases["mysql-master"].as_root(
        "SELECT address FROM quayside.audit_log WHERE action = 'sign_in' ORDER BY id DESC LIMIT 2"
    )
    assert [row[0] for row in rows] == ["127.0.0.1", "203.0.113.9"]


def test_a_killed_consumer_s_job_is_finished_by_the_other(topology):
    with slow_shop(topology, 600, 0.3) as name:
        job_id = call(topology, "/queue/sync/products", {"platform": "woocommerce", "storeId": name})["id"]
        until("its start", lambda: state(topology, job_id) == "running")
        worker = call(topology, f"/queue/job/sync-products/{job_id}")["worker"]
        pids = {name: process.pid for name, process in topology.processes.items() if name.startswith("consumer")}
        owner = next(name for name, pid in pids.items() if pid == int(worker.split(":")[1]) or _parent(int(worker.split(":")[1])) == pid)
        topology.kill(owner)
        try:
            until("its end", lambda: state(topology, job_id) == "succeeded", timeout_s=60)
        finally:
            print(call(topology, f"/queue/job/sync-products/{job_id}"))
            for name in pids:
                print(name, owner, topology.log(name)[-1500:])
            topology.start_consumer(owner)
    count = "SELECT count(*), count(DISTINCT store_id, external_id) FROM quayside.products"
    assert len(set(topology.databases["mysql-master"].as_root(count)[0])) == 1
    until("the replicas have it", lambda: all(
        topology.databases[name].as_root(count) == topology.databases["mysql-master"].as_root(count) for name in ("mysql-slave1", "mysql-slave2")))  # fmt: skip


def _parent(pid):
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/stat").open() as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def test_a_person_stays_signed_in_when_their_console_is_killed(topology, page):
    victims = serving(topology, page)
    assert len(victims) == 1, "a person stays with one console"
    topology.kill(victims[0])
    try:
        go_to(page, "Jobs")
        page.goto(f"{topology.address}/workers")
        expect(page.get_by_role("heading", name="Workers")).to_be_visible(timeout=60_000)
        assert "sign-in" not in page.url
    finally:
        topology.start_console(victims[0])


def test_a_download_works_without_a_reload_after_the_persons_console_was_away(topology, page):
    page.goto(f"{topology.address}/audit")
    expect(page.get_by_role("heading", name="Audit")).to_be_visible(timeout=60_000)
    (home,) = serving(topology, page)
    topology.kill(home)
    try:
        until("the page is at another console", lambda: serving(topology, page), timeout_s=60)
    finally:
        topology.start_console(home)
    until("nginx goes for this person where their page is not", lambda: not has_session(page, topology.ports["nginx"]))
    with page.expect_download(timeout=30_000) as saved:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    assert "sign_in" in saved.value.path().read_text("utf-8-sig")


def test_a_rolling_restart_loses_no_job_and_no_call(topology, page):
    failures, calls, is_over = [], [], threading.Event()

    def ask():
        while not is_over.is_set():
            try:
                call(topology, "/queue/status")
                calls.append(1)
            except Exception as error:
                failures.append(
                    (time.strftime("%H:%M:%S"), repr(error), error.read() if isinstance(error, urllib.error.HTTPError) else b"")
                )

    with slow_shop(topology, 300, 0.2) as name:
        jobs = [
            call(topology, f"/queue/sync/{stream}", {"platform": "woocommerce", "storeId": name})["id"] for stream in ("products", "orders")
        ]
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            for name in ("consumer-1", "consumer-2"):
                topology.kill(name, signal.SIGTERM)
                topology.start_consumer(name)
            for name in CONSOLES:
                topology.kill(name, signal.SIGTERM)
                topology.start_console(name)
        finally:
            is_over.set()
            asking.join()
        for job_id, queue in zip(jobs, ("sync-products", "sync-orders"), strict=True):
            until(f"job {job_id}", lambda job_id=job_id, queue=queue: state(topology, job_id, queue) == "succeeded", timeout_s=60)
    assert failures == [], topology.log("nginx")[-3000:]
    assert calls
    go_to(page, "Stores")
