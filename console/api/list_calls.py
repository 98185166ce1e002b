"""/api/stores, products, orders, schedules, failures, audit: what is there, by cursor; and exports."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from console.api import cursors, shapes
from console.api.checks import moment
from console.api.exports import KINDS, export
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem
from db import audit_lines, board, exports, failure_lists, schedules
from db.reads import asking
from tasks import store_tags

_PAGED = {"limit": cursors.LIMIT, "cursor": cursors.CURSOR}
_STREAM_TOLD = ("live", "live_change", "live_change_since", "deleted", "rejected", "watermark", "last_success_at", "last_finished_at", "last_verdict", "last_reason", "last_job_id",
                "failed_in_a_row")  # fmt: skip
_TAGS = {"type": "array", "items": shapes.TAG, "description": "may be given several times: stores that have each of them"}
_GROUP = {"type": "array", "items": {"type": "string", "enum": ["new", "known", "muted", "resolved", "regressed"]}}


def _known_store(act: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def asked(call: Call) -> Answer:
        try:
            return act(call)
        except exports.NoSuchStore as error:
            raise Problem(404, str(error)) from None

    return asked


def _records(call: Call, *, what: str) -> Answer:
    store, limit = call.query.get("store"), call.query.get("limit", 100)
    key = exports.key(what, store)
    after = cursors.read(call.query.get("cursor"), int if key == "id" else str)
    return Answer(cursors.listed(exports.rows(what, after=after, limit=limit + 1, store=store), key=key, limit=limit))


def _stores(call: Call) -> Answer:
    found, _now = board.stores_and_streams()
    after, limit = cursors.read(call.query.get("cursor"), int) or 0, call.query.get("limit", 100)
    wanted = {store_tags.plain(tag) for tag in call.query.get("tags", ())}
    rows = sorted(
        (_store(store) for store in found if store["id"] > after and wanted <= set(store["tags"])), key=lambda store: int(store["id"])
    )
    return Answer(cursors.listed(rows, key="id", limit=limit))


def _store(store: dict[str, Any]) -> dict[str, Any]:
    streams = {name: {each: row[each] for each in _STREAM_TOLD} for name, row in store["streams"].items()}
    return {name: value for name, value in store.items() if name not in ("streams", "doing")} | {"streams": streams}


def _schedules(call: Call) -> Answer:
    after, limit = cursors.read(call.query.get("cursor"), int) or 0, call.query.get("limit", 100)
    with asking() as conn:
        rows = [dict(row) for row in schedules.every(conn) if row["id"] > after]
    return Answer(cursors.listed(rows, key="id", limit=limit))


def _failures(call: Call) -> Answer:
    limit, before = call.query.get("limit", 100), None
    if (after := cursors.read(call.query.get("cursor"), str)) is not None:
        seen_at, _, fingerprint = after.partition(" ")
        try:
            before = (moment(seen_at), fingerprint)
        except ValueError:
            raise cursors.wrong() from None
        if before[0].tzinfo is None:
            raise cursors.wrong()
    page = failure_lists.groups(states=call.query.get("state", ()), before=before, limit=limit)
    rows = [{**row, "place": f"{row['last_seen_at'].isoformat()} {row['fingerprint']}"} for row in page.rows]
    told = cursors.listed(rows, key="place", limit=limit, has_more=page.has_more)
    return Answer({**told, "items": [{name: value for name, value in row.items() if name != "place"} for row in rows]})


def _audit(call: Call) -> Answer:
    limit, asked = call.query.get("limit", 100), call.query
    rows = audit_lines.newest(
        before=cursors.read(asked.get("cursor"), int), limit=limit + 1, person=asked.get("person"), action=asked.get("action")
    )
    return Answer(cursors.listed(rows, key="id", limit=limit))


_get: Any = partial(Operation, method="GET", answers={200: "Rows"}, group="lists")
_TEXT = {"type": "string", "maxLength": 255}
OPERATIONS = [
    _get(path="/api/stores", summary="Stores with the state of their streams", act=_stores, query={"tags": _TAGS, **_PAGED},
         about="`live_change` is how `live` has changed since `live_change_since`: a day ago, later where less is known; null where nothing is."),
    *(
        _get(path=f"/api/{what}", summary=f"{what.title()} by number; of a store by their number on the platform",
             act=_known_store(partial(_records, what=what)), query={"store": shapes.STORE, **_PAGED}, refusals=(404,))
        for what in ("products", "orders")
    ),
    _get(path="/api/schedules", summary="Schedules", act=_schedules, query=_PAGED),
    _get(path="/api/failures", summary="Why jobs fail, failures of one cause together, the last seen first", act=_failures, query={"state": _GROUP, **_PAGED}),
    _get(path="/api/audit", summary="Who did what, newest first", act=_audit, query={"person": _TEXT, "action": _TEXT, **_PAGED}),
    _get(
        path="/api/export/{kind}", summary="All jobs, products or orders as CSV or JSON Lines", act=_known_store(export), kinds=tuple(KINDS.values()),
        parameters={"kind": {"type": "string", "enum": list(exports.COLUMNS)}}, refusals=(404,),
        query={"format": {"type": "string", "enum": list(KINDS), "default": "csv"}, "store": shapes.STORE,
               "state": {"type": "array", "items": {"type": "string", "enum": ["queued", "running", "succeeded", "failed", "cancelled"]},
                         "description": "of jobs; may be given several times"}},
        about="Written while it is read, so it may be of any length; one that breaks off was cut by an error. In CSV a text that a spreadsheet would take "
        "for a formula begins with an apostrophe.",
    ),
]  # fmt: skip
