"""/api/users: the people that products are created for."""

from __future__ import annotations

import tasks
from console.api import cursors, shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem
from console.api.told import requested
from db import people
from tasks.roles import Role

_SEARCH = {"type": "string", "maxLength": 100, "description": "a number, or a part of a name or address"}


def _create_product(call: Call) -> Answer:
    user_id = call.path["id"]
    try:
        job_id = tasks.create_product_for_user(
            user_id, requested_by=call.actor, metadata=call.body.get("metadata", {}), idempotency_key=call.key
        )
    except tasks.BadRequest as error:
        raise Problem(404, str(error)) from None
    return requested(job_id)


def _list(call: Call) -> Answer:
    limit = call.query.get("limit", 100)
    page = people.page(search=call.query.get("search", ""), before=cursors.read(call.query.get("cursor"), int), limit=limit)
    return Answer(cursors.listed(page.rows, key="id", limit=limit, has_more=page.has_more))


def _add(call: Call) -> Answer:
    user_id = tasks.add_user(call.body["name"], call.body.get("email"), by=call.actor)
    return Answer({"id": user_id}, 201)


OPERATIONS = [
    Operation(
        method="POST", path="/api/users/{id}/create-product", summary="Create a product for a user", act=_create_product, role=Role.OPERATOR,
        action="create_product", target="user:{id}", parameters={"id": shapes.ID}, answers={202: "Requested", 200: "Requested"},
        body={"type": "object", "properties": {"metadata": shapes.SCALARS}, "additionalProperties": False}, refusals=(404, 422), group="users",
        about="Price, quantity and category are drawn at random, once, however often the job is tried.",
    ),
    Operation(method="GET", path="/api/users", summary="Users, newest first", act=_list, answers={200: "Rows"}, group="users",
              query={"search": _SEARCH, "limit": cursors.LIMIT, "cursor": cursors.CURSOR}),
    Operation(
        method="POST", path="/api/users", summary="Write a user down", act=_add, role=Role.OPERATOR, action="add_user", target="user",
        body={
            "type": "object", "required": ["name"], "additionalProperties": False,
            "properties": {"name": {"type": "string", "pattern": "\\S", "maxLength": 255, "examples": ["Ana"]},
                           "email": {"type": "string", "maxLength": 255, "pattern": "^[^@\\s]+@[^@\\s]+$", "examples": ["ana@example.com"]}},
        },
        needs_body=True, answers={201: "Written"}, refusals=(422,), group="users",
    ),
]  # fmt: skip
