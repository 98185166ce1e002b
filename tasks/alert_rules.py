"""What is worth waking somebody: one cause, one sentence with the next step. Rules are plain functions of the facts and of their threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from db.alert_facts import ALIVE_WITHIN_S, Facts
from db.alerts import PASSING, PERSON
from settings import settings
from tasks.freshness import is_late

_LADDER = (1, 7, 30, 90, 365)  # days before credentials end; each is a cause of its own, so each is told, and none depends on the threshold


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong now. `key` stays the same while it lasts; `instead_of` are the keys of milder causes that it takes the place of."""

    rule: str
    key: str
    severity: str
    sentence: str
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Facts about a rule's whole number; `setting` names the one that gives the default."""

    setting: str
    lowest: int
    highest: int
    unit: str  # seconds, minutes, days or times


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule in words, and what it finds with a threshold (0.0 where it has none)."""

    name: str
    sentence: str
    find: Callable[[Facts, float], Iterator[Cause]]
    threshold: Threshold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a rule is now; `threshold` is 0.0 where it has none."""

    is_on: bool
    threshold: float


def as_settings_say(name: str) -> Standing:
    """How the environment wants this rule."""
    limit = RULES[name].threshold
    off = {rule.strip() for rule in settings().alert_rules_off.split(",")}
    return Standing(is_on=name not in off, threshold=float(getattr(settings(), limit.setting)) if limit else 0.0)


def option_of(name: str) -> str:
    """The option in which a person's changes of this rule are kept: `is_on` and `threshold`, whichever they changed."""
    return f"alert:{name}"


def in_force(changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Standing]:
    """Each rule as it stands; `changed` are the options that a person has set (db.options.changed)."""
    found = {}
    for name in RULES:
        usual, kept = as_settings_say(name), changed.get(option_of(name), {}).get("value") or {}
        found[name] = Standing(is_on=kept.get("is_on", usual.is_on), threshold=float(kept.get("threshold", usual.threshold)))
    return found


def causes(facts: Facts, standing: Mapping[str, Standing]) -> list[Cause]:
    """Everything that is wrong now by the rules that are on, what needs a person first."""
    found = [cause for name, one in standing.items() if one.is_on for cause in RULES[name].find(facts, one.threshold)]
    return sorted(found, key=lambda cause: cause.severity != PERSON)


def no_more(facts: Facts, before: Mapping[str, Standing], after: Mapping[str, Standing]) -> set[str]:
    """The causes that are still as wrong as they were, but that the rules do not look for any more."""
    rules = {name: one for name, one in before.items() if name in after and one != after[name]}
    held = {cause.key for cause in causes(facts, rules)} if rules else set()
    return held - {cause.key for cause in causes(facts, {name: after[name] for name in rules})}


def to_leave(standing: Mapping[str, Standing]) -> dict[str, Any]:
    """The rules of a look, for the next one, which tells of no recovery where only a rule was changed."""
    return {name: [one.is_on, one.threshold] for name, one in standing.items()}


def as_left(left: Mapping[str, Any] | None) -> dict[str, Standing]:
    """What `to_leave` made; of a rule that another version left nothing."""
    return {name: Standing(is_on=bool(is_on), threshold=float(limit)) for name, (is_on, limit) in (left or {}).items() if name in RULES}


def _workers(facts: Facts, silent_s: float) -> Iterator[Cause]:
    if facts.silent_s is None or facts.silent_s > silent_s:
        waiting = sum(int(queue["waiting"]) for queue in facts.queues)
        yield Cause("workers", "workers", PERSON, f"No consumer is alive; {waiting} jobs wait. Start one: python run_consumer.py")


def _stores(facts: Facts, _: float) -> Iterator[Cause]:
    for store in facts.stores:
        if store["probe_at"] is not None:
            why = (store["pause_reason"] or "it failed again and again").rstrip(".")
            yield Cause(
                "store_paused", f"store:{store['name']}", PERSON, f"{store['title']} is paused after repeated failures: {why}. It is tried again by itself."
            )  # fmt: skip


