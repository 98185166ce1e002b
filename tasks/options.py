"""Settings that an admin may change while all runs: what each means, within which limits, and the verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, options
from db.engine import begin
from db.reads import asking
from settings import settings
from tasks.bad_request import BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Facts about one whole number; `name` is also the setting's, which gives the default."""

    name: str
    lowest: int
    highest: int
    unit: str  # days, jobs or per second
    sentence: str


OPTIONS = {
    one.name: one
    for one in (
        Option(name="keep_jobs_days", lowest=1, highest=3650, unit="days", sentence="Finished jobs are kept this long."),
        Option(name="keep_jobs_count", lowest=1_000, highest=50_000_000, unit="jobs", sentence="And no more than the newest so many."),
        Option(name="keep_job_log_days", lowest=1, highest=3650, unit="days", sentence="Log lines of jobs are kept this long."),
        Option(name="keep_requests_days", lowest=1, highest=3650, unit="days", sentence="Lines of the table requests are kept this long."),
        Option(name="keep_audit_days", lowest=30, highest=36_500, unit="days", sentence="Who did what is kept this long."),
        Option(
            name="keep_rejected_days", lowest=7, highest=3650, unit="days",
            sentence="Rejected records that no sync has met again are kept this long.",
        ),
        Option(name="keep_consumers_days", lowest=1, highest=3650, unit="days", sentence="Consumers that are gone are shown this long."),
        Option(name="keep_rollups_days", lowest=8, highest=3650, unit="days", sentence="The counts behind the charts are kept this long."),
        Option(
            name="keep_counts_days", lowest=2, highest=3650, unit="days",
            sentence="The hourly counts by which stores tell what has changed are kept this long.",
        ),
        Option(name="keep_alerts_days", lowest=1, highest=3650, unit="days", sentence="Alerts that have ended are kept this long."),
        Option(
            name="keep_failures_days", lowest=7, highest=3650, unit="days", sentence="Groups of failures that have not come again are kept this long."
        ),
        Option(name="keep_bulk_days", lowest=1, highest=3650, unit="days", sentence="What bulk operations did is kept this long."),
        Option(name="bulk_per_s", lowest=1, highest=1_000, unit="per second", sentence="A bulk operation acts on so many targets at most."),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One option as it stands; `changed_by` None: as the settings say, which is `default`."""

    name: str
    value: int
    default: int
    lowest: int
    highest: int
    unit: str
    sentence: str
    changed_by: str | None
    changed_at: datetime | None


def list_options() -> list[OptionView]:
    """Every option, in the order in which they are declared.

    Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        changed = options.changed(conn)
    found = []
    for one in OPTIONS.values():
        row, default = changed.get(one.name), getattr(settings(), one.name)
        found.append(
            OptionView(
                name=one.name,
                value=row["value"] if row else default,
                default=default,
                lowest=one.lowest,
                highest=one.highest,
                unit=one.unit,
                sentence=one.sentence,
                changed_by=row["changed_by"] if row else None,
                changed_at=row["changed_at"] if row else None,
            )
        )
    return found


def change_option(name: str, value: int, *, by: str) -> None:
    """Set one option.

    Raises: BadRequest, DatabaseAway.
    """
    facts = _known(name)
    if isinstance(value, bool) or not isinstance(value, int) or not facts.lowest <= value <= facts.highest:
        raise BadRequest(
            name, f"{name} is {value!r}; it has to be a whole number from {facts.lowest:,} to {facts.highest:,} ({facts.unit})."
        )
    with begin() as conn:
        before = options.value(conn, name)
        options.put(conn, name, value, by=by)
        _audit(conn, by, "change_option", name, before, value)


def reset_option(name: str, *, by: str) -> None:
    """Back to what the settings say.

    Raises: BadRequest, DatabaseAway.
    """
    _known(name)
    with begin() as conn:
        before = options.value(conn, name)
        options.drop(conn, name)
        _audit(conn, by, "reset_option", name, before, getattr(settings(), name))


def _known(name: str) -> Option:
    if name not in OPTIONS:
        raise BadRequest("name", f"There is no option {name!r}; choose one of {', '.join(OPTIONS)}.")
    return OPTIONS[name]


def _audit(conn: Connection, by: str, action: str, name: str, before: Any, after: Any) -> None:
    audit.write(conn, person=by, action=action, target=f"option:{name}", detail={"from": before, "to": after})
