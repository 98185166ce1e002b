"""The console as a process of its own, for tests that need a browser or an HTTP call."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


@contextmanager
def console(**env: str) -> Iterator[str]:
    """Serve it on a free port until the block ends; its address. No page may have failed by then, whether or not a test looked at it."""
    with tempfile.TemporaryFile("w+") as log:
        process = start(env, log)
        try:
            line = process.stdout.readline()
            assert "http://" in line, f"the console did not start: {line}{_all_of(log)}"
            yield line.split()[-1]
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        assert "page failed" not in _all_of(log), _all_of(log)


def _all_of(log: IO[str]) -> str:
    log.seek(0)
    return log.read()


def start(env: Mapping[str, str], log: IO[str] | int | None = None) -> subprocess.Popen[str]:
    """Start run_console.py; its first line says where it is, or its error why it is nowhere. What it logs goes to `log`."""
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
