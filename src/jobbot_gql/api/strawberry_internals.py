"""What the project uses of Strawberry beyond its documented API; nothing else in it does.

pyproject.toml holds Strawberry to the minor version that this was tested with. `tests/library_contracts` says what each
piece must do.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import strawberry
from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.arguments import InputContext, convert_argument, convert_arguments
from strawberry.types.execution import PreExecutionError
from strawberry.utils.str_converters import to_camel_case, to_snake_case

__all__ = [
    "ASGIWebSocketAdapter",
    "ConnectionInitMessage",
    "HookedSchema",
    "InputContext",
    "InvalidOperationTypeError",
    "MaybeNullValidationRule",
    "Message",
    "NonJsonMessageReceived",
    "NonTextMessageReceived",
    "PreExecutionError",
    "SchemaExtensionsRunner",
    "StrawberryGraphQLCoreExecutionContext",
    "SubscribeMessage",
    "TransportHandler",
    "WebSocketDisconnected",
    "converted_arguments",
    "converted_input",
    "definition_of",
    "definition_of_class",
    "provided_operation_name",
    "raw_info",
    "to_camel_case",
    "to_snake_case",
]


def raw_info(info: strawberry.Info[Any, Any]) -> GraphQLResolveInfo[Any]:
    """What graphql-core gave Strawberry for a resolver."""
    return info._raw_info


def definition_of(element: Any) -> Any:
    """What Strawberry knows of a field or type of graphql-core; None of one that it has not made."""
    return element.extensions.get("strawberry-definition")


def definition_of_class(kind: Any) -> Any:
    """What Strawberry knows of a class that is a GraphQL type or enum; None of any other."""
    return getattr(kind, "__strawberry_definition__", None)


def provided_operation_name(context: ExecutionContext) -> str | None:
    """The operation name that the client gave."""
    return context._provided_operation_name


def converted_arguments(schema: GraphQLSchema, arguments: dict[str, Any], definitions: Any) -> dict[str, Any]:
    """A field's arguments as Strawberry gives them to a resolver, of those that graphql-core has coerced."""
    made_by: Any = schema._strawberry_schema  # type: ignore[attr-defined] # set by Strawberry
    return convert_arguments(
        arguments, definitions, scalar_registry=made_by.schema_converter.scalar_registry, config=made_by.config
    )


def converted_input(kind: Any, value: object, context: InputContext) -> Any:
    """The value of an input's field as Strawberry gives it to a resolver, of the one that graphql-core has coerced."""
    return convert_argument(value, kind, context.scalar_registry, context.config, context.info, path=context.path)


class HookedSchema(strawberry.Schema):
    """Strawberry's schema with hooks around the execution of an operation."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema

    async def prepare_operation(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Parse and validate an operation; the errors for which it is not executed."""
        return await super()._prepare_operation_async(context, extensions_runner)

    async def check_result(self, context: ExecutionContext, result: GraphQLExecutionResult | ExecutionResult) -> None:
        """Called with the result of an operation that was executed."""

    def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> Coroutine[Any, Any, PreExecutionError | None]:
        return self.prepare_operation(context, extensions_runner)

    async def _execute_operation(self, execution_context: ExecutionContext, *args: Any, **kwargs: Any) -> Any:
        result = await super()._execute_operation(execution_context, *args, **kwargs)
        if isinstance(result, GraphQLExecutionResult | ExecutionResult):
            await self.check_result(execution_context, result)
        return result


class TransportHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler of graphql-transport-ws, which closes no connection for a document with a syntax error."""

    def ignore_failure_of(self, task: asyncio.Task[None]) -> None:
        """Have nobody told what a task raises that nobody waits for."""
        task.add_done_callback(self._task_done)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        return None
