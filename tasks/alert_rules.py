"""What is worth waking somebody: one cause, one sentence with the next step. Rules are plain functions of the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from db.alert_facts import Facts
from settings import settings
from tasks.freshness import is_late

PERSON, PASSING = "person", "passing"  # needs somebody, or mends itself
_SOON = (1, 7, 30)  # days before credentials end; each is a cause of its own, so each is told


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong now. `key` stays the same while it lasts; `instead_of` are the keys of milder causes that it takes the place of."""

    rule: str
    key: str
    severity: str
    sentence: str
    instead_of: tuple[str, ...] = ()


def causes(facts: Facts) -> list[Cause]:
    """Everything that is wrong now, what needs a person first."""
    found = [*_workers(facts), *_stores(facts), *_failing(facts), *_late(facts), *_waiting(facts), *_credentials(facts), *_words(facts)]
    return sorted(found, key=lambda cause: cause.severity != PERSON)


def _workers(facts: Facts) -> Iterator[Cause]:
    if not facts.alive:
        waiting = sum(int(queue["waiting"]) for queue in facts.queues)
        yield Cause("workers", "workers", PERSON, f"No consumer is alive; {waiting} jobs wait. Start one: python run_consumer.py")


def _stores(facts: Facts) -> Iterator[Cause]:
    for store in facts.stores:
        if store["probe_at"] is not None:
            why = (store["pause_reason"] or "it failed again and again").rstrip(".")
            yield Cause(
                "store_paused", f"store:{store['name']}", PERSON, f"{store['title']} is paused after repeated failures: {why}. It is tried again by itself."
            )  # fmt: skip


def _failing(facts: Facts) -> Iterator[Cause]:
    for stat in facts.streams:
        if stat["paused_at"] is None and stat["failed_in_a_row"] >= settings().alert_failed_in_a_row:
            severity = PERSON if stat["last_verdict"] == "blocked" else PASSING
            why = (stat["last_reason"] or "no reason was given").rstrip(".")
            yield Cause(
                "failing", f"failing:{stat['name']}:{stat['stream']}", severity,
                f"{stat['title']}: {stat['stream']} failed {stat['failed_in_a_row']} times in a row. {why}.",
            )  # fmt: skip


def _late(facts: Facts) -> Iterator[Cause]:
    if "*" in facts.paused_queues:
        return
    for stat in facts.streams:
        is_held = stat["paused_at"] is not None or f"sync-{stat['stream']}" in facts.paused_queues
        if not is_held and is_late(stat["last_success_at"], stat["crons"], facts.now):
            yield Cause(
                "freshness", f"freshness:{stat['name']}:{stat['stream']}", PASSING,
                f"{stat['title']}: {stat['stream']} were last complete {_age(facts.now - stat['last_success_at'])} ago.",
            )  # fmt: skip


def _waiting(facts: Facts) -> Iterator[Cause]:
    for queue in facts.queues:
        if (queue["oldest_free_wait_s"] or 0) > settings().alert_oldest_job_s:
            waited = _age(timedelta(seconds=queue["oldest_free_wait_s"]))
            yield Cause(
                "waiting", f"waiting:{queue['queue']}", PASSING, f"The oldest job of {queue['queue']} has waited {waited}. Add workers, or see what holds them."
            )  # fmt: skip


def _credentials(facts: Facts) -> Iterator[Cause]:
    for row in facts.credentials:
        left = row["expires_at"] - facts.now
        days = next((days for days in _SOON if left <= timedelta(days=days)), None)
        if days is not None:
            ends = "have ended" if left <= timedelta(0) else f"end on {row['expires_at']:%Y-%m-%d %H:%M} UTC"
            yield Cause(
                "credentials", f"credentials:{row['name']}:{days}", PERSON, f"The credentials of {row['title']} {ends}. Enter new ones under Stores → Credentials.",
                instead_of=tuple(f"credentials:{row['name']}:{more}" for more in _SOON if more > days),
            )  # fmt: skip


def _words(facts: Facts) -> Iterator[Cause]:
    for row in facts.words:
        yield Cause(
            "unknown_value", f"word:{row['name']}:{row['field']}:{row['value']}"[:191], PASSING,
            f"{row['title']} sent {row['field'].removeprefix('raw_')} {row['value']!r}, which this version has no word for; it is shown as unknown.",
        )  # fmt: skip


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
