"""Where alerts are told: webhooks, Slack, e-mail. Their addresses are secrets and kept as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from db import alerts, audit, secrets
from db.engine import begin
from integrations import notify
from integrations.address import checked_address
from integrations.errors import ConfigWrong, IntegrationError
from settings import settings
from tasks.bad_request import BadRequest
from tasks.endings import JobFailed
from tasks.ledger import Requested, job, submit
from tasks.run import Run

FIELDS = {  # kind → what it needs, and what it may have
    "webhook": (("url",), ("secret",)),
    "slack": (("url",), ()),
    "email": (("host", "sender", "to"), ("port", "user", "password", "security")),
}
ENDED_TITLE = "Over again"
_SECURITY = ("starttls", "tls", "none")


def add_channel(name: str, kind: str, fields: Mapping[str, str], *, by: str) -> int:
    """A place to tell alerts at; its number. `fields` by kind: webhook url [secret]; slack url; email host sender to [port user password security].

    Raises: BadRequest, DatabaseAway.
    """
    name = name.strip()
    if not name or len(name) > 64:
        raise BadRequest("name", "A channel's name has 1 to 64 characters.")
    given = _checked(kind, fields)
    try:
        with begin() as conn:
            channel_id = alerts.put_channel(conn, name=name, kind=kind, ciphertext=secrets.seal(f"channel:{name}", given), by=by)
            audit.write(conn, person=by, action="add_channel", target=f"channel:{channel_id}", detail={"name": name, "kind": kind})
    except IntegrityError:
        raise BadRequest("name", f"There is a channel {name!r} already; choose another name.") from None
    return channel_id


def _checked(kind: str, fields: Mapping[str, str]) -> dict[str, str]:
    if kind not in FIELDS:
        raise BadRequest("kind", f"{kind!r} is no kind of channel; choose one of {', '.join(FIELDS)}.")
    required, optional = FIELDS[kind]
    given = {name: value.strip() for name, value in fields.items() if value and value.strip()}
    if unknown := sorted(set(given) - set(required) - set(optional)):
        raise BadRequest(unknown[0], f"A channel of the kind {kind} has no {unknown[0]}; it has {', '.join((*required, *optional))}.")
    if missing := [name for name in required if name not in given]:
        raise BadRequest(missing[0], f"A channel of the kind {kind} needs {missing[0]}.")
    if "url" in given:
        try:
            checked_address(given["url"].partition("?")[0], allow_private=settings().allow_private_addresses)
        except ConfigWrong as error:
            raise BadRequest("url", str(error).replace("The store's address", "The address")) from None
    if not given.get("port", "25").isdigit() or not 0 < int(given.get("port", "25")) < 65536:
        raise BadRequest("port", f"The port {given['port']!r} has to be a number from 1 to 65535.")
    if given.get("security", "starttls") not in _SECURITY:
        raise BadRequest("security", f"{given['security']!r} has to be one of {', '.join(_SECURITY)}.")
    for address in _addresses(given.get("to", "")) + ([given["sender"]] if "sender" in given else []):
        if address.count("@") != 1 or any(c.isspace() for c in address):
            raise BadRequest("to", f"{address!r} is not an e-mail address such as ana@example.com.")
    return given


def _addresses(text: str) -> list[str]:
    return [address.strip() for address in text.replace(";", ",").split(",") if address.strip()]


def channels() -> list[dict[str, Any]]:
    """Each without its secrets: id, name, kind, is_enabled, created_by, last_sent_at, last_error. Raises: DatabaseAway."""
    with begin() as conn:
        found = alerts.channels(conn)
    return [{name: value for name, value in channel.items() if name != "ciphertext"} for channel in found]


def enable_channel(channel_id: int, is_enabled: bool, *, by: str) -> None:
    """Tell alerts there, or not for now.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        if not alerts.change_channel(conn, channel_id, is_enabled=is_enabled):
            raise BadRequest("channel_id", f"There is no channel {channel_id}.")
        audit.write(conn, person=by, action="enable_channel" if is_enabled else "disable_channel", target=f"channel:{channel_id}")


def drop_channel(channel_id: int, *, by: str) -> None:
    """No more of it.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        if not alerts.drop_channel(conn, channel_id):
            raise BadRequest("channel_id", f"There is no channel {channel_id}.")
        audit.write(conn, person=by, action="drop_channel", target=f"channel:{channel_id}")


def test_channel(channel_id: int, *, requested_by: str) -> Requested:
    """Ask a worker to send a test message; the job's id.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        if alerts.channel(conn, channel_id) is None:
            raise BadRequest("channel_id", f"There is no channel {channel_id}.")
    return submit("try_channel", {"channel_id": channel_id}, requested_by=requested_by, priority=30, dedupe_key=f"channel:{channel_id}")


test_channel.__test__ = False  # type: ignore[attr-defined]  # its name is no invitation to pytest


@job(queue="system", attempts=1, retry_delay_s=1.0, time_limit_s=60.0)
def try_channel(run: Run, channel_id: int) -> Mapping[str, Any]:
    """One message that says that it is a test."""
    with begin() as conn:
        channel = alerts.channel(conn, channel_id)
    if channel is None:
        raise JobFailed("The channel is not there any more.", hint="Choose another.", reason_code="config", may_retry=False)
    line = f"Asked for by {run.job.requested_by}. Alerts will come this way."
    send(channel, notify.Notice(title="A test message", lines=[line], link=settings().console_url, facts={"kind": "test"}))
    return {"channel": channel["name"], "kind": channel["kind"]}


def notice_of(rows: Sequence[Mapping[str, Any]], title: str = "") -> notify.Notice:
    """Several alerts as one message."""
    first = rows[0]["sentence"] if len(rows) == 1 else f"{len(rows)} things are wrong" if not title else f"{len(rows)} things"
    facts = [
        {"id": row["id"], "rule": row["rule"], "cause": row["cause"], "severity": row["severity"], "sentence": row["sentence"],
         "began_at": row["began_at"].isoformat(), "ended_at": row["ended_at"].isoformat() if row["ended_at"] else None}
        for row in rows
    ]  # fmt: skip
    said = [row["sentence"] for row in rows] if len(rows) > 1 else []
    return notify.Notice(
        title=f"{title}: {first}" if title else first, lines=said, link=settings().console_url,
        facts={"kind": "ended" if title else "began", "alerts": facts},
    )  # fmt: skip


def send(channel: Mapping[str, Any], notice: notify.Notice) -> None:
    """Send it, and note on the channel how that went.

    Raises: IntegrationError, SecretsUnreadable.
    """
    fields = secrets.unseal(f"channel:{channel['name']}", channel["ciphertext"])
    is_private_allowed = settings().allow_private_addresses
    try:
        match channel["kind"]:
            case "webhook":
                notify.webhook(notice, url=fields["url"], secret=fields.get("secret", ""), allow_private=is_private_allowed)
            case "slack":
                notify.slack(notice, url=fields["url"], allow_private=is_private_allowed)
            case _:
                security = fields.get("security", "starttls")
                notify.email(
                    notice, host=fields["host"], port=int(fields.get("port") or {"tls": 465, "starttls": 587}.get(security, 25)), sender=fields["sender"],
                    to=_addresses(fields["to"]), user=fields.get("user", ""), password=fields.get("password", ""), security=security,
                )  # fmt: skip
    except IntegrationError as error:
        with begin() as conn:
            alerts.sent(conn, channel["id"], str(error))
        raise
    with begin() as conn:
        alerts.sent(conn, channel["id"], None)
