"""The engine: executes operations, for HTTP and WebSocket alike. `execute` is the only place that chooses a route.

    text -> document (the guard's cache) -> plan -> rows of the driver -> dictionaries -> bytes

graphql-core executes what the plan cannot, above all errors: it executes the missing root fields on the same snapshot,
with resolvers that run the same plan nodes.
"""

from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.core_executor import execute_by_core
from jobbot_gql.api.engine.document_cache import Document, Invalid
from jobbot_gql.api.engine.dry_run import dry_run_extension
from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.plan_node import PlanNode
from jobbot_gql.api.engine.planner import Plan, Root
from jobbot_gql.api.engine.prepared_operation import Prepared
from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.api.engine.root_node import RootNode
from jobbot_gql.api.engine.route import FallbackReason, Route
from jobbot_gql.api.engine.selected_field import Run
from jobbot_gql.api.strawberry_internals import InvalidOperationTypeError, PreExecutionError
from jobbot_gql.db.read.read_transaction import TooMuchRead
from jobbot_gql.db.read.snapshot import ReadError, Unreachable

if TYPE_CHECKING:
    from jobbot_gql.api.engine.schema import Schema

ALL_BUT_SUBSCRIPTIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


async def execute(
    schema: "Schema",
    context: Context,
    request: OperationRequest,
    allowed: Collection[OperationType] = ALL_BUT_SUBSCRIPTIONS,
    *,
    native_times: bool = True,
    forced: Route | None = None,
) -> ExecutionResult:
    """The result of a query or mutation. Raises InvalidOperationTypeError.

    Args:
        context: of this operation alone.
        allowed: the types of operations that may be executed.
        native_times: leave times and dates to orjson, which with `OPT_NAIVE_UTC` writes them as their scalars do.
        forced: `FALLBACK` makes graphql-core execute the operation.
    """
    async with operation(context):
        try:
            document, prepared = prepare(context, request, allowed)
            with context.time_limit.applied():
                result = await Execution(schema, context, request, document, prepared).result(native_times, forced)
                context.loaders.size.check(result.data, context.cost)
                if context.dry_run is not None:
                    await context.loaders.snapshot.close()
                    context.extensions["dryRun"] = await dry_run_extension(context.dry_run, context.loaders.size)
        except InvalidOperationTypeError:
            raise
        except Exception as error:
            return rejected(schema, context, request, error)
        if result.errors:
            schema.publish(result.errors, context.record)
        return ExecutionResult(data=result.data, errors=result.errors, extensions=context.extensions)


@asynccontextmanager
async def operation(context: Context) -> AsyncIterator[None]:
    """Set the context's snapshot and loaders until the operation ends."""
    size = ResponseSize(context.guard.limits.response_bytes)
    snapshot = context.snapshot(size)
    context.loaders = Loaders(snapshot, size)
    try:
        yield
    finally:
        await snapshot.close()


def prepare(
    context: Context, request: OperationRequest, allowed: Collection[OperationType]
) -> tuple[Document, Prepared]:
    """The document and the operation to execute, valid and within the limits.

    Raises GraphQLError, Invalid, and InvalidOperationTypeError.
    """
    guard, record = context.guard, context.record
    document = guard.document(request.text)
    prepared = context.prepared = document.prepared(request.operation_name, context.client)
    if record is not None:
        record.kind, record.name, record.hash = prepared.kind, prepared.name, document.hash
    if (kind := OperationType(prepared.kind)) not in allowed:
        raise InvalidOperationTypeError(kind)
    context.cost = guard.cost(document, prepared.operation, request.variables)
    context.extensions["cost"] = {"value": context.cost, "cap": guard.limits.cost}
    guard.validate(document)
    if record is not None:
        record.cost, record.prepared = context.cost, perf_counter()
    return document, prepared


def rejected(schema: "Schema", context: Context, request: OperationRequest, error: Exception) -> PreExecutionError:
    """The result of an operation that was not executed completely."""
    record = context.record
    if record is not None and not record.hash:
        record.hash = sha256(request.text.encode(errors="replace")).hexdigest()
    if isinstance(error, Invalid):
        errors = error.errors
    else:  # unexpected exceptions are logged by `publish`
        errors = [error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)]
    schema.publish(errors, record)
    return PreExecutionError(data=None, errors=errors, extensions=context.extensions)


