"""graphql-core's execution, except for rows with stored values that do not fit the schema.

A value that violates its column's type (NULL where the schema says `!`, text instead of a number) is an error with the
code INVALID_STORED_DATA. A nullable field becomes null, as the GraphQL specification says. A non-null field makes its
object null. If that object is an item of a list of non-null items, the item is omitted, so that the rest of the list
is not lost. The error then has the path of the list, and `extensions` name the row.
"""

from collections.abc import Awaitable, Iterable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from graphql.pyutils import Path

from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.row_codegen import complete
from jobbot_gql.api.engine.selected_field import Details
from jobbot_gql.api.graphql_core_internals import GraphQLCoreExecutor
from jobbot_gql.api.strawberry_internals import field_metadata, is_awaitable
from jobbot_gql.api.types.entity import COLUMN, NEEDS, VALUE, entity_named
from jobbot_gql.api.types.errors import INVALID_STORED_DATA, InvalidStoredData
from jobbot_gql.db.sql.compiled_query import UNREADABLE


class CoreExecutor(GraphQLCoreExecutor):
    """Executes one operation object by object."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, details: Details, path: Path, position_context: Any
    ) -> Any:
        """Resolve and complete a field; the stored value of a field that shows a column is checked.

        A root field that the plan has executed is not executed again.
        """
        if path.prev is None and isinstance(self.context_value, Context):
            if path.key in self.context_value.answered:
                return self.context_value.answered[path.key]
            field = self.schema.get_field(parent_type, details[0].node.name.value)
            if self.context_value.unreachable is not None and field is not None:
                self.handle_field_error(self.context_value.unreachable, field.type, details, path)
                return None
        entity = entity_named(parent_type.name)
        if entity is not None and type(source) is entity.type:
            name = details[0].node.name.value
            field = self.schema.get_field(parent_type, name)
            metadata = field_metadata(field)
            if field is not None and (COLUMN in metadata or VALUE in metadata):
                (column,) = metadata[NEEDS]
                value, function = vars(source)[column], metadata.get(VALUE)
                try:
                    if value is UNREADABLE:
                        raise ValueError
                    return complete(field.type, value if function is None else function(value))
                except Exception:
                    error = InvalidStoredData(entity.name, vars(source).get("id"), name, _reason(value, field.type))
                    self.handle_field_error(error, field.type, details, path)
                    return None
        return super().execute_field(parent_type, source, details, path, position_context)

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, details: Details, path: Path
    ) -> None:
        """Collect an error, or raise it if the type is non-null; an invalid item of a list is omitted instead."""
        if isinstance(raw_error, TypeError) and self._is_missing_row(path, return_type):
            raw_error = InvalidStoredData(path.typename or "", None, str(path.key), "refers to a row that is missing")
        if _is_about_stored_data(raw_error) and _is_node_of_edge(path, details):
            nullable: Any = get_nullable_type(return_type)
            return_type = GraphQLNonNull(nullable)  # never null in responses: the edge is omitted
        is_item = path.typename is None and path.prev is not None
        if not (is_item and is_non_null_type(return_type) and _is_about_stored_data(raw_error)):
            return super().handle_field_error(raw_error, return_type, details, path)
        nodes = [detail.node for detail in details]
        of_list = path.prev.as_list() if path.prev else []
        raised: Any = raw_error
        error = GraphQLError(raised.message, nodes, path=of_list, extensions=raised.extensions)
        self.collect_error(error, path)
        return None

    def _is_missing_row(self, path: Path, return_type: GraphQLOutputType) -> bool:
        """Whether a non-null field follows a reference to another row."""
        if path.typename is None or entity_named(path.typename) is None or not is_non_null_type(return_type):
            return False
        return entity_named(get_named_type(return_type).name) is not None

    def complete_iterable_value(  # noqa: PLR0917 - graphql-core's
        self,
        item_type: GraphQLOutputType,
        field_details_list: Details,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Complete a list without its omitted items."""
        completed: Any = super().complete_iterable_value(
            item_type, field_details_list, info, path, items, position_context
        )
        if not is_non_null_type(item_type):
            return completed
        return _without_nulls_later(completed) if self.is_awaitable(completed) else _without_nulls(completed)


def _is_about_stored_data(error: Exception) -> bool:
    return isinstance(error, GraphQLError) and (error.extensions or {}).get("code") == INVALID_STORED_DATA


def _is_node_of_edge(path: Path, details: Details) -> bool:
    return (path.typename or "").endswith("Edge") and details[0].node.name.value == "node"


def _reason(value: Any, kind: GraphQLOutputType) -> str:
    if value is None:
        return "is NULL, which the schema does not allow"
    if isinstance(value, bytes):
        return "is stored as bytes, not as UTF-8 text"
    return f"is not a value of the type {get_named_type(kind).name}"


def _without_nulls(items: list[Any]) -> list[Any]:
    return [item for item in items if item is not None] if any(item is None for item in items) else items


async def _without_nulls_later(items: Awaitable[list[Any]]) -> list[Any]:
    return _without_nulls(await items)


async def execute_by_core(
    schema: GraphQLSchema, document: DocumentNode, context: Context, request: OperationRequest
) -> ExecutionResult:
    """The result of a query or mutation."""
    result = execute(
        schema,
        document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        executor_class=CoreExecutor,
        is_awaitable=is_awaitable,
    )
    return result if isinstance(result, ExecutionResult) else await result
