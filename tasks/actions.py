"""What people do to jobs and stores; each deed is in the audit log, in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from db import audit, job_actions, jobs, line, secrets, stores
from db.engine import again_when_undone, begin
from db.job_state import JobState
from integrations import CONNECTORS
from settings import settings
from tasks import huey_app, store_tags
from tasks.bad_request import BadRequest
from tasks.in_force import with_entered
from tasks.views import NoSuchJob

_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


@again_when_undone
def cancel(job_id: int, *, by: str) -> JobState:
    """Stop a job: at once while it waits, after its page while it runs; what was written stays. The state afterwards.

    Raises: WrongState, NoSuchJob, DatabaseAway.
    """
    try:
        with begin() as conn:
            state = job_actions.cancel(conn, job_id, by=by)
            audit.write(conn, person=by, action="cancel", target=f"job:{job_id}")
            due = line.next_of(conn, [job_id])
    except LookupError as error:
        raise NoSuchJob(str(error)) from None
    huey_app.push(due)
    return state


@again_when_undone
def retry(job_id: int, *, by: str) -> None:
    """Queue a failed or cancelled job again; a sync goes on at its checkpoint.

    Raises: WrongState, NoSuchJob, DatabaseAway.
    """
    try:
        with begin() as conn:
            job_actions.retry(conn, job_id, repush_s=settings().repush_s)
            row = jobs.get(conn, job_id)
            audit.write(conn, person=by, action="retry", target=f"job:{job_id}")
    except LookupError as error:
        raise NoSuchJob(str(error)) from None
    if row is not None:
        huey_app.push([(job_id, row["name"], row["priority"])])


def add_store(
    name: str,
    *,
    platform: str,
    address: str,
    by: str,
    title: str = "",
    secrets_given: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> int:
    """Connect a shop; its number. Secrets may come from the environment instead; `tags` are words to find it by, at most 10.

    Raises: BadRequest, DatabaseAway.
    """
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "name",
            f"The name {name!r} has to be 1 to 64 letters, digits or _; it becomes part of variables such as SHOPIFY_ACCESS_TOKEN_{name}.",
        )
    if platform not in CONNECTORS:
        raise BadRequest("platform", f"There is no platform {platform!r}; choose one of {', '.join(sorted(CONNECTORS))}.")
    _check_address(address)
    kept = store_tags.checked(tags)
    try:
        with begin() as conn:
            store_id = stores.add(
                conn, name=name, title=title or name, platform=platform, address=address.rstrip("/"), options=options, tags=kept
            )
            if secrets_given:
                secrets.put(conn, store_id, secrets_given)
            told = {"platform": platform, "address": address} | ({"tags": kept} if kept else {})
            audit.write(conn, person=by, action="add_store", target=f"store:{name}", detail=told)
    except IntegrityError:
        raise BadRequest("name", f"There is a store {name!r} already; choose another name.") from None
    return store_id


def _check_address(address: str) -> None:
    if not re.match(r"https?://[^/\s]+", address) or len(address) > 512:
        raise BadRequest("address", f"The address {address!r} has to begin with https:// and name the shop's host.")


def change_store(
    name: str,
    *,
    by: str,
    address: str | None = None,
    title: str | None = None,
    secrets_given: Mapping[str, str] | None = None,
    tags: Sequence[str] | None = None,
) -> None:
    """Change a store's address, title, some of its secrets, or all of its tags; those that are not given stay.

    Raises: BadRequest, DatabaseAway.
    """
    if address:
        _check_address(address)
    kept = None if tags is None else store_tags.checked(tags)
    with begin() as conn:
        store = stores.by_name(conn, name)
        if store is None:
            raise BadRequest("name", f"There is no store {name!r}.")
        changes: dict[str, Any] = {key: value for key, value in (("address", (address or "").rstrip("/")), ("title", title)) if value}
        if changes:
            stores.change(conn, store.id, **changes)
        if kept is not None and (before := stores.set_tags(conn, store.id, kept)) != kept:
            changes["tags"] = {"from": before, "to": kept}
        if secrets_given:
            stores.lock(conn, store.id)  # a worker may be renewing tokens
            secrets.put(conn, store.id, with_entered(_kept(conn, store.id), secrets_given))
        audit.write(conn, person=by, action="change_store", target=f"store:{name}", detail={**changes, "secrets": bool(secrets_given)})


def _kept(conn: Connection, store_id: int) -> dict[str, str]:
    try:
        return secrets.get(conn, store_id)
    except secrets.SecretsUnreadable:  # entering them again is what its text asks for
        return {}


def note_export(name: str, chosen: object, *, by: str) -> None:
    """Somebody took rows of a list away as a file: which list, and by which filters (a dataclass, or names and values).

    Raises: DatabaseAway.
    """
    told = asdict(chosen) if is_dataclass(chosen) and not isinstance(chosen, type) else dict(chosen) if isinstance(chosen, Mapping) else {}
    detail = {field: str(value) for field, value in told.items() if value}
    with begin() as conn:
        audit.write(conn, person=by, action="export", target=f"list:{name}", detail=detail)


def platforms() -> dict[str, str]:
    """Every platform that can be connected → how people write it."""
    return {name: facts.title for name, facts in CONNECTORS.items()}


def secret_names(platform: str) -> dict[str, tuple[str, ...]]:
    """The names of a platform's secrets: `required` and `optional`; none of a platform that is not there."""
    facts = CONNECTORS.get(platform)
    return {"required": facts.secret_names, "optional": facts.optional_secret_names} if facts else {"required": (), "optional": ()}


def streams(platform: str) -> dict[str, dict[str, Any]]:
    """Of each stream of a platform: is_offered, incremental, note, scopes (permissions without which it cannot be read)."""
    told = CONNECTORS[platform].streams if platform in CONNECTORS else {}
    return {name: {"is_offered": facts.is_offered, "incremental": facts.incremental, "note": facts.note, "scopes": facts.scopes}
            for name, facts in told.items()}  # fmt: skip
