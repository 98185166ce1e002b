"""Jobs that leave a mark in their own transaction, and a line in a file whenever their function is entered; and jobs that hurt their worker."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, insert

from db.columns import big_id
from db.engine import begin, primary
from settings import settings
from tasks.endings import JobFailed
from tasks.ledger import job

effects = Table(
    "fault_effects", MetaData(), Column("id", big_id, primary_key=True), Column("number", Integer, nullable=False, index=True),
    Column("job_id", big_id), Column("fence", Integer),
)  # fmt: skip  # nothing here is unique: a doubled effect shall be seen, not refused


def begin_again() -> None:
    """No marks."""
    effects.metadata.create_all(primary())
    with begin() as conn:
        conn.execute(effects.delete())
    entered_file().parent.mkdir(parents=True, exist_ok=True)
    for file in (entered_file(), go_file(), held_file(1), held_file(2)):
        file.unlink(missing_ok=True)


def forget() -> None:
    """No trace of them in the tables, which others compare with the migrations."""
    effects.metadata.drop_all(primary())


def entered_file() -> Path:
    """One line each time that the function of a job was entered: no transaction takes it back."""
    return settings().quayside_var / "entered"


def go_file() -> Path:
    """Whoever holds on goes on once it is there."""
    return settings().quayside_var / "go"


def held_file(number: int) -> Path:
    """There once somebody holds the lock of this mark."""
    return settings().quayside_var / f"held-{number}"


def enter(number: int) -> None:
    with entered_file().open("ab", buffering=0) as file:
        file.write(f"{number} {os.getpid()}\n".encode())


def leave_mark(conn, run, number):
    conn.execute(insert(effects).values(number=number, job_id=run.id if run else None, fence=run.job.fence if run else None))


@job(queue="system", attempts=3, retry_delay_s=0.05)
def mark(run, number, takes_s=0.0):
    """Leaves its mark and is done, in one transaction."""
    enter(number)
    time.sleep(takes_s)
    with run.page() as conn:
        leave_mark(conn, run, number)
        run.succeed(conn, {"number": number})


@job(queue="system", attempts=3, retry_delay_s=0.05)
def hold(run, number):
    """Leaves its mark as soon as the test says go: for what has to be caught in hand, however slow the machine is."""
    enter(number)
    while not go_file().exists():
        time.sleep(0.02)
    with run.page() as conn:
        leave_mark(conn, run, number)
        run.succeed(conn, {"number": number})


@job(queue="system", attempts=3, retry_delay_s=0.3)
def fail_first(run, number):
    """Fails once, then leaves its mark."""
    enter(number)
    if run.job.attempt == 1:
        raise JobFailed("The first try fails.")
    with run.page() as conn:
        leave_mark(conn, run, number)
        run.succeed(conn, {"number": number})


@job(queue="system", attempts=3, retry_delay_s=0.05)
def crossing(run, number, other):
    """Locks another's mark after its own, once the other holds that; two of them that cross are a deadlock."""
    enter(number)
    with run.page() as conn:
        conn.execute(effects.update().where(effects.c.number == number).values(fence=run.job.fence))
        held_file(number).touch()
        while not held_file(other).exists():
            time.sleep(0.02)
        conn.execute(effects.update().where(effects.c.number == other).values(fence=run.job.fence))
        leave_mark(conn, run, number + 1000)
        run.succeed(conn, {"number": number})


@job(queue="system", attempts=3, retry_delay_s=0.05)
def kill_worker(run, number):
    """Takes its worker down each time."""
    enter(number)
    os._exit(9)


@job(queue="system", attempts=2, retry_delay_s=0.05)
def eat_memory(run, number):
    """Asks for more than the worker may have."""
    enter(number)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, limits[1]))
    try:
        return {"bytes": len(bytearray(2 << 30))}
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@job(queue="system", attempts=2, retry_delay_s=0.05)
def dig(run, number):
    """Calls itself for ever."""
    return dig(run, number)


@job(queue="system", attempts=2, retry_delay_s=0.05)
def rant(run, number):
    """Fails with five megabytes of text."""
    enter(number)
    raise RuntimeError("far too much " * 400_000)


@job(queue="system", attempts=2, retry_delay_s=0.05, time_limit_s=1.0)
def never_return(run, number):
    """Never comes back."""
    enter(number)
    time.sleep(3600)


@job(queue="system", attempts=2, retry_delay_s=0.05)
def leave(run, number):
    """Thinks that it may end the program."""
    enter(number)
    raise SystemExit("bye")
