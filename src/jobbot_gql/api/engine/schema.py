"""The GraphQL schema: Strawberry's, executed by the engine."""

from collections.abc import AsyncGenerator, Iterable
from typing import Any

from graphql import GraphQLError, introspection_from_schema, is_input_object_type
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.api.engine import engine, event_stream
from jobbot_gql.api.engine.context import OperationRequest
from jobbot_gql.api.engine.plain_messages import plain_message
from jobbot_gql.api.strawberry_internals import GraphQLCoreSchema, definition_of
from jobbot_gql.api.types.errors import make_public
from jobbot_gql.telemetry.operations import Record


class UnsupportedExtension(TypeError):
    """A Strawberry extension, which the planned routes would not call."""


class Schema(GraphQLCoreSchema):
    """Strawberry's schema, with the engine's execution and with public error messages."""

    def __init__(self, *args: Any, description: str | None = None, **kwargs: Any) -> None:
        """Raises UnsupportedExtension."""
        super().__init__(*args, **kwargs)
        self.graphql.description = description
        if self.extensions:
            names = ", ".join(getattr(one, "__name__", type(one).__name__) for one in self.extensions)
            raise UnsupportedExtension(
                f"extensions must be empty: planned routes call no Strawberry extensions; got {names}. Hook into"
                " jobbot_gql.api.engine.engine instead."
            )
        # Strawberry does not set the flag and validates @oneOf by a rule of its own, which looks variables up in the
        # operation that it visited last. graphql-core's rules resolve them for each operation that uses a fragment.
        for type_ in self.graphql.type_map.values():
            definition = definition_of(type_)
            if is_input_object_type(type_) and definition is not None and definition.is_one_of:
                type_.is_one_of = True

    def as_str(self) -> str:
        """The schema in GraphQL's schema definition language, with its description, which Strawberry omits."""
        if self.graphql.description is None:
            return super().as_str()
        roots = self.graphql.query_type, self.graphql.mutation_type, self.graphql.subscription_type
        names = "".join(
            f"  {kind.value}: {root.name}\n" for kind, root in zip(OperationType, roots, strict=True) if root
        )
        return f'"""\n{self.graphql.description}\n"""\nschema {{\n{names}}}\n\n{super().as_str()}'

    def introspect(self) -> dict[str, Any]:
        """The data of the response to the full introspection query."""
        return dict(introspection_from_schema(self.graphql, input_value_deprecation=True))

    async def execute(  # noqa: PLR0917 - Strawberry's
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of a query or mutation, with times as text."""
        allowed = engine.ALL_BUT_SUBSCRIPTIONS if allowed_operation_types is None else {*allowed_operation_types}
        assert context_value is not None  # noqa: S101 - all callers pass one
        context = context_value.of_operation()
        request = OperationRequest(query or "", variable_values or {}, operation_name)
        return await engine.execute(self, context, request, allowed, native_times=False)

    async def stream(  # noqa: PLR0917 - Strawberry's
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[ExecutionResult]:
        """The results of any operation; called by Strawberry's WebSocket handler."""
        assert context_value is not None  # noqa: S101 - the endpoint passes one
        return event_stream.stream(
            self, context_value, OperationRequest(query or "", variable_values or {}, operation_name)
        )

    def publish(self, errors: list[GraphQLError], record: Record | None) -> None:
        """Rewrite errors for clients, and add their codes to the record."""
        for error in errors:
            if not error.extensions:
                error.message = plain_message(error, self.graphql)
        make_public(errors, record)
