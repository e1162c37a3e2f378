"""Everything that the project uses of Strawberry beyond its documented API; no other module does.

pyproject.toml caps Strawberry at the minor version that this was tested with. `tests/library_contracts` states what
each piece must do.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeGuard

import strawberry
from graphql import GraphQLError, GraphQLField, GraphQLResolveInfo, GraphQLSchema
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.execution import optimized_is_awaitable
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
from strawberry.types.arguments import InputContext, convert_argument, convert_arguments
from strawberry.types.execution import PreExecutionError
from strawberry.utils.str_converters import to_camel_case, to_snake_case

__all__ = [
    "ASGIWebSocketAdapter",
    "ConnectionInitMessage",
    "GraphQLCoreSchema",
    "InputContext",
    "InvalidOperationTypeError",
    "MaybeNullValidationRule",
    "Message",
    "NonJsonMessageReceived",
    "NonTextMessageReceived",
    "PreExecutionError",
    "StrawberryGraphQLCoreExecutionContext",
    "SubscribeMessage",
    "TransportHandler",
    "WebSocketDisconnected",
    "converted_arguments",
    "converted_input",
    "definition_of",
    "definition_of_class",
    "field_metadata",
    "is_awaitable",
    "raw_info",
    "to_camel_case",
    "to_snake_case",
]


def raw_info(info: strawberry.Info[Any, Any]) -> GraphQLResolveInfo[Any]:
    """graphql-core's info object behind Strawberry's."""
    return info._raw_info


def definition_of(element: Any) -> Any:
    """Strawberry's definition of a field or type of graphql-core; None if Strawberry did not create it."""
    return element.extensions.get("strawberry-definition")


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Whether a resolver's value must be awaited, by Strawberry's own check."""
    return optimized_is_awaitable(value)


def field_metadata(field: GraphQLField | None) -> Mapping[str, Any]:
    """The metadata of a field; empty if Strawberry did not create it."""
    definition = definition_of(field) if field else None
    metadata: Mapping[str, Any] = definition.metadata if definition else {}
    return metadata


def definition_of_class(kind: Any) -> Any:
    """Strawberry's definition of a class that is a GraphQL type or enum; None of any other class."""
    return getattr(kind, "__strawberry_definition__", None)


def converted_arguments(schema: GraphQLSchema, arguments: dict[str, Any], definitions: Any) -> dict[str, Any]:
    """Arguments that graphql-core has coerced, as Strawberry passes them to a resolver."""
    made_by: Any = schema._strawberry_schema  # type: ignore[attr-defined] # set by Strawberry
    return convert_arguments(
        arguments, definitions, scalar_registry=made_by.schema_converter.scalar_registry, config=made_by.config
    )


def converted_input(kind: Any, value: object, context: InputContext) -> Any:
    """The value of an input field that graphql-core has coerced, as Strawberry passes it to a resolver."""
    return convert_argument(value, kind, context.scalar_registry, context.config, context.info, path=context.path)


class GraphQLCoreSchema(strawberry.Schema):
    """Strawberry's schema with public access to the graphql-core schema that it built."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The graphql-core schema."""
        return self._schema


class TransportHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler of graphql-transport-ws, except that a syntax error does not close the connection."""

    def ignore_failure_of(self, task: asyncio.Task[None]) -> None:
        """Suppress the warning about an exception of a task that is never awaited."""
        task.add_done_callback(self._task_done)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        return None
