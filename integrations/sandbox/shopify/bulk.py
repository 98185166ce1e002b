"""Bulk operations (shopify.dev/docs/api/usage/bulk-operations/queries): a query run over everything, its rows a file of lines.

A line is an object; objects of nested connections are lines of their own that name their parent. Parents come before their
children but, unless objects are grouped, not right before them: here all parents come first, and then the first child of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from graphql import GraphQLError, execute_sync, parse, validate

from integrations.sandbox.contract import Answer, Call
from integrations.sandbox.shopify import search
from integrations.sandbox.shopify.bulk_rules import broken_rule, everything_of
from integrations.sandbox.shopify.graph import Graph
from integrations.sandbox.shopify.pages import connection
from integrations.sandbox.shopify.rows import time
from integrations.sandbox.shopify.schema import SCHEMA

AT_ONCE = 5  # of one app in one shop, from 2026-01 on
KEPT_S = 7 * 86_400
FIRST_ID = 1_000_000_000_000
FILTERS = {
    "status": search.Filter("words", lambda one: one.status),
    "operation_type": search.Filter("words", lambda _: "query"),
    "created_at": search.Filter("times", lambda one: int(one.created)),
}
LINK_EXPIRED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message></Error>"


@dataclass(slots=True)
class Operation:
    """One operation; `lines` is its file."""

    number: int
    query: str
    is_grouped: bool
    created: float
    graph: Graph
    status: str = "CREATED"
    error: str | None = None
    completed: float | None = None
    lines: bytes = b""
    objects: int = 0
    roots: int = 0


class Bulk:
    """A shop's bulk operations. `seconds` is how long one takes, `fails_with` an error code that the next ones end with."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self.seconds = 0.0
        self.fails_with: str | None = None
        self.operations: list[Operation] = []
        self._secret, self._clock = secret, clock

    def root(self, graph: Graph, address: str) -> dict[str, Any]:
        """The fields of QueryRoot and Mutation that deal with bulk operations."""
        return {
            "bulkOperationRunQuery": lambda _info, query, groupObjects: self._run(query, groupObjects, graph, address),  # noqa: N803 - the schema's name
            "bulkOperationCancel": lambda _info, id: self._cancel(id, address),
            "bulkOperation": lambda _info, id: self._told(self._one(id), address),
            "bulkOperations": lambda _info, **args: self._list(args, address),
        }

    def file(self, call: Call) -> Answer:
        """The lines of an operation, to whoever has the signed address, while it is good."""
        name, _, kind = call.path.removeprefix("/bulk/").partition(".")
        found = self.operations[int(name)] if name.isdigit() and int(name) < len(self.operations) else None
        self._move_all()
        if found is None or found.completed is None or call.params.get("sign") != self._secret or found.status == "EXPIRED":
            return Answer(403, LINK_EXPIRED, {"Content-Type": "application/xml; charset=UTF-8"})
        lines = found.lines if kind == "jsonl" else found.lines[: len(found.lines) // 2].rpartition(b"\n")[0]
        return Answer(200, lines, {"Content-Type": "application/jsonl"})

    def _run(self, query: str, is_grouped: bool, graph: Graph, address: str) -> dict[str, Any]:
        self._move_all()
        if sum(one.status in {"CREATED", "RUNNING", "CANCELING"} for one in self.operations) >= AT_ONCE:
            return _refused("LIMIT_REACHED", "Bulk operations limit reached. Please try again later.", None)
        try:
            document = parse(query)
            wrong = [error.message for error in validate(SCHEMA, document)] or [broken_rule(document)]
        except GraphQLError as error:
            wrong = [error.message]
        if wrong[0]:
            return _refused("INVALID", f"Invalid bulk query: {wrong[0]}", ["query"])
        own = Graph(graph.shop, set(graph.scopes), frozenset())
        self.operations.append(Operation(len(self.operations), query, is_grouped, self._clock(), own))
        return {"bulkOperation": self._told(self.operations[-1], address), "userErrors": []}

    def _cancel(self, text: str, address: str) -> dict[str, Any]:
        self._move_all()
        found = self._one(text)
        if found is not None and found.status in {"CREATED", "RUNNING"}:
            found.status = "CANCELED"
        return {"bulkOperation": self._told(found, address), "userErrors": []}

    def _one(self, text: str) -> Operation | None:
        self._move_all()
        number = text.removeprefix("gid://shopify/BulkOperation/")
        place = int(number) - FIRST_ID if number.isdigit() else -1
        return self.operations[place] if 0 <= place < len(self.operations) else None

    def _list(self, args: Mapping[str, Any], address: str) -> dict[str, Any]:
        self._move_all()
        condition, now = search.parsed(args.get("query") or ""), int(self._clock())
        numbers = [one.number for one in self.operations if search.matches(condition, one, FILTERS, now)]
        return connection(
            numbers,
            args={**args, "reverse": not args.get("reverse")},  # the newest come first
            sort_value=lambda number: self.operations[number].created,
            node=lambda number: self._told(self.operations[number], address) or {},
            question=("bulkOperations", args.get("query")),
        )

    def _told(self, one: Operation | None, address: str) -> dict[str, Any] | None:
        if one is None:
            return None
        link = f"{address}/bulk/{one.number}.{{}}?sign={self._secret}"
        is_whole = one.status == "COMPLETED" and one.lines
        return {
            "__typename": "BulkOperation",
            "id": f"gid://shopify/BulkOperation/{FIRST_ID + one.number}",
            "status": one.status,
            "type": "QUERY",
            "query": one.query,
            "errorCode": one.error,
            "createdAt": time(int(one.created)),
            "completedAt": time(int(one.completed)) if one.status == "COMPLETED" and one.completed else None,
            "objectCount": str(one.objects),
            "rootObjectCount": str(one.roots),
            "fileSize": str(len(one.lines)) if is_whole else None,
            "url": link.format("jsonl") if is_whole else None,
            "partialDataUrl": link.format("partial") if one.status == "FAILED" and one.lines else None,
        }

    def _move_all(self) -> None:
        for one in self.operations:
            now = self._clock()
            if one.status in {"CREATED", "RUNNING"} and now >= one.created:
                one.status = "RUNNING"
                if now - one.created >= self.seconds:
                    self._finish(one, now)
            elif one.status == "COMPLETED" and one.completed is not None and now > one.completed + KEPT_S:
                one.status = "EXPIRED"

    def _finish(self, one: Operation, now: float) -> None:
        result = execute_sync(SCHEMA, everything_of(parse(one.query)), one.graph.root(), one.graph)
        codes = [str((error.extensions or {}).get("code")) for error in result.errors or ()]
        one.error = self.fails_with or (("ACCESS_DENIED" if "ACCESS_DENIED" in codes else "INTERNAL_SERVER_ERROR") if codes else None)
        one.status, one.completed = "FAILED" if one.error else "COMPLETED", now
        if result.data is None or codes:
            return
        families = [_family(node) for node in _nodes(next(iter(result.data.values())))]
        one.lines = b"".join(_line(row) for row in _in_order(families, is_grouped=one.is_grouped))
        one.objects, one.roots = one.lines.count(b"\n"), len(families)


def _family(node: Mapping[str, Any], parent: str | None = None) -> list[dict[str, Any]]:
    """A node and what hangs on it, each without its connections."""
    own = {name: value for name, value in node.items() if not _is_connection(value)}
    rows = [own if parent is None else {**own, "__parentId": parent}]
    for value in node.values():
        if _is_connection(value):
            rows += [row for child in _nodes(value) for row in _family(child, node["id"])]
    return rows


def _in_order(families: Sequence[list[dict[str, Any]]], *, is_grouped: bool) -> list[dict[str, Any]]:
    if is_grouped:
        return [row for family in families for row in family]
    return [row for generation in zip_longest(*families) for row in generation if row is not None]


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode() + b"\n"


def _is_connection(value: object) -> bool:
    return isinstance(value, dict) and bool(value.keys() & {"edges", "nodes"})


def _nodes(value: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    return [edge["node"] for edge in value["edges"]] if "edges" in value else list(value["nodes"])


def _refused(code: str, message: str, field: list[str] | None) -> dict[str, Any]:
    return {"bulkOperation": None, "userErrors": [{"code": code, "message": message, "field": field}]}
