"""Prepared operations: what depends on the text alone is done once, and a query that comes again takes the short road.

    text -> document (the guard's memory) -> plan -> rows of the driver -> dictionaries -> bytes

It is the road of `executor.py` without what Strawberry and graphql-core prepare for resolvers, and only for queries
that a plan answers whole, and mutations of one field whose payload it does. Whatever else turns up, an error in the
variables or in a row, say, is left to them; what a mutation has done by then is not done again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

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
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.api.engine.dry_run import dry_run_extension
from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.mutation_node import MutationNode
from jobbot_gql.api.engine.planner import Plan, Planner, Root
from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.api.engine.selected_field import Run, variables_in
from jobbot_gql.api.graphql_core_internals import (
    FragmentDetails,
    GraphQLVariableSignature,
    VariableValueSource,
    coerce_default_value,
    get_variable_signature,
)
from jobbot_gql.api.guard.authorization import needed_scopes
from jobbot_gql.api.strawberry_internals import PreExecutionError
from jobbot_gql.api.types.errors import ResponseTooLarge, TimedOut, make_public
from jobbot_gql.byte_cache import CACHE, Owner
from jobbot_gql.db.read.read_transaction import TooMuchRead
from jobbot_gql.db.read.snapshot import ReadError

if TYPE_CHECKING:
    from jobbot_gql.api.engine.context import Context

FIELD_BYTES = 2_500
"""Memory of a plan for each field, its statements included; measured: 1,700 on average."""
MAX_SHAPES = 4
"""How many shapes, sizes and orders of lists that variables give, have plans of their own; any others share one."""
MAX_SHAPE_BYTES = 1_024
"""How long, as JSON, the variables of a shape are that has a plan of its own."""


class Prepared:
    """One operation of a document."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, fields: int = 1
    ) -> None:
        """`fields` are those of the document with its fragments in place."""
        self.schema = schema
        self.owner = Owner()
        """Of the plans, in the cache."""
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
        """The values of the variables, as graphql-core's `get_variable_values` gives them; None where one is wrong."""
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
                except GraphQLError:  # of an input type's own rule, @oneOf say
                    return None
            elif signature.default is not None:
                coerced[name] = coerce_default_value(signature)
            elif is_non_null_type(signature.type):
                return None
            if coerced.get(name) is Undefined:
                return None
        return VariableValues(sources, coerced)

    def plan(self, variables: VariableValues, dialect: Dialect) -> Plan:
        """The plan of the operation under these variables' conditions, and for the sizes and orders of their lists."""
        shape = self._shape(variables)
        key = (self.owner, dialect, shape, *(variables.coerced.get(name) for name in self._conditions))
        plan: Plan | None = CACHE.get(key)
        if plan is None:
            fixed = () if shape is None else self._shaping
            plan = Plan(Planner(self.schema, self.fragments, self.operation, variables, dialect, fixed=fixed))
            CACHE.put(key, plan, FIELD_BYTES * self._fields, "plans")
        return plan

    def _shape(self, variables: VariableValues) -> bytes | None:
        """What the variables say of sizes and orders; None where that has no plan of its own."""
        if not self._shaping:
            return b""
        sources = (variables.sources.get(name) for name in self._shaping)
        try:
            shape = orjson.dumps([source and source.value is not Undefined and [source.value] for source in sources])
        except TypeError:  # no JSON: variables that a program gave, not a client
            return None
        if shape in self._shapes:
            return shape
        if len(shape) > MAX_SHAPE_BYTES or len(self._shapes) == MAX_SHAPES:
            return None
        self._shapes.add(shape)
        return shape

    def root(self, variables: VariableValues, dialect: Dialect) -> Root | None:
        """The plan of the whole operation; None where some of it has to go the whole way."""
        plan = self.plan(variables, dialect)
        if plan.root is None or not plan.root.plan_nodes or plan.defers:
            return None
        # Each field of a mutation sees what those before it have written, and not what those after it will write.
        return None if self.kind == "mutation" and len(plan.root.plan_nodes) > 1 else plan.root


def _conditions(definitions: Iterable[Any]) -> list[str]:
    """The names of the variables in @skip, @include and whatever other directives there are."""
    return _variables_in(directive for node in _nodes(definitions) for directive in node.directives or ())


def _shaping(definitions: Iterable[Any]) -> list[str]:
    """The names of the variables that say how many rows of a list there shall be, and in which order."""
    fields = (node for node in _nodes(definitions) if isinstance(node, FieldNode))
    return _variables_in(fields, ("first", "last", "orderBy"))


def _variables_in(nodes: Iterable[Any], names: Collection[str] | None = None) -> list[str]:
    """The variables in arguments of nodes, those with the names or all."""
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


async def answer(
    context: "Context",
    text: str,
    variables: Mapping[str, Any] | None,
    operation_name: str | None,
    allowed: Collection[OperationType],
) -> ExecutionResult | None:
    """The answer to an operation, of an allowed type, that was seen before; None where it has to go the whole way.

    Times and days are left to orjson, which writes them as their scalars do with `OPT_NAIVE_UTC`.
    """
    guard, variables = context.guard, variables or {}
    document = guard.known(text)
    if document is None:
        return None
    try:
        prepared = document.prepared(operation_name, context.client)
        cost = guard.cost(document, prepared.operation, variables)
    except GraphQLError:
        return None
    coerced = prepared.variables(variables) if OperationType(prepared.kind) in allowed else None
    size = ResponseSize(guard.limits.response_bytes)
    snapshot, record = context.snapshot(size), context.record
    root = None if coerced is None else prepared.root(coerced, snapshot.dialect)
    if coerced is None or root is None:
        return None
    if record is not None:
        record.kind, record.name, record.hash = prepared.kind, prepared.name, document.hash
        record.cost, record.prepared = cost, perf_counter()
    context.loaders = Loaders(snapshot, size)
    run = Run(coerced, context.loaders, native_times=True)
    extensions: dict[str, Any] = {"cost": {"value": cost, "cap": guard.limits.cost}}
    try:
        with context.time_limit.applied():
            for plan_node in root.plan_nodes:
                if isinstance(plan_node, MutationNode):
                    run.outcome = context.outcome = await plan_node.carry_out(context, run)
            data, failed = await snapshot.run(root.answer(run), statements=root.statements)
            size.check(data, cost)
            if context.dry_run is not None and not (failed or run.deferred):
                await snapshot.close()
                extensions["dryRun"] = await dry_run_extension(context.dry_run, size)
    except ReadError:
        return None
    except (TimedOut, ResponseTooLarge, TooMuchRead) as problem:
        error = size.exceeded() if isinstance(problem, TooMuchRead) else problem
        make_public([error], record)
        return PreExecutionError(data=None, errors=[error], extensions=extensions)
    finally:
        await snapshot.close()
    return None if failed or run.deferred else ExecutionResult(data=data, errors=None, extensions=extensions)