class Execution:
    """One execution of a query or mutation."""

    def __init__(
        self, schema: "Schema", context: Context, request: OperationRequest, document: Document, prepared: Prepared
    ) -> None:
        self._schema = schema
        self._context = context
        self._request = request
        self._document = document
        self._prepared = prepared

    async def result(self, native_times: bool, forced: Route | None = None) -> ExecutionResult | GraphQLExecutionResult:
        """Choose a route and execute the operation. Raises ResponseTooLarge."""
        context = self._context
        variables = context.variables = self._prepared.variables(self._request.variables)
        if variables is None:
            return await self._fallback(FallbackReason.VARIABLES)
        if forced is Route.FALLBACK:
            return await self._fallback(FallbackReason.FORCED)
        plan = self._prepared.plan(variables, context.loaders.snapshot.dialect, context.settings)
        root = plan.root
        if root is not None and root.is_about_schema:
            return await self._introspection()
        if root is None or plan.unplanned:
            return await self._fallback(FallbackReason.UNPLANNED_FIELD)
        run = Run(variables, context.loaders, native_times, context.outcomes)
        data, missing = await self._planned(plan, root, run)
        reason = FallbackReason.ERROR if missing else FallbackReason.SCHEMA_FIELDS
        missing.update(root.schema_fields)
        if missing:
            context.answered = {name: value for name, value in data.items() if name not in missing}
            return await self._fallback(reason)
        context.chose(Route.PLANNED_TREE if run.trees else Route.PLANNED_LEVELS)
        return ExecutionResult(data=data, errors=None)

    async def _planned(self, plan: Plan, root: Root, run: Run) -> tuple[dict[str, Any], set[str]]:
        """The data of the plan nodes, and the response names of the fields that are missing in it."""
        data = dict(root.fields)
        missing = {plan_node.selected.name for plan_node in root.plan_nodes}
        is_mutation = self._prepared.kind == "mutation"
        # Each mutation field must read after the writes of those before it, and before those after it.
        waiting = deque([[one] for one in root.plan_nodes] if is_mutation else [root.plan_nodes])
        while waiting:
            plan_nodes = waiting.popleft()
            try:
                failed = await self._run(root, plan_nodes, run, data)
            except Unreachable as error:  # wait for a connection only once
                self._context.unreachable = error
                break
            except ReadError:  # the transaction of all other reads is lost
                await self._context.loaders.snapshot.renew()
                if len(plan_nodes) > 1:
                    waiting.extend([one] for one in plan_nodes)
                    continue
                failed = {plan_nodes[0].selected.name}
            if plan.unplanned:
                break
            missing -= {plan_node.selected.name for plan_node in plan_nodes} - failed
            if failed and is_mutation:
                break
        return data, missing

    async def _run(self, root: Root, plan_nodes: Sequence[PlanNode], run: Run, data: dict[str, Any]) -> set[str]:
        """Run plan nodes on the snapshot and set their fields; return the response names of those that failed.

        Raises ReadError and ResponseTooLarge.
        """
        context, snapshot = self._context, self._context.loaders.snapshot
        statements: int | None = sum(plan_node.statements for plan_node in plan_nodes)
        try:
            for plan_node in plan_nodes:
                if isinstance(plan_node, RootNode):
                    await plan_node.prepare(context, run)
                    if statements and self._prepared.kind == "query":
                        statements = None  # it has read something in the same transaction
            return set(await snapshot.run(root.answer(run, plan_nodes, data), statements=statements))
        except TooMuchRead:
            raise run.loaders.size.exceeded() from None

    async def _introspection(self) -> ExecutionResult | GraphQLExecutionResult:
        """The response about the schema alone: cached, because the full one takes an eighth of a second."""
        self._context.chose(Route.INTROSPECTION)
        cached, owner = self._context.guard.introspected, self._prepared.owner
        found = cached.get(owner)
        if found is not None:
            return ExecutionResult(data=found, errors=None)
        result = await self._by_core()
        if not self._prepared.operation.variable_definitions and not result.errors:
            cached[owner] = result.data
        return result

    async def _fallback(self, reason: FallbackReason) -> GraphQLExecutionResult:
        self._context.chose(Route.FALLBACK, reason)
        return await self._by_core()

    async def _by_core(self) -> GraphQLExecutionResult:
        """The result of graphql-core, which uses the values of `answered` as they are."""
        return await execute_by_core(self._schema.graphql, self._document.parsed, self._context, self._request)
