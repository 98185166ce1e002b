"""`python -m integrations.sandbox`, as scripts/up starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]


def started(*args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "integrations.sandbox", "--port", "0", *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_its_shops_are_and_stops_when_asked(ending: signal.Signals) -> None:
    process = started("--shop", "shopify:atlas", "--shop", "woocommerce:mine", "--size", "30", "--seed", "3")
    try:
        assert process.stdout is not None
        atlas, mine, ready = json.loads(process.stdout.readline()), json.loads(process.stdout.readline()), process.stdout.readline()
        assert (atlas["title"], atlas["credentials"]["access_token"][:6]) == ("Atlas Outdoor", "shpat_")
        assert (mine["platform"], mine["counts"]["customers"]) == ("woocommerce", 7)
        base = ready.split()[1]
        assert requests.get(f"{base}/_sandbox/shopify/atlas/", timeout=10).json()["address"] == atlas["address"]
        process.send_signal(ending)
        assert process.wait(timeout=10) in {0, -ending}
    finally:
        process.kill()
        process.communicate()


def test_credentials_are_the_same_at_every_start() -> None:
    lines = []
    for _ in range(2):
        process = started("--shop", "woocommerce:berlin", "--size", "5")
        try:
            assert process.stdout is not None
            lines.append(json.loads(process.stdout.readline())["credentials"])
        finally:
            process.terminate()
            process.communicate(timeout=10)
    assert lines[0] == lines[1]


def test_a_shop_that_cannot_be_is_refused_in_a_sentence() -> None:
    process = started("--shop", "nowhere:x")
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "no platform 'nowhere' in the sandbox; there are " in complaint
