"""The guides that people already work by: every call that they show, word for word but for the ids, with the real curl."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import tasks
from tests.processes.consumers import consumer
from tests.servers import until

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
pytestmark = [pytest.mark.processes, pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")]


@pytest.fixture
def guides() -> str:
    if not SEEDS.exists():
        pytest.skip("the guides are not beside the project (../shared/seeds)")
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(SEEDS.iterdir()))


def blocks(guides: str) -> list[str]:
    return re.findall(r"```bash\n(.*?)```", guides, re.DOTALL)


def curl(address: str, *arguments: str) -> tuple[int, dict]:
    """(status, answer) of a call to http://localhost:8090, which this server plays."""
    command = ["curl", "-sS", "-m", "20", "--connect-to", f"localhost:8090:{urlsplit(address).netloc}", "-w", "\n%{http_code}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    text, _, status = ran.stdout.rpartition("\n")
    return int(status), json.loads(text)


def test_every_curl_line(clean, address, guides, user):
    lines = [line for block in blocks(guides) for line in block.splitlines() if line.startswith("curl ")]
    assert len(lines) == 4
    said: dict[str, dict] = {}
    with consumer():
        for line in lines:
            words = shlex.split(line.replace("/users/1/", f"/users/{user}/"))[1:]
            if "{task_id}" in line:
                task = said["create-product"]["task_id"]
                words = [word.replace("{task_id}", task) for word in words]
                until("the product is created", lambda words=words: curl(address, *words)[1]["status"] == "succeeded")
            status, answer = curl(address, *words)
            assert status in (200, 202), (line, answer)
            said[line.split("/")[-1]] = answer
    assert {said["test"]["status"], said["create-product"]["status"]} <= {"queued", "running", "succeeded"}, "as it stands when it is told"
    assert {"status", "consumers", "broker"} <= said["status"].keys()
    made = said["{task_id}"]["result"]
    assert (made["name"], 10 <= float(made["price"]) <= 1000, 1 <= made["quantity"] <= 100) == ("Product for Ana", True, True)


def test_every_call_of_the_queue_guide(clean, address, guides, store):
    """`POST /queue/…` with its body below: as the guide writes calls."""
    calls = [re.match(r"(GET|POST) (/\S+)\s*(\{.*\})?\s*$", block, re.DOTALL) for block in blocks(guides)]
    calls = [call.groups() for call in calls if call]
    assert [path for _, path, _ in calls] == [
        "/queue/sync/products",
        "/queue/sync/orders",
        "/queue/status",
        "/queue/job/sync-products/job-id",
    ]
    job = ""
    for method, path, body in calls:
        arguments = ["-X", method, "http://localhost:8090" + path.replace("job-id", job)]
        if body:
            platform = json.loads(body)["platform"]
            store(f"your_store_{platform}", platform)
            arguments += ["-H", "Content-Type: application/json", "-d", body.replace("your-store-id", f"your_store_{platform}")]
        status, answer = curl(address, *arguments)
        assert status == (202 if body else 200), answer
        job = answer.get("task_id", job) if path.endswith("products") else job
    made = tasks.job(int(job))
    assert (made.queue, made.store, made.args) == ("sync-products", "your_store_shopify", {"limit": 100})


def test_every_variable_of_the_guides_is_a_setting(guides):
    """But for the platforms' secrets, which are read by platform and store."""
    from settings import Settings

    named = set(re.findall(r"^\s*((?:REDIS|DB)_[A-Z0-9_]+)=", guides, re.MULTILINE))
    assert len(named) == 10
    assert named <= {name.upper() for name in Settings.__dataclass_fields__}
    secrets = re.findall(r"^([A-Z]+)_(ACCESS_TOKEN)_(\w+)=", guides, re.MULTILINE)
    assert {platform.lower() for platform, _, _ in secrets} <= set(tasks.platforms())


def test_the_automatic_check(clean, address):
    """scripts/test-worker finds a running system good, and says what is wrong with one that has no worker."""
    script = [str(ROOT / "scripts" / "test-worker")]
    env = {**os.environ, "BASE_URL": address, "TIMEOUT_S": "15"}
    with consumer():
        ran = subprocess.run(script, env=env, capture_output=True, text=True, timeout=90)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("ok      ") == len(ran.stdout.splitlines()) == 10
    ran = subprocess.run(script, env={**env, "TIMEOUT_S": "0"}, capture_output=True, text=True, timeout=90)
    assert ran.returncode == 1
    assert "FAILED  a worker answers" in ran.stdout
    assert "Is a consumer running?" in ran.stdout
    ran = subprocess.run(script, env={**env, "BASE_URL": "http://127.0.0.1:9"}, capture_output=True, text=True, timeout=90)
    assert (ran.returncode, ran.stdout[:15]) == (1, "FAILED  it live")
