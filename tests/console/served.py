"""The console as a process of its own, for tests that need a browser or an HTTP call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def console(**env: str) -> Iterator[str]:
    """Serve it on a free port until the block ends; its address."""
    process = start(env)
    try:
        line = process.stdout.readline()
        assert "http://" in line, f"the console did not start: {line}{process.stderr.read()}"
        yield line.split()[-1]
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def start(env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start run_console.py; its first line says where it is, or its error why it is nowhere."""
    log = subprocess.PIPE if env.get("CONSOLE_TEST_ERRORS") else None
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run_console.py")],
        env={**os.environ, "CONSOLE_PORT": "0", **env},
        stdout=subprocess.PIPE, stderr=log, text=True, cwd="/",
    )  # fmt: skip


CHROMIUM = "/usr/bin/chromium"  # for pictures and measurements: what people have
HEADLESS_SHELL = "/usr/bin/chromium-headless-shell"  # the same engine without a window's toolbar, whose pages cost more time than ours
CHROMIUM_ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
