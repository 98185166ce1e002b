"""The table `requests`, which operators have always asked: who ran what, when, how it ended; a line for each run."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from db.prepared import Prepared
from db.schema import requests

_LINE = Prepared(insert(requests), "server_id", "job_id", "name", "status", "message", "duration_ms")


def add_line(
    conn: Connection, job_id: int, name: str, *, server_id: str, status: str, message: str, duration_ms: int | None = None
) -> None:
    """A run of a job has ended; `duration_ms` None: nobody knows how long it took."""
    told = {"server_id": server_id, "job_id": job_id, "name": name, "status": status, "message": message[:1024], "duration_ms": duration_ms}
    _LINE(conn, told)
