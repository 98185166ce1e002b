"""What a query costs, and the bucket it is paid from (shopify.dev/docs/api/usage/rate-limits).

Rules as documented: a scalar or enum 0, an object 1, a connection 2 and its nodes as many times as `first` or `last` asks for,
a mutation 10. Before running, a query is taken to return all it asks for; afterwards only what came is charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
    value_from_ast_untyped,
)

SINGLE_QUERY_MAX = 1000
MUTATION = 10
PLANS = {"standard": (2000.0, 100.0), "advanced": (4000.0, 200.0), "plus": (20_000.0, 1000.0), "enterprise": (40_000.0, 2000.0)}
FREE = frozenset({"PageInfo"})


class Bucket:
    """Points that come back at `restore_rate` a second, up to `size`."""

    def __init__(self, plan: str, clock: Callable[[], float]) -> None:
        self.size, self.restore_rate = PLANS[plan]
        self._clock = clock
        self._available, self._at = self.size, clock()

    @property
    def available(self) -> float:
        """Points there are now."""
        now = self._clock()
        self._available = min(self.size, self._available + max(now - self._at, 0.0) * self.restore_rate)
        self._at = now
        return self._available

    def take(self, points: float) -> None:
        """Pay."""
        self._available = self.available - points

    def status(self) -> dict[str, float]:
        """As `extensions.cost.throttleStatus` tells it."""
        return {"maximumAvailable": self.size, "currentlyAvailable": int(self.available), "restoreRate": self.restore_rate}


class Bill:
    """The cost of one operation of a document with its variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> None:
        self._schema, self._variables = schema, dict(variables)
        self._operation = operation
        self._fragments = {found.name.value: found for found in document.definitions if isinstance(found, FragmentDefinitionNode)}
        for definition in operation.variable_definitions or ():
            if definition.default_value is not None:
                self._variables.setdefault(definition.variable.name.value, value_from_ast_untyped(definition.default_value))

    def requested(self) -> int:
        """Points if everything asked for came."""
        if self._operation.operation is OperationType.MUTATION:
            return MUTATION * len(self._operation.selection_set.selections)
        return self._selections(self._operation.selection_set, self._root(), None)

    def actual(self, data: Mapping[str, Any] | None) -> int:
        """Points for what came."""
        if self._operation.operation is OperationType.MUTATION:
            return self.requested()
        return max(self._selections(self._operation.selection_set, self._root(), data or {}), 1)

    def _root(self) -> GraphQLObjectType:
        root = self._schema.query_type
        assert root is not None  # the schema has one
        return root

    def _selections(self, selection_set: SelectionSetNode | None, parent: GraphQLCompositeType, data: Mapping[str, Any] | None) -> int:
        total = 0
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent, data)
            elif isinstance(selection, InlineFragmentNode):
                name = selection.type_condition.name.value if selection.type_condition else parent.name
                total += self._selections(selection.selection_set, self._composite(name), data)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments[selection.name.value]
                total += self._selections(fragment.selection_set, self._composite(fragment.type_condition.name.value), data)
        return total

    def _field(self, field: FieldNode, parent: GraphQLCompositeType, data: Mapping[str, Any] | None) -> int:
        definition = parent.fields.get(field.name.value) if is_object_type(parent) or is_interface_type(parent) else None
        if definition is None:
            return 0
        kind = get_named_type(definition.type)
        if not is_composite_type(kind) or kind.name in FREE:
            return 0
        key = field.alias.value if field.alias else field.name.value
        value = None if data is None else data.get(key)
        size = self._size(field)
        if kind.name.endswith("Connection"):
            return 2 + self._nodes(field, kind, None if data is None else value or {}, size)
        if data is None:
            return size * (1 + self._selections(field.selection_set, kind, None))
        if isinstance(value, list):
            return sum(1 + self._selections(field.selection_set, kind, one or {}) for one in value[:size])
        return 1 + (self._selections(field.selection_set, kind, value) if value else 0)

    def _nodes(self, field: FieldNode, connection: GraphQLCompositeType, data: Mapping[str, Any] | None, size: int) -> int:
        edge = self._composite(connection.name.removesuffix("Connection") + "Edge")
        node = self._composite(connection.name.removesuffix("Connection"))
        total = 0
        for selection in self._flat(field.selection_set):
            key = selection.alias.value if selection.alias else selection.name.value
            rows = None if data is None else data.get(key) or []
            if selection.name.value == "nodes":
                total += self._rows(selection.selection_set, node, rows, size, 1)
            elif selection.name.value == "edges":
                total += self._rows(selection.selection_set, edge, rows, size, 0)
        return total

    def _rows(self, selections: SelectionSetNode | None, kind: GraphQLCompositeType, rows: Any, size: int, own: int) -> int:
        if rows is None:
            return size * (own + self._selections(selections, kind, None))
        return sum(own + self._selections(selections, kind, row) for row in rows)

    def _flat(self, selection_set: SelectionSetNode | None) -> list[FieldNode]:
        found: list[FieldNode] = []
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                found.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                found.extend(self._flat(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                found.extend(self._flat(self._fragments[selection.name.value].selection_set))
        return found

    def _size(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in {"first", "last", "ids"}:
                value = value_from_ast_untyped(argument.value, self._variables)
                return value if isinstance(value, int) else len(value) if isinstance(value, list) else 1
        return 1

    def _composite(self, name: str) -> GraphQLCompositeType:
        found = self._schema.get_type(name)
        assert is_composite_type(found)  # the document was validated
        return found
