"""The alert rules as they stand, the verbs with which an admin changes them while all runs, and a trial of what a change would tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import alert_facts, alerts, audit, options
from db.engine import begin
from db.reads import asking
from tasks import alert_rules, quieting
from tasks.alert_rules import RULES, Cause, Rule, Standing
from tasks.bad_request import BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule as it stands; `limit` None: it has no threshold. `changed_by` None: as the settings say, which is `default`."""

    name: str
    sentence: str
    now: Standing
    default: Standing
    limit: alert_rules.Threshold | None
    changed_by: str | None
    changed_at: datetime | None
    lasting: int
    """alerts of this rule now"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the next look would do. `told` would begin and be told, `kept_back` would begin unsaid (silenced, or in quiet hours), `lasting` are alerts
    already; `ended` are the sentences of alerts that would end, of which nobody would be told."""

    told: list[Cause]
    kept_back: list[Cause]
    lasting: list[Cause]
    ended: list[str]


def list_alert_rules() -> list[RuleView]:
    """Every rule, in the order in which they are declared.

    Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        changed, lasting = options.changed(conn), alerts.count_lasting(conn)
    standing = alert_rules.in_force(changed)
    found = []
    for rule in RULES.values():
        row = changed.get(alert_rules.option_of(rule.name))
        found.append(
            RuleView(
                name=rule.name,
                sentence=rule.sentence,
                now=standing[rule.name],
                default=alert_rules.as_settings_say(rule.name),
                limit=rule.threshold,
                changed_by=row["changed_by"] if row else None,
                changed_at=row["changed_at"] if row else None,
                lasting=lasting.get(rule.name, 0),
            )
        )
    return found


def change_alert_rule(name: str, *, is_on: bool | None = None, threshold: int | None = None, by: str) -> None:
    """Switch a rule on or off, or give it another threshold; None leaves as it is. Consumers go by it from their next look on.

    Raises: BadRequest, DatabaseAway.
    """
    rule = _known(name)
    given = _given(rule, is_on, threshold)
    if not given:
        raise BadRequest("is_on", f"Nothing was said to change of the alert rule {name}; give is_on or threshold.")
    with begin() as conn:
        changed = options.changed(conn)
        kept = changed.get(alert_rules.option_of(name), {}).get("value") or {}
        options.put(conn, alert_rules.option_of(name), {**kept, **given}, by=by)
        after = alert_rules.in_force(options.changed(conn))[name]
        _audit(conn, by, "change_alert_rule", rule, alert_rules.in_force(changed)[name], after)


def reset_alert_rule(name: str, *, by: str) -> None:
    """Back to what the settings say.

    Raises: BadRequest, DatabaseAway.
    """
    rule = _known(name)
    with begin() as conn:
        before = alert_rules.in_force(options.changed(conn))[name]
        options.drop(conn, alert_rules.option_of(name))
        _audit(conn, by, "reset_alert_rule", rule, before, alert_rules.as_settings_say(name))


def try_alert_rule(name: str, *, is_on: bool | None = None, threshold: int | None = None) -> Trial:
    """What the next look would do if this rule were changed so; changes nothing.

    Raises: BadRequest, DatabaseAway.
    """
    rule = _known(name)
    given = _given(rule, is_on, threshold)
    with asking(fresh=True) as conn:
        changed, facts = options.changed(conn), alert_facts.gather(conn)
        before = alert_rules.in_force(changed)[name]
        after = Standing(is_on=given.get("is_on", before.is_on), threshold=float(given.get("threshold", before.threshold)))
        found = alert_rules.causes(facts, {name: after})
        open_now = {one["active_cause"]: str(one["sentence"]) for one in alerts.lasting(conn, name)}
        new = [cause for cause in found if cause.key not in open_now]
        silenced = alerts.silenced(conn, [cause.key for cause in new])
    is_quiet = quieting.end_of(changed, facts.now) is not None
    unsaid = {cause.key for cause in new if cause.key in silenced or (is_quiet and cause.severity == alerts.PASSING)}
    dropped = alert_rules.no_more(facts, {name: before}, {name: after}) if after.is_on else set(open_now)
    return Trial(
        told=[cause for cause in new if cause.key not in unsaid], kept_back=[cause for cause in new if cause.key in unsaid],
        lasting=[cause for cause in found if cause.key in open_now],
        ended=[sentence for key, sentence in open_now.items() if key in dropped],
    )  # fmt: skip


def _known(name: str) -> Rule:
    if name not in RULES:
        raise BadRequest("name", f"There is no alert rule {name!r}; choose one of {', '.join(RULES)}.")
    return RULES[name]


def _given(rule: Rule, is_on: bool | None, threshold: int | None) -> dict[str, Any]:
    """What was said, checked.

    Raises: BadRequest.
    """
    if is_on is not None and not isinstance(is_on, bool):
        raise BadRequest("is_on", f"is_on is {is_on!r}; it has to be true or false.")
    told: dict[str, Any] = {} if is_on is None else {"is_on": is_on}
    if threshold is None:
        return told
    limit = rule.threshold
    if limit is None:
        raise BadRequest("threshold", f"The alert rule {rule.name} has no threshold; it can only be switched on or off.")
    if isinstance(threshold, bool) or not isinstance(threshold, int) or not limit.lowest <= threshold <= limit.highest:
        raise BadRequest(
            "threshold",
            f"The threshold of {rule.name} is {threshold!r}; it has to be a whole number from {limit.lowest:,} to {limit.highest:,} ({limit.unit}).",
        )
    return {**told, "threshold": threshold}


def _audit(conn: Connection, by: str, action: str, rule: Rule, before: Standing, after: Standing) -> None:
    def said(one: Standing) -> dict[str, Any]:
        return {"is_on": one.is_on, **({"threshold": one.threshold} if rule.threshold else {})}

    audit.write(conn, person=by, action=action, target=f"alert_rule:{rule.name}", detail={"from": said(before), "to": said(after)})
