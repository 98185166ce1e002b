"""Starts everything that scripts/up promises, keeps it running, and stops it gracefully: the private Redis, the sandbox, a consumer, the console."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("ALLOW_PRIVATE_ADDRESSES", "1")  # the sandbox is on this machine

STREAMS = ("products", "orders", "inventory", "customers")


class CannotStart(Exception):
    """Why, in one sentence."""


def say(text: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _die_with_us() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: whatever happens to us, nothing is left behind


class Child:
    """A process that is started again when it ends by itself."""

    def __init__(self, name: str, command: Sequence[str], *, pipe: bool = False) -> None:
        self.name, self._command, self._pipe = name, command, pipe
        self._started = 0.0
        self.start()

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C reaches us alone, and we stop the others in order."""
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own programs
            self._command, stdout=subprocess.PIPE if self._pipe else None, text=True, start_new_session=True, preexec_fn=_die_with_us
        )

    def revive(self) -> None:
        """Start it again if it has ended.

        Raises: CannotStart when it ends right after its start.
        """
        code = self.process.poll()
        if code is None:
            return
        if time.monotonic() - self._started < 5:
            raise CannotStart(f"The {self.name} ended right after its start (exit code {code}); its last lines are above.")
        say(f"The {self.name} ended (exit code {code}); starting it again.")
        self.start()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()


def start_sandbox() -> tuple[Child, list[dict[str, Any]]]:
    """The sandbox with the demo shops. They stand still at the moment of the first start, so that a later start shows the same shops."""
    from settings import settings

    moment = settings().quayside_var / "sandbox-now"
    if not moment.exists():
        moment.write_text(str(int(time.time())))
    child = Child("sandbox", [sys.executable, "-m", "integrations.sandbox", "--port", "0", "--now", moment.read_text().strip()], pipe=True)
    shops: list[dict[str, Any]] = []
    output: IO[str] = child.process.stdout  # type: ignore[assignment]  # it is a pipe
    for line in output:
        if line.startswith("ready"):
            return child, shops
        shops.append(json.loads(line))
    raise CannotStart("The sandbox did not start; its last lines are above.")


def connect_shops(shops: Sequence[dict[str, Any]]) -> None:
    """The demo shops as stores; their port is another at each start."""
    import tasks

    for shop in shops:
        try:
            tasks.add_store(
                shop["name"], platform=shop["platform"], title=shop["title"], address=shop["address"], secrets_given=shop["credentials"],
                options={"requests_per_second": 50}, by="scripts/up",
            )  # fmt: skip
        except tasks.BadRequest:
            tasks.change_store(shop["name"], address=shop["address"], secrets_given=shop["credentials"], by="scripts/up")


def ask_for_syncs(shops: Sequence[dict[str, Any]]) -> None:
    """Every stream that the demo shops offer."""
    import tasks

    for stream in STREAMS:
        for shop in shops:
            if tasks.streams(shop["platform"])[stream]["is_offered"]:
                tasks.sync(shop["name"], stream, requested_by="scripts/up", metadata={"reason": "start"})


def wait_for_console(address: str, console: Child) -> None:
    """Until it answers."""
    while True:
        console.revive()
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310  # our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


def run(cleanup: list[Callable[[], None]]) -> None:
    """Start in the order in which things need each other; `cleanup` grows with each.

    Raises: CannotStart, KeyboardInterrupt.
    """
    from db import migrate
    from db.engine import place
    from settings import settings
    from tasks import broker

    settings().quayside_var.mkdir(parents=True, exist_ok=True)
    lock = (settings().quayside_var / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CannotStart(
            "Quayside is running from this folder already; stop that one first, or set QUAYSIDE_VAR to another folder."
        ) from None
    cleanup.append(lock.close)
    migrate.upgrade()
    if (pid := broker.start_private()) is not None:
        cleanup.append(lambda: broker.stop_private(pid))
    sandbox, shops = start_sandbox()
    cleanup.append(sandbox.stop)
    connect_shops(shops)
    consumer = Child("consumer", [sys.executable, "run_consumer.py"])
    cleanup.append(consumer.stop)
    ask_for_syncs(shops)
    console = Child("console", [sys.executable, "run_console.py"])
    cleanup.append(console.stop)
    address = f"http://{settings().console_host}:{settings().console_port}"
    wait_for_console(address, console)
    say(f"\n  Quayside is at {address}\n  Database: {place()} · {broker.chosen().title}\n  Ctrl-C stops it.\n")
    while True:
        for child in (consumer, console):
            child.revive()
        if sandbox.process.poll() is not None:
            raise CannotStart("The sandbox ended.")
        time.sleep(0.5)


def main() -> int:
    """0 after Ctrl-C or SIGTERM, 1 with one sentence when something cannot start."""

    def interrupt(_signum: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, interrupt)
    from db.engine import DatabaseAway
    from db.migrate import SchemaBehind
    from settings import SettingsError

    cleanup: list[Callable[[], None]] = []
    code = 0
    try:
        from tasks.broker import BrokerAway

        try:
            run(cleanup)
        except BrokerAway as error:
            raise CannotStart(str(error)) from None
    except KeyboardInterrupt:
        say("\nStopping: pages in hand are finished first ...")
    except (CannotStart, SettingsError, DatabaseAway, SchemaBehind) as error:
        say(f"Quayside cannot start: {error}")
        code = 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for step in reversed(cleanup):
        step()
    if code == 0:
        say("Stopped. The next scripts/up goes on from here.")
    return code


if __name__ == "__main__":
    sys.exit(main())
