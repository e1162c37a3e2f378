"""The class of the GraphQL schema: Strawberry's, with our guard in front and our errors behind."""

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from jobbot_gql.api.errors import make_public
from jobbot_gql.api.guard import Invalid


class Schema(strawberry.Schema):
    """Strawberry's schema, with our guard before it and errors as our clients see them."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """The guard does what Strawberry would: parse, choose the operation, validate. It also remembers and limits."""
        guard = context.context.guard
        try:
            async with extensions_runner.parsing():
                document = guard.document(context.query or "")
                prepared = document.prepared(context._provided_operation_name)
            operation = prepared.operation
            context.graphql_document = document.parsed
            context.context.prepared = prepared
            if (kind := OperationType(operation.operation.value)) not in context.allowed_operations:
                raise InvalidOperationTypeError(kind)
            async with extensions_runner.validation():
                cost = guard.cost(document, operation, context.variables)
                guard.validate(document)
        except (GraphQLError, Invalid) as refusal:
            errors = refusal.errors if isinstance(refusal, Invalid) else [refusal]
            context.pre_execution_errors = errors
            return PreExecutionError(data=None, errors=errors)
        context.extensions_results["cost"] = {"value": cost, "cap": guard.limits.cost}
        return None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Called by Strawberry with every error of an operation before the answer is built."""
        make_public(errors)
