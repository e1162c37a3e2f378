"""What the project uses of Strawberry beyond its documented API; nothing else in it does.

pyproject.toml holds Strawberry to the minor version that this was tested with. `tests/library_contracts` says what each
piece must do.
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
    """What graphql-core gave Strawberry for a resolver."""
    return info._raw_info


def definition_of(element: Any) -> Any:
    """What Strawberry knows of a field or type of graphql-core; None of one that it has not made."""
    return element.extensions.get("strawberry-definition")


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Whether a resolver's value has to be awaited, as Strawberry finds out."""
    return optimized_is_awaitable(value)


def field_metadata(field: GraphQLField | None) -> Mapping[str, Any]:
    """The metadata of a field; none of one that Strawberry has not made."""
    definition = definition_of(field) if field else None
    metadata: Mapping[str, Any] = definition.metadata if definition else {}
    return metadata


def definition_of_class(kind: Any) -> Any:
    """What Strawberry knows of a class that is a GraphQL type or enum; None of any other."""
    return getattr(kind, "__strawberry_definition__", None)


def converted_arguments(schema: GraphQLSchema, arguments: dict[str, Any], definitions: Any) -> dict[str, Any]:
    """A field's arguments as Strawberry gives them to a resolver, of those that graphql-core has coerced."""
    made_by: Any = schema._strawberry_schema  # type: ignore[attr-defined] # set by Strawberry
    return convert_arguments(
        arguments, definitions, scalar_registry=made_by.schema_converter.scalar_registry, config=made_by.config
    )


def converted_input(kind: Any, value: object, context: InputContext) -> Any:
    """The value of an input's field as Strawberry gives it to a resolver, of the one that graphql-core has coerced."""
    return convert_argument(value, kind, context.scalar_registry, context.config, context.info, path=context.path)


class GraphQLCoreSchema(strawberry.Schema):
    """Strawberry's schema that tells which schema of graphql-core it has made."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema


class TransportHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler of graphql-transport-ws, which closes no connection for a document with a syntax error."""

    def ignore_failure_of(self, task: asyncio.Task[None]) -> None:
        """Have nobody told what a task raises that nobody waits for."""
        task.add_done_callback(self._task_done)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        return None
