"""The class of the GraphQL schema: Strawberry's, with our guard in front and our errors behind."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from time import perf_counter
from typing import Any

from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError, introspection_from_schema, is_input_object_type
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.api.engine import prepared_operation
from jobbot_gql.api.engine.context import Context, Operation
from jobbot_gql.api.engine.deadline import TimeLimited
from jobbot_gql.api.engine.document_cache import Invalid
from jobbot_gql.api.engine.dry_run import dry_run_extension
from jobbot_gql.api.engine.plain_messages import plain_message
from jobbot_gql.api.strawberry_internals import (
    HookedSchema,
    InvalidOperationTypeError,
    PreExecutionError,
    SchemaExtensionsRunner,
    definition_of,
    provided_operation_name,
)
from jobbot_gql.api.types.errors import make_public

ON_BOTH_ROUTES = {Operation, TimeLimited}
"""The extensions whose work `prepared.py` does itself."""


class Schema(HookedSchema):
    """Strawberry's schema, with our guard before it and errors as our clients see them."""

    def __init__(self, *args: Any, description: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.graphql.description = description
        # Strawberry leaves the flag out and validates @oneOf by a rule of its own, which looks variables up in the
        # operation that it visited last. graphql-core's rules resolve them for each operation that uses a fragment.
        for type_ in self.graphql.type_map.values():
            definition = definition_of(type_)
            if is_input_object_type(type_) and definition is not None and definition.is_one_of:
                type_.is_one_of = True

    def as_str(self) -> str:
        """The schema in GraphQL's schema definition language. Strawberry would leave its description out."""
        if self.graphql.description is None:
            return super().as_str()
        roots = self.graphql.query_type, self.graphql.mutation_type, self.graphql.subscription_type
        names = "".join(
            f"  {kind.value}: {root.name}\n" for kind, root in zip(OperationType, roots, strict=True) if root
        )
        return f'"""\n{self.graphql.description}\n"""\nschema {{\n{names}}}\n\n{super().as_str()}'

    def introspect(self) -> dict[str, Any]:
        """The data that the full introspection query is answered with."""
        return dict(introspection_from_schema(self.graphql, input_value_deprecation=True))

    async def answer_at_once(
        self,
        context: Context,
        text: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        allowed: Collection[OperationType],
    ) -> ExecutionResult | None:
        """The answer to an operation that was seen before, on the short road; None: it has to be executed in full."""
        if not ON_BOTH_ROUTES.issuperset(self.extensions):
            return None  # some extension wants to see every operation
        return await prepared_operation.answer(context, text, variables, operation_name, allowed)

    async def prepare_operation(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """The guard does what Strawberry would: parse, choose the operation, validate. It also remembers and limits."""
        guard, record = context.context.guard, context.context.record
        try:
            async with extensions_runner.parsing():
                document = guard.document(context.query or "")
                asked = document.prepared(provided_operation_name(context), context.context.client)
            operation = asked.operation
            if record is not None:
                record.kind, record.name, record.hash = asked.kind, asked.name, document.hash
            context.graphql_document = document.parsed
            context.context.prepared = asked
            if (kind := OperationType(operation.operation.value)) not in context.allowed_operations:
                raise InvalidOperationTypeError(kind)
            async with extensions_runner.validation():
                cost = guard.cost(document, operation, context.variables)
                guard.validate(document)
        except InvalidOperationTypeError:
            raise
        except Exception as error:
            if isinstance(error, Invalid):
                errors = error.errors
            elif isinstance(error, GraphQLError):
                errors = [error]
            else:
                # A fault of ours: `process_errors` logs it, and the client gets its code over WebSocket too.
                errors = [GraphQLError(str(error), original_error=error)]
            if record is not None and not record.hash:
                record.hash = sha256((context.query or "").encode(errors="replace")).hexdigest()
            context.pre_execution_errors = errors
            return PreExecutionError(data=None, errors=errors)
        if record is not None:
            record.cost, record.prepared = cost, perf_counter()
        context.extensions_results["cost"] = {"value": cost, "cap": guard.limits.cost}
        return None

    async def check_result(self, context: ExecutionContext, result: GraphQLExecutionResult | ExecutionResult) -> None:
        """Called with the result of an operation that was executed. Raises ResponseTooLarge."""
        operation: Context = context.context
        size = operation.loaders.size
        size.check(result.data, context.extensions_results["cost"]["value"])
        if operation.dry_run is not None:
            await operation.loaders.snapshot.close()
            context.extensions_results["dryRun"] = await dry_run_extension(operation.dry_run, size)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Called by Strawberry with every error of an operation before the answer is built."""
        for error in errors:
            if not error.extensions:
                error.message = plain_message(error, self.graphql)
        make_public(errors, execution_context.context.record if execution_context else None)
