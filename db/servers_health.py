"""How the database's servers are: does each answer, how far behind is a replica, which version."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from db.columns import db_now
from db.engine import DatabaseAway, place, primary, reachable, readers
from db.schema import replica_heartbeat
from settings import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server as of now; times in seconds. `lag_s` None: not a replica, or it does not say."""

    role: str  # primary or replica
    place: str
    answers: bool
    took_s: float
    version: str
    lag_s: float | None
    problem: str


def look() -> list[Server]:
    """Every server that is configured; one that is away is in the list too, with why."""
    found = [_look(primary(), "primary")]
    return found if settings().is_sqlite else [*found, *(_look(engine, "replica") for engine in readers())]


def _look(engine: Engine, role: str) -> Server:
    began = time.monotonic()
    try:
        with reachable(engine) as conn:
            version = str(
                conn.scalar(select(func.sqlite_version())) if engine.dialect.name == "sqlite" else conn.scalar(text("SELECT VERSION()"))
            )
            lag = None
            if role == "replica":
                now, beat = conn.execute(select(db_now(), select(func.max(replica_heartbeat.c.beat_at)).scalar_subquery())).one()
                lag = max(0.0, (now - beat).total_seconds()) if beat is not None else None
    except (DatabaseAway, SQLAlchemyError) as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
        return Server(role=role, place=place(engine), answers=False, took_s=time.monotonic() - began, version="", lag_s=None, problem=said)
    kind = "SQLite " if engine.dialect.name == "sqlite" else ""
    return Server(
        role=role, place=place(engine), answers=True, took_s=time.monotonic() - began, version=kind + version, lag_s=lag, problem=""
    )
