"""What a bulk query may be, and the same query asking for everything.

The limits are documented: one root field, at least one connection, at most five, nested two deep, no connection inside a list,
no `node` or `nodes` at the root. Documented examples read connections by `edges`; parents of a connection must name their `id`.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    IntValueNode,
    NameNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from integrations.sandbox.shopify.pages import EVERYTHING
from integrations.sandbox.shopify.schema import SCHEMA

MOST_CONNECTIONS, DEEPEST = 5, 2


def broken_rule(document: DocumentNode) -> str:
    """The first rule that a valid document breaks, in words; "" for none."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        return "it must be one query."
    if operations[0].variable_definitions:
        return "it cannot have variables."
    fields = [one for one in operations[0].selection_set.selections if isinstance(one, FieldNode)]
    if len(fields) != 1 or len(operations[0].selection_set.selections) != 1:
        return "it must have one root field."
    if fields[0].name.value in {"node", "nodes"}:
        return "the fields node and nodes cannot be used."
    info = TypeInfo(SCHEMA)
    rules = _Rules(info)
    visit(document, TypeInfoVisitor(info, rules))
    return rules.broken or ("" if rules.count else "it must have at least one connection.")


def everything_of(document: DocumentNode) -> Any:
    """The document with each connection asking for all it has; `first` and the like are ignored, as documented."""
    info = TypeInfo(SCHEMA)
    return visit(document, TypeInfoVisitor(info, _Everything(info)))


class _Rules(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.broken, self.count = "", 0
        self._info, self._open, self._lists = info, 0, 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Counts what opens here."""
        if _is_connection(self._info):
            self.count += 1
            self._open += 1
            if self._lists:
                self.broken = self.broken or "a connection cannot stand inside a list."
            if self._open > DEEPEST:
                self.broken = self.broken or f"connections can be nested {DEEPEST} deep."
            if self.count > MOST_CONNECTIONS:
                self.broken = self.broken or f"it can have {MOST_CONNECTIONS} connections."
        elif _is_plain_list(self._info, node):
            self._lists += 1
        if node.name.value == "node" and node.selection_set:
            chosen = [one for one in node.selection_set.selections if isinstance(one, FieldNode)]
            holds = any(_holds_edges(one) for one in chosen)
            if holds and not any(one.name.value == "id" and one.alias is None for one in chosen):
                self.broken = self.broken or "The parent 'node' field for a nested connection must select the 'id' field without an alias."

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        """Closes what was opened."""
        if _is_connection(self._info):
            self._open -= 1
        elif _is_plain_list(self._info, node):
            self._lists -= 1


class _Everything(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        """Asks a connection for all of it."""
        if not _is_connection(self._info):
            return None
        kept = [one for one in node.arguments or () if one.name.value not in {"first", "last", "after", "before"}]
        first = ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value=str(EVERYTHING)))
        return FieldNode(
            alias=node.alias, name=node.name, arguments=(*kept, first), directives=node.directives, selection_set=node.selection_set
        )


def _is_connection(info: TypeInfo) -> bool:
    kind = info.get_type()
    return kind is not None and get_named_type(kind).name.endswith("Connection")


def _is_plain_list(info: TypeInfo, node: FieldNode) -> bool:
    kind = info.get_type()
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList) and node.name.value not in {"edges", "nodes"}


def _holds_edges(node: FieldNode) -> bool:
    selections = node.selection_set.selections if node.selection_set else ()
    return any(isinstance(one, FieldNode) and one.name.value in {"edges", "nodes"} for one in selections)
