"""Prepared operations: everything that depends only on the text is computed once and cached with the document."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    is_non_null_type,
)
from graphql.execution import VariableValues
from sqlalchemy import Dialect

from jobbot_gql.api.engine.planner import Plan, Planner
from jobbot_gql.api.engine.selected_field import variables_in
from jobbot_gql.api.graphql_core_internals import (
    FragmentDetails,
    GraphQLVariableSignature,
    VariableValueSource,
    coerce_default_value,
    get_variable_signature,
)
from jobbot_gql.api.guard.authorization import needed_scopes
from jobbot_gql.byte_cache import CACHE, Owner
from jobbot_gql.settings import Settings

FIELD_BYTES = 4_500
"""Memory of a plan per field, its statements included; measured: 1,700 on SQLite, twice that on PostgreSQL."""
MAX_SHAPES = 4
"""How many shapes (sizes and orders of lists that come from variables) have their own plan; the rest share one."""
MAX_SHAPE_BYTES = 1_024
"""Maximum length, as JSON, of the variables of a shape with its own plan."""


class Prepared:
    """One operation of a document."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, fields: int = 1
    ) -> None:
        """`fields` is the number of fields of the document with its fragments expanded."""
        self.schema = schema
        self.owner = Owner()
        """Owner of the plans in the cache."""
        self._fields = fields
        self.operation = operation
        self.kind: str = operation.operation.value
        self.name = operation.name.value if operation.name else None
        self.fragments = {
            node.name.value: FragmentDetails(node)
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.scopes = needed_scopes(schema, operation, self.fragments)
        definitions = [operation, *(fragment.definition for fragment in self.fragments.values())]
        self._conditions, self._shaping = _conditions(definitions), _shaping(definitions)
        self._signatures = [get_variable_signature(schema, node) for node in operation.variable_definitions or ()]
        self._shapes: set[bytes] = set()

    def variables(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values of the variables, as of graphql-core's `get_variable_values`; None if one is invalid."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._signatures:
            if not isinstance(signature, GraphQLVariableSignature):
                return None
            name, value = signature.name, given.get(signature.name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is not Undefined:
                try:
                    coerced[name] = coerce_input_value(value, signature.type)
                except GraphQLError:  # from a rule of the input type, such as @oneOf
                    return None
            elif signature.default is not None:
                coerced[name] = coerce_default_value(signature)
            elif is_non_null_type(signature.type):
                return None
            if coerced.get(name) is Undefined:
                return None
        return VariableValues(sources, coerced)

    def plan(self, variables: VariableValues, dialect: Dialect, settings: Settings) -> Plan:
        """The plan of the operation under these variables' conditions, and for the sizes and orders of their lists."""
        shape = self._shape(variables)
        key = (self.owner, dialect, shape, *(variables.coerced.get(name) for name in self._conditions))
        plan: Plan | None = CACHE.get(key)
        if plan is None:
            fixed = () if shape is None else self._shaping
            planner = Planner(
                self.schema, self.fragments, self.operation, variables, dialect, settings=settings, fixed=fixed
            )
            plan = Plan(planner)
            CACHE.put(key, plan, FIELD_BYTES * self._fields, "plans")
        return plan

    def _shape(self, variables: VariableValues) -> bytes | None:
        """Sizes and orders in the variables; None if these have no plan of their own."""
        if not self._shaping:
            return b""
        sources = (variables.sources.get(name) for name in self._shaping)
        try:
            shape = orjson.dumps([source and source.value is not Undefined and [source.value] for source in sources])
        except TypeError:  # not JSON: passed by a program, not by a client
            return None
        if shape in self._shapes:
            return shape
        if len(shape) > MAX_SHAPE_BYTES or len(self._shapes) == MAX_SHAPES:
            return None
        self._shapes.add(shape)
        return shape


def _conditions(definitions: Iterable[Any]) -> list[str]:
    """The names of the variables in @skip, @include and all other directives."""
    return _variables_in(directive for node in _nodes(definitions) for directive in node.directives or ())


def _shaping(definitions: Iterable[Any]) -> list[str]:
    """The names of the variables that determine the size or order of a list."""
    fields = (node for node in _nodes(definitions) if isinstance(node, FieldNode))
    return _variables_in(fields, ("first", "last", "orderBy"))


def _variables_in(nodes: Iterable[Any], names: Collection[str] | None = None) -> list[str]:
    """The variables in arguments of nodes: in those with the names, or in all."""
    given = (one for node in nodes for one in node.arguments or () if names is None or one.name.value in names)
    return sorted({name for one in given for name in variables_in(one.value)})


def _nodes(definitions: Iterable[Any]) -> Iterator[Any]:
    """All operations, fragments and selections."""
    waiting = list(definitions)
    while waiting:
        node = waiting.pop()
        yield node
        selection_set = getattr(node, "selection_set", None)
        waiting += selection_set.selections if selection_set else ()
