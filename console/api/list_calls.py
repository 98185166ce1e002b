"""/api/stores, products, orders, schedules, audit: what is there, by cursor; and exports."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tasks
from console.api import cursors, job_filters, shapes
from console.api.exports import KINDS, export
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem, Wrong
from db import audit, board, exports, rejected, schedules
from db.reads import asking
from tasks import store_tags

_MOST_SCHEDULES = 10_000  # a small table is read whole, and told by number
_PAGED = {"limit": cursors.LIMIT, "cursor": cursors.CURSOR}
_STREAM_TOLD = ("live", "live_change", "live_change_since", "deleted", "rejected", "watermark", "last_success_at", "last_finished_at", "last_verdict", "last_reason", "last_job_id",
                "failed_in_a_row")  # fmt: skip
_TAGS = {"type": "array", "items": shapes.TAG, "description": "may be given several times: stores that have each of them"}
_TEXT = {"type": "string", "maxLength": 255}
_LINES: dict[str, dict[str, Any]] = {
    "person": {**_TEXT, "description": "a whole name"},
    "action": _TEXT,
    "target": {**_TEXT, "description": "a whole one such as store:zurich, or a part of one"},
    "outcome": {"type": "string", "enum": list(audit.OUTCOMES)},
}
_OWN = {**shapes.STORE, "description": "a store's own, and those for all"}
_SEARCH = {
    "products": {"type": "string", "maxLength": 120, "description": "a SKU, a platform's id or a part of a name; newest first then"},
    "orders": {
        "type": "string",
        "maxLength": 120,
        "description": "the beginning of a number or e-mail, or a platform's id; newest first then",
    },
}


def _known_store(act: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def asked(call: Call) -> Answer:
        try:
            return act(call)
        except exports.NoSuchStore as error:
            raise Problem(404, str(error)) from None
        except exports.TooManyMatch as error:
            raise Problem(422, str(error), errors=[Wrong("search", str(error))]) from None

    return asked


def _records(call: Call, *, what: str) -> Answer:
    store, limit, cursor = call.query.get("store"), call.query.get("limit", 100), call.query.get("cursor")
    if search := call.query.get("search"):
        found = exports.found_records(what, search, before=cursors.read(cursor, int), limit=limit, store=store)
        return Answer(cursors.searched(found, found.rows))
    key = exports.key(store)
    after = cursors.read(cursor, int if key == "id" else str)
    listed = cursors.listed(exports.records(what, after=after, limit=limit + 1, store=store), key=key, limit=limit)
    return Answer({**listed, "searched_to": None})


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


def _platforms(_call: Call) -> Answer:
    told = [
        {"name": name, "title": title, "secrets": tasks.secret_names(name), "streams": tasks.streams(name)}
        for name, title in sorted(tasks.platforms().items())
    ]
    return Answer({"items": told, "next": None})


def _rejected(call: Call) -> Answer:
    asked, limit = call.query, call.query.get("limit", 100)
    wanted = rejected.WantedRejected(store=asked.get("store"), stream=asked.get("stream"), reason_code=asked.get("reasonCode"))
    page = rejected.page(wanted, before=cursors.read(asked.get("cursor"), int), limit=limit)
    return Answer(cursors.listed(page.rows, key="id", limit=limit, has_more=page.has_more))


def _schedules(call: Call) -> Answer:
    after, limit = cursors.read(call.query.get("cursor"), int) or 0, call.query.get("limit", 100)
    with asking() as conn:
        found = schedules.every(conn, store=call.query.get("store"), limit=_MOST_SCHEDULES)
    rows = sorted((dict(row) for row in found if row["id"] > after), key=lambda row: int(row["id"]))
    return Answer(cursors.listed(rows, key="id", limit=limit))


def _audit(call: Call) -> Answer:
    asked = call.query
    wanted = audit.Wanted(**{name: asked.get(name, "") for name in _LINES})
    page = audit.page(wanted, before=cursors.read(asked.get("cursor"), int), limit=asked.get("limit", 100))
    return Answer(cursors.searched(page, page.rows))


_get: Any = partial(Operation, method="GET", answers={200: "Rows"}, group="lists")
OPERATIONS = [
    _get(path="/api/stores", summary="Stores with the state of their streams", act=_stores, query={"tags": _TAGS, **_PAGED},
         about="`live_change` is how `live` has changed since `live_change_since`: a day ago, later where less is known; null where nothing is."),
    _get(path="/api/platforms", summary="What can be connected: the secrets that each platform needs, the streams that it offers", act=_platforms),
    _get(path="/api/rejected", summary="Records that could not be read, each with its reason, newest first", act=_rejected,
         query={"store": shapes.STORE, "stream": shapes.STREAM, "reasonCode": {"type": "string", "minLength": 1, "maxLength": 64}, **_PAGED},
         about="/api/stores/{store}/retry-rejected tries them again, or a bulk operation with their `id`."),
    *(
        _get(path=f"/api/{what}", summary=f"{what.title()} by number; of a store by their number on the platform",
             act=_known_store(partial(_records, what=what)), query={"store": shapes.STORE, "search": _SEARCH[what], **_PAGED}, refusals=(404, 422), answers={200: "Found"})
        for what in ("products", "orders")
    ),
    _get(path="/api/schedules", summary="Schedules", act=_schedules, query={"store": _OWN, **_PAGED}),
    _get(path="/api/audit", summary="Who did what, newest first", act=_audit, query={**_LINES, **_PAGED}, answers={200: "Found"},
         about="A part of a target, or an outcome alone, is looked for in 100,000 lines at a time; `next` leads on."),
    _get(
        path="/api/export/{kind}", summary="Jobs, products or orders as CSV or JSON Lines", act=_known_store(export), kinds=tuple(KINDS.values()),
        parameters={"kind": {"type": "string", "enum": list(exports.COLUMNS)}}, refusals=(404, 422),
        query={"format": {"type": "string", "enum": list(KINDS), "default": "csv"}, **job_filters.FILTERS},
        about="All, or those that the filters of the lists mean: jobs take every one of them, products and orders store and search. Written while it is read, so it "
        "may be of any length; one that breaks off was cut by an error. In CSV a text that a spreadsheet would take for a formula begins with an apostrophe.",
    ),
]  # fmt: skip
