"""/api/views: filters of a page that are kept under a name; a shared one is on everybody's page."""

from __future__ import annotations

import tasks
from console.api import shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from db import saved_views as kept
from tasks import saved_views
from tasks.roles import Role, require

_PAGE = {"type": "string", "enum": list(saved_views.PAGES), "examples": ["jobs"]}
_TOLD = ("id", "page", "name", "query", "owner", "is_shared", "created_at")


def _list(call: Call) -> Answer:
    pages = [call.query["page"]] if "page" in call.query else saved_views.PAGES
    rows = [row for page in pages for row in kept.of_page(str(call.actor), page, fresh=True)]
    return Answer({"items": [{name: row[name] for name in _TOLD} for row in rows], "next": None})


def _save(call: Call) -> Answer:
    said = call.body
    page, name, is_shared = said["page"], said["name"].strip(), said.get("isShared", False)
    if is_shared:
        require(call.actor, Role.OPERATOR, action="save_view", target=f"view:{page}:{name}"[:255])
    tasks.save_view(page, name, said["query"], is_shared=is_shared, by=call.actor)
    return Answer({"page": page, "name": name}, 201)


def _drop(call: Call) -> Answer:
    tasks.drop_view(call.path["id"], by=call.actor)
    return Answer({"id": call.path["id"]})


OPERATIONS = [
    Operation(method="GET", path="/api/views", summary="One's own views and those that others share", act=_list, answers={200: "Rows"}, query={"page": _PAGE},
              group="views"),
    Operation(
        method="POST", path="/api/views", summary="Keep the filters of a page under a name", act=refusing(_save, missing=()), action="save_view", target="view",
        needs_body=True, answers={201: "View"}, refusals=(422,), group="views",
        about="One's own view of the same page and name is changed. A shared one needs the role operator, and is on everybody's page.",
        body={
            "type": "object", "required": ["page", "name", "query"], "additionalProperties": False,
            "properties": {
                "page": _PAGE, "name": {"type": "string", "pattern": "\\S", "maxLength": saved_views.LONGEST_NAME, "examples": ["Failed orders"]},
                "query": {"type": "string", "minLength": 1, "maxLength": saved_views.LONGEST_QUERY, "examples": ["jobs_state=failed"],
                          "description": "as in the page's address: each name begins with the page's"},
                "isShared": {"type": "boolean", "default": False},
            },
        },
    ),
    Operation(method="POST", path="/api/views/{id}/drop", summary="Delete one's own view", act=_drop, action="drop_view", target="view:{id}",
              parameters={"id": shapes.ID}, answers={200: "Written"}, refusals=(404,), group="views", about="One that is gone already is no error."),
]  # fmt: skip