def _failing(facts: Facts, in_a_row: float) -> Iterator[Cause]:
    for stat in facts.streams:
        if stat["paused_at"] is None and stat["failed_in_a_row"] >= in_a_row:
            severity = PERSON if stat["last_verdict"] == "blocked" else PASSING
            why = (stat["last_reason"] or "no reason was given").rstrip(".")
            yield Cause(
                "failing", f"failing:{stat['name']}:{stat['stream']}", severity,
                f"{stat['title']}: {stat['stream']} failed {stat['failed_in_a_row']} times in a row. {why}.",
            )  # fmt: skip


def _late(facts: Facts, minutes: float) -> Iterator[Cause]:
    if "*" in facts.paused_queues:
        return
    for stat in facts.streams:
        is_held = stat["paused_at"] is not None or f"sync-{stat['stream']}" in facts.paused_queues
        if not is_held and is_late(stat["last_success_at"], stat["crons"], facts.now, by=timedelta(minutes=minutes)):
            yield Cause(
                "freshness", f"freshness:{stat['name']}:{stat['stream']}", PASSING,
                f"{stat['title']}: {stat['stream']} were last complete {_age(facts.now - stat['last_success_at'])} ago.",
            )  # fmt: skip


def _waiting(facts: Facts, seconds: float) -> Iterator[Cause]:
    for queue in facts.queues:
        if (queue["oldest_free_wait_s"] or 0) > seconds:
            waited = _age(timedelta(seconds=queue["oldest_free_wait_s"]))
            yield Cause(
                "waiting", f"waiting:{queue['queue']}", PASSING, f"The oldest job of {queue['queue']} has waited {waited}. Add workers, or see what holds them."
            )  # fmt: skip


def _credentials(facts: Facts, days_before: float) -> Iterator[Cause]:
    for row in facts.credentials:
        left = row["expires_at"] - facts.now
        days = next((days for days in _LADDER if left <= timedelta(days=days)), None)
        if days is not None and left <= timedelta(days=days_before):
            ends = "have ended" if left <= timedelta(0) else f"end on {row['expires_at']:%Y-%m-%d %H:%M} UTC"
            yield Cause(
                "credentials", f"credentials:{row['name']}:{days}", PERSON, f"The credentials of {row['title']} {ends}. Enter new ones under Stores → Credentials.",
                instead_of=tuple(f"credentials:{row['name']}:{more}" for more in _LADDER if more > days),
            )  # fmt: skip


def _words(facts: Facts, _: float) -> Iterator[Cause]:
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


RULES = {
    one.name: one
    for one in (
        Rule(name="workers", find=_workers, sentence="No consumer was heard of for this long.",
             threshold=Threshold(setting="alert_silent_s", lowest=int(ALIVE_WITHIN_S), highest=86_400, unit="seconds")),
        Rule(name="store_paused", find=_stores, sentence="A store is paused after repeated failures."),
        Rule(name="failing", find=_failing, sentence="A stream failed this often in a row.",
             threshold=Threshold(setting="alert_failed_in_a_row", lowest=1, highest=1_000, unit="times")),
        Rule(name="freshness", find=_late, sentence="A stream is older than its schedule promises, by this much.",
             threshold=Threshold(setting="alert_late_min", lowest=0, highest=10_080, unit="minutes")),
        Rule(name="waiting", find=_waiting, sentence="The oldest job of a queue has waited for more than this.",
             threshold=Threshold(setting="alert_oldest_job_s", lowest=30, highest=604_800, unit="seconds")),
        Rule(name="credentials", find=_credentials, sentence="Credentials end so soon, and again 90, 30, 7 and 1 day before.",
             threshold=Threshold(setting="alert_credentials_days", lowest=1, highest=365, unit="days")),
        Rule(name="unknown_value", find=_words, sentence="A shop sent a word that this version does not know."),
    )
}  # fmt: skip
